"""`init()` and the run with wandb's keywords, variables and attributes, in real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from support.cli import gitexp, runs_of
from support.git import git

from gitexp.errors import UsageError
from gitexp.query.api import load
from gitexp.wandb.begin import init
from gitexp.wandb.environment import from_environment


def run_script(
    repo: Path, code: str, env: dict[str, str] | None = None, exit_code: int = 0
) -> subprocess.CompletedProcess[str]:
    (repo / "script.py").write_text("import gitexp as wandb\n" + textwrap.dedent(code))
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=repo, capture_output=True, timeout=60, text=True,
        env={**os.environ, **(env or {})},
    )  # fmt: skip
    assert done.returncode == exit_code, done.stderr
    return done


def the_run(repo: Path) -> dict[str, Any]:
    (run,) = runs_of(repo)
    return run


def test_every_keyword_of_wandb_is_taken(repo: Path) -> None:
    run_script(
        repo,
        """
        import argparse
        run = wandb.init(
            project="p", entity="e", name="My run!", id="abc", notes="n", tags="one", group="g",
            job_type="train", config=argparse.Namespace(lr=0.1, sub={"a": 1}), dir="./new/logs",
            mode="online", reinit=True, settings=wandb.Settings(start_method="thread"),
            save_code=True, sync_tensorboard=True, monitor_gym=True, anonymous="allow",
            force=False, allow_val_change=True, magic=None, config_exclude_keys=["nothing"],
        )
        assert run is wandb.run and isinstance(run, wandb.Run)
        assert (run.name, run.id, run.project, run.entity) == ("My run!", "abc", "p", "e")
        assert (run.group, run.job_type, run.path) == ("g", "train", "e/p/abc")
        assert run.url.startswith("file://") and run.url.endswith("#refs/experiments/My-run")
        assert run.step == 0 and not run.disabled
        assert wandb.init(config={"more": 2}) is run
        wandb.config.update({"lr": 0.2, "more": 2})  # allow_val_change
        assert wandb.config.lr == 0.2 and wandb.config.more == 2 and wandb.config.sub["a"] == 1
        run.mark_preempting(); run.log_code("."); run.save(); wandb.login(key="x")
        wandb.alert("low", "accuracy", level=wandb.AlertLevel.WARN)
        wandb.alert("low", "accuracy", level=wandb.AlertLevel.WARN)
        wandb.finish()
        """,
    )
    run = the_run(repo)
    assert run["name"] == "My-run"
    assert run["tags"] == ["one"]
    assert (run["group"], run["job_type"], run["notes"]) == ("g", "train", "n")
    assert run["config"] == {"lr": 0.2, "sub": {"a": 1}, "more": 2}
    told = {"project": "p", "entity": "e", "id": "abc", "name": "My run!", "preempting": True}
    assert run["capture"]["wandb"] == told
    assert run["warnings"] == ["alert (warn): low: accuracy"]


def test_the_environment_says_what_the_call_does_not(repo: Path) -> None:
    run_script(
        repo,
        "wandb.init(project='mine')\nwandb.log({'loss': 1})\n",
        env={
            "WANDB_PROJECT": "theirs", "WANDB_NAME": "named", "WANDB_NOTES": "n",
            "WANDB_TAGS": "a, b", "WANDB_RUN_GROUP": "g", "WANDB_JOB_TYPE": "j",
            "WANDB_MODE": "offline", "WANDB_DIR": os.fspath(repo.parent / "no" / "repository"),
        },
    )  # fmt: skip
    run = the_run(repo)
    assert (run["name"], run["group"], run["job_type"], run["notes"]) == ("named", "g", "j", "n")
    assert run["tags"] == ["a", "b"]
    assert run["capture"]["wandb"] == {"project": "mine", "name": "named"}
    assert (repo.parent / "no" / "repository").is_dir()


@pytest.mark.parametrize(
    "env", [{"WANDB_MODE": "disabled"}, {"WANDB_DISABLED": "true"}], ids=["mode", "disabled"]
)
def test_disabled_takes_everything_and_records_nothing(repo: Path, env: dict[str, str]) -> None:
    run_script(
        repo,
        """
        from pathlib import Path
        run = wandb.init(project="p", config={"lr": 1})
        wandb.log({"loss": 1}); run.watch(None); run.log_artifact("x"); run.alert("a")
        (Path(run.dir) / "f").write_text("x")
        assert run.disabled and run.project == "p" and wandb.config.lr == 1
        assert wandb.summary["loss"] == 1
        wandb.finish()
        """,
        env=env,
    )
    assert runs_of(repo) == []


def test_variables_of_the_environment() -> None:
    assert from_environment({"WANDB_TAGS": "a,,b ", "WANDB_NAME": "", "HOME": "x"}) == {
        "tags": ["a", "b"]
    }
    assert from_environment({"WANDB_MODE": "online", "WANDB_DISABLED": "True"}) == {
        "mode": "disabled"
    }


@pytest.mark.parametrize(
    ("keywords", "match"),
    [
        ({"mode": "cloud"}, "cloud"),
        ({"resume": "must"}, "needs to know the run"),
        ({"fork_from": "a", "resume_from": "b"}, "exclude each other"),
        ({"resume_from": "a"}, "names no step"),
    ],
)
@pytest.mark.usefixtures("repo")
def test_what_cannot_be_had_is_an_error(keywords: dict[str, str], match: str) -> None:
    with pytest.raises(UsageError, match=match) as caught:
        init(**keywords)  # type: ignore[arg-type]
    assert caught.value.hint or "exclu" in match


def test_config_from_a_file_and_by_assignment(repo: Path) -> None:
    (repo / "plain.yaml").write_text("lr: 1e-3\nnet:\n  depth: 3\n")
    (repo / "told.yaml").write_text("lr:\n  value: 0.5\n  desc: rate\n")
    run_script(
        repo,
        """
        wandb.config = {"before": 1}
        wandb.init(config="plain.yaml")
        wandb.config = {"after": 2, "net": {"width": 8}}
        assert wandb.config.after == 2 and wandb.config["net"] == {"width": 8}
        wandb.init(config="told.yaml", reinit=True)
        """,
    )
    older, newer = sorted(runs_of(repo), key=lambda run: str(run["created_at"]))
    assert older["config"] == {"before": 1, "lr": 0.001, "net": {"width": 8}, "after": 2}
    assert newer["config"] == {"lr": 0.5}


def test_config_as_omegaconf_and_absl_flags(repo: Path) -> None:
    pytest.importorskip("omegaconf")
    pytest.importorskip("absl")
    run_script(
        repo,
        """
        from omegaconf import OmegaConf
        from absl import flags
        flags.DEFINE_integer("depth", 4, "how deep")
        flags.FLAGS(["x"])
        wandb.init(config=OmegaConf.create({"a": {"b": [1, 2]}, "c": "${a.b}"}))
        wandb.config.update(flags.FLAGS)
        """,
    )
    config = the_run(repo)["config"]
    assert config["a"] == {"b": [1, 2]}
    assert config["c"] == [1, 2]
    assert config["depth"] == 4


def test_define_metric_decides_what_the_summary_holds(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_script(
        repo,
        """
        run = wandb.init(name="s")
        run.define_metric("loss", summary="min")
        run.define_metric("acc", summary="max,mean")
        run.define_metric("val/*", step_metric="epoch", summary="best", goal="maximize")
        run.define_metric("quiet", summary="none")
        run.define_metric("first", summary="first")
        for n, loss in enumerate([3, 1, 2]):
            run.log({"loss": loss, "acc": n, "val/score": -n, "quiet": n, "plain": n})
            run.log({"first": loss}, step=run.step)
        assert run.summary["loss"] == {"min": 1.0}, run.summary
        assert run.summary["acc"] == {"max": 2.0, "mean": 1.0}
        assert run.summary["val/score"] == {"best": 0.0}
        assert "quiet" not in run.summary and run.summary["plain"] == 2
        run.summary["best"] = 7
        """,
    )
    run = the_run(repo)
    assert run["summary"] == {
        "loss": {"min": 1}, "acc": {"max": 2, "mean": 1}, "val/score": {"best": 0}, "quiet": {},
        "first": {"first": 3}, "best": 7,
    }  # fmt: skip
    listed = gitexp("ls", "--where", "summary.loss.min == 1 and summary.acc.mean < 2", cwd=repo)
    assert b"s " in listed.stdout
    monkeypatch.chdir(repo)
    loaded = load("s").summary
    assert (loaded["loss"], loaded["plain"]) == ({"min": 1}, 2)
    assert "quiet" not in loaded
    readme = git(repo, "show", "refs/experiments/s:README.md")
    assert "quiet" not in readme.partition("## Summary")[2].partition("## Config")[0]


def test_files_are_kept_in_the_run(repo: Path) -> None:
    run_script(
        repo,
        """
        from pathlib import Path
        run = wandb.init(name="f")
        Path("out").mkdir()
        Path("out/model.bin").write_bytes(b"first")
        (Path(wandb.run.dir) / "straight.txt").write_text("s")
        assert wandb.save("out/*.bin") and wandb.save("straight.txt")
        open("odd[1].bin", "w").close()
        assert wandb.save("odd[1].bin") == [] and wandb.save("odd[1].bin", glob=False)
        assert wandb.save("s3://bucket/key") == [] and wandb.save(b"odd[[]1].bin")
        for wrong in (["x", None, "never"], ["../x"], ["*/x"], ["out/*/x", "out"], ["out", "out"]):
            try:
                wandb.save(*wrong)
            except ValueError:
                continue
            raise SystemExit(f"no error for {wrong}")
        assert wandb.save("out/model.bin", policy="now")
        assert wandb.save("missing*") == []
        Path("out/model.bin").write_bytes(b"last")
        """,
    )
    assert git(repo, "show", "refs/experiments/f:media/files/out/model.bin") == "last"
    assert git(repo, "show", "refs/experiments/f:media/files/straight.txt") == "s"


def test_a_failure_after_init_is_recorded(repo: Path) -> None:
    code = "with wandb.init(project='x') as run:\n    raise ValueError('broken')\n"
    run_script(repo, code, exit_code=1)
    run = the_run(repo)
    assert run["status"] == "failed"
    assert run["error"]["message"] == "broken"


def test_reinit_begins_another(repo: Path) -> None:
    run_script(
        repo,
        """
        for n in range(3):
            run = wandb.init(project="p", reinit=True, config={"n": n})
            wandb.log({})
            wandb.log({"x": n})
        """,
    )
    runs = runs_of(repo)
    assert sorted(run["config"]["n"] for run in runs) == [0, 1, 2]
    assert {run["metrics"]["x"]["last"] for run in runs} == {0, 1, 2}


def test_inside_record_the_run_is_joined(repo: Path) -> None:
    (repo / "t.py").write_text(
        "import gitexp as wandb\n"
        "wandb.init(project='p', name='asked', config={'lr': 1})\n"
        "assert wandb.run.name == 'asked'\nwandb.log({'loss': 2})\n"
    )
    gitexp("record", "--name", "given", sys.executable, "t.py", cwd=repo)
    run = the_run(repo)
    assert run["name"] == "given"
    assert run["capture"]["wandb"] == {"project": "p", "name": "asked"}
    assert run["metrics"]["loss"]["last"] == 2


def test_what_is_missing_names_the_alternative(repo: Path) -> None:
    done = run_script(
        repo,
        """
        from gitexp import controller
        run = wandb.init(project="p")
        for call in (lambda: controller("x"), lambda: wandb.launch("x"), lambda: run.nonsense,
                     lambda: wandb.nonsense):
            try:
                call()
            except AttributeError as error:
                print(error)
        """,
    )
    told = done.stdout.splitlines()
    assert "wandb.sweep() and wandb.agent()" in told[0]
    assert "gitexp reproduce" in told[1]
    assert all("docs/wandb.md" in line and "nonsense" in line for line in told[2:])


def test_arguments_in_wandbs_places(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)
    with init("somebody") as run:
        assert (run.entity, dict(run.config)) == ("somebody", {})
    with init(None, "p", None, "abc", "named", "why", ["a"], {"lr": 1}) as run:
        assert (run.project, run.id, run.name, run.notes) == ("p", "abc", "named", "why")
        assert (run.tags, dict(run.config)) == (("a",), {"lr": 1})
    (repo / "settings").write_text("k: 2")
    with init("settings") as run:
        assert dict(run.config) == {"k": 2}
    with pytest.raises(TypeError, match="8 arguments"):
        init(*range(9))


def test_traces_of_torchs_profiler_are_files_of_the_run(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    import gitexp as wandb

    monkeypatch.chdir(repo)
    with pytest.raises(UsageError, match="needs a run"):
        wandb.profiler.torch_trace_handler()
    with wandb.init(name="traced"):
        cpu = torch.profiler.ProfilerActivity.CPU
        handler = wandb.profiler.torch_trace_handler()
        with torch.profiler.profile(activities=[cpu], on_trace_ready=handler):
            torch.ones(2) + 1
    files = git(repo, "ls-tree", "-r", "--name-only", "refs/experiments/traced").split()
    traces = [file for file in files if file.startswith("media/files/pytorch_traces/")]
    assert len(traces) == 1
    assert traces[0].endswith(".pt.trace.json")
