"""`import gitexp` in a bare script and inside `gitexp record`: real processes, real endings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from support.cli import gitexp, runs_of, wait_for
from support.git import fsck, git

from gitexp.schema import names


def script(repo: Path, code: str) -> list[str]:
    """Write a script and commit nothing; the command that runs it."""
    (repo / "script.py").write_text(textwrap.dedent(code))
    return [sys.executable, "script.py"]


def run_bare(repo: Path, code: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(script(repo, code), cwd=repo, capture_output=True, timeout=60, **options)


def the_run(repo: Path) -> dict[str, Any]:
    """The one run, once it is over."""

    def over() -> dict[str, Any] | None:
        (run,) = runs_of(repo)
        return None if run["status"] == "running" else run

    found = wait_for(over)
    assert isinstance(found, dict)
    return found


def rows(repo: Path, name: str) -> list[dict[str, Any]]:
    text = git(repo, "show", f"{names.ref_of(name)}:metrics.jsonl")
    return [json.loads(line) for line in text.splitlines()]


def test_a_bare_script_is_in_git_when_it_ends(repo: Path) -> None:
    done = run_bare(
        repo,
        """
        import gitexp
        run = gitexp.init(config={"lr": 0.1}, name="bare", tags=["a"], notes="why", group="g")
        gitexp.config.epochs = 3
        gitexp.config["deep"] = {"er": 1}
        gitexp.define_metric("score", goal="minimize")
        for n in range(3):
            gitexp.log({"loss": 1 / (n + 1), "score": n})
        gitexp.summary["best"] = 7
        assert gitexp.summary["loss"] == 1 / 3
        print("hello")
        assert gitexp.run is run and run.name == "bare"
        """,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"hello\n"
    assert done.stderr == b""
    (run,) = runs_of(repo)
    assert run["status"] == "finished"
    assert run["exit_code"] == 0
    assert run["config"] == {"lr": 0.1, "epochs": 3, "deep": {"er": 1}}
    assert run["summary"] == {"best": 7}
    assert run["metrics"]["loss"]["last"] == pytest.approx(1 / 3)
    assert run["metrics"]["loss"]["goal"] == "lower"
    assert run["metrics"]["score"]["goal"] == "lower"
    assert (run["tags"], run["notes"], run["group"]) == (["a"], "why", "g")
    assert run["command"][-1] == "script.py"
    assert [row["_step"] for row in rows(repo, "bare")] == [0, 1, 2]
    assert git(repo, "show", "refs/experiments/bare:output.log") == "hello"
    assert "code/script.py" in git(repo, "ls-tree", "-r", "--name-only", "refs/experiments/bare")
    subjects = git(repo, "log", "--format=%s", "refs/experiments/bare").splitlines()
    assert subjects[-2] == "bare: started"
    assert not list((repo / ".git" / "gitexp" / "journals").iterdir())
    fsck(repo)


def test_sigkill_loses_no_number_and_the_run_is_killed(repo: Path) -> None:
    done = run_bare(
        repo,
        """
        import gitexp, os
        gitexp.init(name="k")
        for n in range(10_000):
            gitexp.log({"n": n})
        os.kill(os.getpid(), 9)
        """,
    )
    assert done.returncode == -signal.SIGKILL
    run = the_run(repo)
    assert run["status"] == "killed"
    assert [row["n"] for row in rows(repo, "k")] == list(range(10_000))


@pytest.mark.parametrize(
    ("ending", "status", "code"),
    [
        ("", "finished", 0),
        ("import sys; sys.exit()", "finished", 0),
        ("import sys; sys.exit(3)", "failed", 3),
        ("import sys; sys.exit('message')", "failed", 1),
        ("raise ValueError('boom')", "failed", 1),
        ("raise KeyboardInterrupt", "interrupted", 130),
        ("gitexp.finish()", "finished", 0),
        ("gitexp.finish(exit_code=2)", "failed", 2),
        ("import sys; sys.excepthook = print; raise ValueError('boom')", "failed", 1),
        ("import sys; sys.stdout.close(); sys.stderr.close()", "finished", 0),
        ("import os; os.chdir('/')", "finished", 0),
    ],
)
def test_every_way_to_end(repo: Path, ending: str, status: str, code: int) -> None:
    run_bare(repo, f"import gitexp\ngitexp.init(name='x')\ngitexp.log({{'a': 1}})\n{ending}\n")
    run = the_run(repo)
    assert (run["status"], run["exit_code"]) == (status, code)
    if "boom" in ending:
        assert run["error"]["type"] == "ValueError"
        assert run["error"]["message"] == "boom"
    assert run["metrics"]["a"]["count"] == 1


@pytest.mark.parametrize(
    ("leave", "status", "code"),
    [("os._exit(0)", "finished", 0), ("os._exit(3)", "failed", 3), ("exit(6)", "failed", 6)],
)
def test_every_way_to_leave(repo: Path, leave: str, status: str, code: int) -> None:
    done = run_bare(
        repo, f"import gitexp, os\ngitexp.init(name='x')\ngitexp.log({{'a': 1}})\n{leave}\n"
    )
    run = the_run(repo)
    assert run["metrics"]["a"]["count"] == 1
    assert (run["status"], run["exit_code"]) == (status, done.returncode) == (status, code)
    assert not run["warnings"]


def test_init_inside_record_joins_that_run(repo: Path) -> None:
    command = script(
        repo,
        """
        import gitexp
        with gitexp.init(config={"a": 1}, tags=["inner"]) as run:
            assert run.config.lr == 0.1
            run.log({"loss": 0.5})
        """,
    )
    gitexp("record", "-n", "outer", "-t", "t", "--", *command, "--lr", "0.1")
    (run,) = runs_of(repo)
    assert run["name"] == "outer"
    assert run["config"] == {"lr": 0.1, "a": 1}
    assert run["tags"] == ["t", "inner"]
    assert run["metrics"]["loss"]["count"] == 1


def test_inside_record_log_needs_no_init(repo: Path) -> None:
    command = script(repo, "import gitexp\ngitexp.log({'loss': 0.5})\n")
    gitexp("record", "-n", "x", *command)
    (run,) = runs_of(repo)
    assert run["metrics"]["loss"]["last"] == 0.5


def test_the_error_of_a_recorded_script_is_kept(repo: Path) -> None:
    command = script(repo, "import gitexp\ngitexp.init()\nraise ValueError('boom')\n")
    gitexp("record", "-n", "x", *command, code=1)
    (run,) = runs_of(repo)
    assert run["status"] == "failed"
    assert run["error"]["message"] == "boom"
    assert "boom" in git(repo, "show", "refs/experiments/x:README.md")


def test_runs_one_after_the_other_in_one_process(repo: Path) -> None:
    done = run_bare(
        repo,
        """
        import gitexp
        for n in range(3):
            gitexp.init(name="same")
            gitexp.log({"n": n})
            gitexp.finish()
        """,
    )
    assert done.returncode == 0, done.stderr
    last = {run["name"]: run["metrics"]["n"]["last"] for run in runs_of(repo)}
    assert last == {"same": 0, "same-2": 1, "same-3": 2}


def test_init_while_a_run_is_active_returns_that_run(repo: Path) -> None:
    done = run_bare(
        repo,
        """
        import gitexp
        first = gitexp.init(config={"a": 1})
        assert gitexp.init(config={"b": 2}) is first
        """,
    )
    assert done.returncode == 0, done.stderr
    assert b"a run is active, and is returned as it is" in done.stderr
    assert the_run(repo)["config"] == {"a": 1}


def test_outside_a_repository_only_init_raises(tmp_path: Path) -> None:
    done = run_bare(tmp_path, "import gitexp\ngitexp.log({'a': 1})\ngitexp.init()\n")
    assert b"log() before gitexp.init(): nothing is recorded" in done.stderr
    assert b"NotARepository" in done.stderr
    assert done.returncode == 1


def test_the_scripts_own_repository_is_found_from_elsewhere(repo: Path, tmp_path: Path) -> None:
    script(repo, "import gitexp\ngitexp.init(name='x')\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run([sys.executable, str(repo / "script.py")], cwd=elsewhere, check=True)
    assert the_run(repo)["name"] == "x"


@pytest.mark.parametrize("variable", ["RANK", "LOCAL_RANK", "SLURM_PROCID"])
def test_ranks_above_zero_do_not_record(repo: Path, variable: str) -> None:
    code = """
    import gitexp
    gitexp.init(config={"a": 1})
    gitexp.log({"a": 1})
    print(gitexp.config.a)
    """
    done = run_bare(repo, code, env={**os.environ, variable: "1"})
    assert (done.stdout, done.stderr) == (b"1\n", b"")
    assert runs_of(repo) == []


def test_disabled(repo: Path) -> None:
    code = "import gitexp\ngitexp.init()\ngitexp.log({'a': 1})\nprint(gitexp.summary['a'])\n"
    done = run_bare(repo, code, env={**os.environ, "GITEXP_MODE": "disabled"})
    assert done.stdout == b"1\n", done.stderr
    assert runs_of(repo) == []


def test_a_script_with_a_module_that_shadows_ours_is_no_trouble(repo: Path) -> None:
    for module in ("json", "click", "signal", "record", "schema"):
        (repo / f"{module}_.py").write_text("raise SystemExit(9)\n")
    (repo / "yaml.py").write_text("raise SystemExit(9)\n")
    (repo / "psutil.py").write_text("raise SystemExit(9)\n")
    done = run_bare(repo, "import gitexp\ngitexp.init(name='x')\ngitexp.log({'a': 1})\n")
    assert done.returncode == 0, done.stderr
    assert the_run(repo)["status"] == "finished"


def test_the_supervisor_killed_while_the_script_goes_on(repo: Path) -> None:
    done = run_bare(
        repo,
        """
        import gitexp, os, signal, time
        from gitexp.record.spawn import _started
        gitexp.init(name="x")
        gitexp.log({"a": 1})
        time.sleep(0.7)
        _started[0].kill()
        gitexp.log({"a": 2})
        gitexp.finish()
        """,
    )
    assert done.returncode == 0, done.stderr
    run = the_run(repo)
    assert (run["status"], run["metrics"]["a"]["count"]) == ("finished", 2)


def test_both_killed_and_the_next_command_recovers(repo: Path) -> None:
    run_bare(
        repo,
        """
        import gitexp, os, time
        from gitexp.record.spawn import _started
        gitexp.init(name="x")
        for n in range(100):
            gitexp.log({"n": n})
        time.sleep(0.7)
        _started[0].kill()
        os.kill(os.getpid(), 9)
        """,
    )
    done = gitexp("recover")
    assert b"x: killed, committed from its journal" in done.stdout
    (run,) = runs_of(repo)
    assert (run["status"], run["metrics"]["n"]["count"]) == ("killed", 100)
    assert gitexp("recover").stdout == b"nothing to recover\n"
    fsck(repo)


def test_a_checkpoint_comes_back_in_another_process(repo: Path) -> None:
    done = run_bare(
        repo,
        """
        import gitexp, torch
        gitexp.init(name="x")
        model = torch.nn.Linear(4, 3)
        optimizer = torch.optim.Adam(model.parameters())
        model(torch.randn(2, 4)).sum().backward(); optimizer.step()
        for epoch in range(2):
            gitexp.log({"loss": 1.0 - epoch})
            state = {"model": model, "optimizer": optimizer, "epoch": epoch}
            gitexp.save_checkpoint(state, step=epoch, label=f"epoch-{epoch}", metrics={"l": 1})
        torch.save(model.state_dict(), "/tmp/gitexp-test-%d.pt" % __import__("os").getppid())
        """,
    )
    assert done.returncode == 0, done.stderr
    saved = f"/tmp/gitexp-test-{os.getpid()}.pt"
    (run,) = runs_of(repo)
    assert [c["label"] for c in run["checkpoints"]] == ["epoch-0", "epoch-1"]
    check = subprocess.run(
        [
            sys.executable,
            "-c",
            "import gitexp, torch, sys\n"
            "back = gitexp.load_checkpoint('x')\n"
            "assert back['epoch'] == 1\n"
            "want = torch.load(sys.argv[1])\n"
            "assert all(torch.equal(back['model'][k], v) for k, v in want.items())\n"
            "optimizer = torch.optim.Adam(torch.nn.Linear(4, 3).parameters())\n"
            "optimizer.load_state_dict(back['optimizer'])\n",
            saved,
        ],
        cwd=repo,
        capture_output=True,
    )
    Path(saved).unlink()
    assert check.returncode == 0, check.stderr
    fsck(repo)


def test_annotations_of_a_running_run_reach_its_end(repo: Path) -> None:
    process = subprocess.Popen(
        script(
            repo,
            """
            import gitexp, time
            gitexp.init(name="x")
            gitexp.log({"a": 1})
            time.sleep(3)
            """,
        ),
        cwd=repo,
    )
    wait_for(lambda: runs_of(repo))
    gitexp("tag", "x", "good")
    gitexp("note", "x", "looks", "fine")
    assert runs_of(repo)[0]["tags"] == ["good"]
    assert process.wait(30) == 0
    run = the_run(repo)
    assert (run["tags"], run["notes"]) == (["good"], "looks fine")


def test_finish_after_a_small_run_is_quick(repo: Path) -> None:
    # Not a timed assert on the machine, but on our own patience: no 30 s wait, no lost wake-up.
    began = time.monotonic()
    run_bare(repo, "import gitexp\ngitexp.init()\ngitexp.finish()\n")
    assert time.monotonic() - began < 20
