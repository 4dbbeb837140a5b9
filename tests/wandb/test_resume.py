"""A run that goes on, and one that begins from another; real processes, real crashes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.cli import gitexp, runs_of, wait_for
from support.git import fsck, git
from support.schema import assert_valid_run
from support.share import fetch, push

HEAD = "import gitexp as wandb, os, sys, time\nimport numpy as np\n"
TRAIN = """
run = wandb.init(project="p", id="abc", resume="allow", config={"lr": 0.1})
wandb.define_metric("loss", summary="min")
for _ in range(3):
    wandb.log({"loss": 1 / (run.step + 1)})
run.summary["note"] = "kept"
run.save_checkpoint({"w": np.arange(run.step)})
"""

MUST = TRAIN.replace("allow", "must")


def script(
    top: Path, code: str, exit_code: int = 0, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    (top / "script.py").write_text(HEAD + textwrap.dedent(code))
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=top, capture_output=True, timeout=120, text=True,
        env={**os.environ, **(env or {})},
    )  # fmt: skip
    assert done.returncode == exit_code, done.stderr
    return done


def start(top: Path, code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HEAD + textwrap.dedent(code)],
        cwd=top, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def the_run(top: Path) -> dict[str, Any]:
    (run,) = runs_of(top)
    assert_valid_run(run)
    return run


def rows(top: Path, name: str) -> list[dict[str, Any]]:
    content = git(top, "show", f"refs/experiments/{name}:metrics.jsonl")
    return [orjson.loads(line) for line in content.splitlines()]


def test_it_goes_on_where_it_was(repo: Path) -> None:
    script(repo, TRAIN)
    before = the_run(repo)
    commits = git(repo, "rev-list", f"refs/experiments/{before['name']}")
    script(repo, TRAIN + "print(run.resumed, run.starting_step, dict(run.summary), run.id)")
    run = the_run(repo)
    assert (run["name"], run["id"], run["status"]) == (before["name"], before["id"], "finished")
    assert run["created_at"] == before["created_at"]
    assert [row["_step"] for row in rows(repo, run["name"])] == [0, 1, 2, 3, 4, 5]
    assert run["metrics"]["loss"]["count"] == 6
    assert run["summary"] == {"loss": {"min": 1 / 6}, "note": "kept"}
    assert [entry["label"] for entry in run["checkpoints"]] == ["step-2", "step-5"]
    (part,) = run["lineage"]["resumptions"]
    assert part["commit"] == commits.split()[0]
    assert (part["status"], part["step"]) == ("finished", 2)
    # The chain grew: what was there before is still there.
    assert git(repo, "rev-list", f"refs/experiments/{run['name']}").endswith(commits)
    assert part["duration_s"] == before["duration_s"] < run["duration_s"]
    log = git(repo, "show", f"refs/experiments/{run['name']}:output.log")
    assert log.startswith("True 3 {'loss': {'min': 0.16666666666666666}, 'note': 'kept'} abc")
    fsck(repo)


def test_media_and_files_of_before_stay(repo: Path) -> None:
    code = """
    run = wandb.init(id="abc", resume="allow")
    wandb.log({"img": wandb.Image(np.full((2, 2), run.step, dtype=np.uint8))})
    artifact = wandb.Artifact("ds", "dataset")
    with artifact.new_file(f"{run.step}.txt") as file:
        file.write("x")
    run.log_artifact(artifact)
    """
    script(repo, code)
    script(repo, code)
    run = the_run(repo)
    files = git(repo, "ls-tree", "-r", "--name-only", f"refs/experiments/{run['name']}")
    assert sum(path.startswith("media/img/") for path in files.splitlines()) == 2
    assert sum(path.startswith("artifacts/ds/") for path in files.splitlines()) == 4
    assert [entry["version"] for entry in run["artifacts"]] == [0, 1]


def test_after_sigkill_before_anybody_recovered_it(repo: Path) -> None:
    script(repo, TRAIN + "os.kill(os.getpid(), 9)", exit_code=-9)
    script(repo, TRAIN)
    run = the_run(repo)
    assert run["metrics"]["loss"]["count"] == 6
    assert run["lineage"]["resumptions"][0]["status"] == "killed"
    assert [entry["label"] for entry in run["checkpoints"]] == ["step-2", "step-5"]


def test_after_the_supervisor_died_too(repo: Path) -> None:
    script(
        repo,
        TRAIN
        + """
import psutil
time.sleep(1)
for child in psutil.process_iter(["pid", "cmdline"]):
    if str(run.folder) in (child.info["cmdline"] or []):
        child.kill()
os.kill(os.getpid(), 9)
""",
        exit_code=-9,
    )
    script(repo, TRAIN)
    assert the_run(repo)["metrics"]["loss"]["count"] == 6


def test_a_run_that_runs_is_not_resumed(repo: Path) -> None:
    other = start(repo, TRAIN + "print('ready', flush=True); sys.stdin.read()")
    assert other.stdout is not None
    assert other.stdout.readline() == "ready\n"
    done = script(repo, MUST, exit_code=1)
    assert "is still running here" in done.stderr
    other.communicate("")
    assert other.returncode == 0
    assert the_run(repo)["metrics"]["loss"]["count"] == 3


def test_of_many_that_resume_it_at_once_one_gets_it(repo: Path) -> None:
    script(repo, TRAIN)
    begin = time.time() + 2
    all_at_once = f"while time.time() < {begin}: pass\n" + MUST + "time.sleep(2)"
    racers = [start(repo, all_at_once) for _ in range(4)]
    ends = [racer.communicate()[1] for racer in racers]
    codes = [racer.returncode for racer in racers]
    assert sorted(codes) == [0, 1, 1, 1], ends
    run = the_run(repo)
    assert run["metrics"]["loss"]["count"] == 6
    assert len(run["lineage"]["resumptions"]) == 1
    left = os.listdir(repo / ".git/gitexp/journals")
    assert left == []


def test_those_that_may_resume_it_at_once_all_log(repo: Path) -> None:
    script(repo, TRAIN)
    begin = time.time() + 2
    all_at_once = f"while time.time() < {begin}: pass\n" + TRAIN + "time.sleep(2)"
    racers = [start(repo, all_at_once) for _ in range(3)]
    ends = [racer.communicate()[1] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0], ends
    assert sum("goes into a run of its own" in said for said in ends) == 2
    assert sorted(run["metrics"]["loss"]["count"] for run in runs_of(repo)) == [3, 3, 6]


def test_under_record_the_run_that_goes_on_is_the_only_one(repo: Path) -> None:
    (repo / "t.py").write_text(
        "import argparse\nimport gitexp as wandb\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--lr', type=float)\nparser.parse_args()\n"
        "run = wandb.init(id='abc', resume='allow', config={'k': 1})\nwandb.log({'v': run.step})\n"
    )
    command = ("--", sys.executable, "t.py", "--lr")
    gitexp("record", *command, "0.1", cwd=repo)
    gitexp("record", *command, "0.2", cwd=repo)
    run = the_run(repo)
    assert (run["config"], run["metrics"]["v"]["count"]) == ({"lr": 0.2, "k": 1}, 2)
    gitexp("record", "--name", "wanted", *command, "0.3", cwd=repo)
    runs = {found["name"]: found for found in runs_of(repo)}
    assert runs["abc"]["metrics"]["v"]["count"] == 3
    assert runs["wanted"]["capture"]["wandb"]["went_on"] == "abc"
    assert os.listdir(repo / ".git/gitexp/journals") == []


def test_under_record_a_script_goes_on_with_what_it_finished(repo: Path) -> None:
    (repo / "t.py").write_text(
        HEAD + "first = wandb.init(config={'k': 1}, tags=['a'])\nwandb.log({'a': 1})\n"
        "wandb.log({'b': 2})\nfirst.summary['own'] = 3\nwandb.finish()\n"
        "run = wandb.init(id=first.id, resume=os.environ['HOW'], config={'j': 2})\n"
        "print(run.resumed, run.step, run.tags, dict(run.summary), dict(run.config))\n"
        "wandb.log({'b': 5})\nwandb.log({'c': 6})\n"
    )
    command = ("--", sys.executable, "t.py")
    for how in ("allow", "must"):
        done = gitexp("record", "--name", how, *command, cwd=repo, env={"HOW": how})
        told = "True 2 ('a',) {'a': 1, 'b': 2, 'own': 3} {'k': 1, 'j': 2}"
        assert told in done.stdout.decode()
        run = next(run for run in runs_of(repo) if run["name"] == how)
        assert (run["config"], run["summary"]) == ({"k": 1, "j": 2}, {"own": 3})
        last = {key: metric["last"] for key, metric in run["metrics"].items()}
        assert last == {"a": 1, "b": 5, "c": 6}
        assert [row["_step"] for row in rows(repo, how)] == [0, 1, 2, 3]
    assert len(runs_of(repo)) == 2
    done = gitexp("record", *command, cwd=repo, env={"HOW": "never"}, code=1)
    assert b"exists, and resume='never'" in done.stderr


def test_under_record_a_run_that_was_begun_before_is_kept(repo: Path) -> None:
    script(repo, "wandb.init(id='old').finish()")
    (repo / "t.py").write_text(
        HEAD + "wandb.init(id='first').finish()\nwandb.init(id='old', resume='must').finish()\n"
    )
    gitexp("record", "--", sys.executable, "t.py", cwd=repo)
    assert sorted(run["name"] for run in runs_of(repo)) == ["first", "old"]


def test_killed_while_it_is_being_resumed(repo: Path) -> None:
    script(repo, TRAIN)
    for stage in ("seed", "_claim"):
        killing = f"""
        import gitexp.record.resume as resume
        def die(*args): os.kill(os.getpid(), 9)
        resume.{stage} = die
        """
        script(repo, textwrap.dedent(killing) + TRAIN, exit_code=-9)
        assert the_run(repo)["status"] == "finished"
    script(repo, TRAIN)
    assert the_run(repo)["metrics"]["loss"]["count"] == 6


def test_on_another_machine(repo: Path, tmp_path: Path) -> None:
    script(repo, TRAIN)
    remote, other = tmp_path / "remote.git", tmp_path / "other"
    git(tmp_path, "init", "-q", "--bare", os.fspath(remote))
    git(repo, "remote", "add", "origin", os.fspath(remote))
    git(repo, "push", "-q", "origin", "main")
    push(repo)
    git(tmp_path, "clone", "-q", os.fspath(remote), os.fspath(other))
    fetch(other)
    code = TRAIN + "print(len(run.load_checkpoint('step-2')['w']))"
    assert script(other, code).stdout == "3\n"
    push(other)
    fetch(repo)
    run = the_run(repo)
    assert run["metrics"]["loss"]["count"] == 6
    fsck(repo)


@pytest.mark.parametrize("how", ['resume="must"', 'resume="allow"', "resume=True"])
def test_words_and_variables(repo: Path, how: str) -> None:
    script(repo, TRAIN)
    variables = {"WANDB_RUN_ID": "abc"}
    script(repo, f"run = wandb.init({how}); assert run.resumed and run.step == 3", env=variables)
    script(repo, "assert wandb.init().resumed", env={**variables, "WANDB_RESUME": "must"})
    assert len(the_run(repo)["lineage"]["resumptions"]) == 2


def test_by_name(repo: Path) -> None:
    script(repo, 'wandb.init(name="My run").log({"a": 1})')
    script(repo, 'assert wandb.init(name="My run", resume="must").step == 1')
    assert the_run(repo)["name"] == "My-run"


def test_words_that_do_not_fit(repo: Path) -> None:
    done = script(repo, 'wandb.init(id="new", resume="must")', exit_code=1)
    assert "there is no run 'new'" in done.stderr
    done = script(repo, 'wandb.init(resume="must")', exit_code=1)
    assert "needs to know the run" in done.stderr
    assert runs_of(repo) == []
    script(repo, 'assert not wandb.init(id="new", resume="never").resumed')
    done = script(repo, 'wandb.init(id="new", resume="never")', exit_code=1)
    assert "exists, and resume='never'" in done.stderr
    done = script(repo, 'wandb.init(id="new", resume="sometimes")', exit_code=1)
    assert "is unknown" in done.stderr


def test_words_that_do_not_fit_are_errors_that_scripts_catch(repo: Path) -> None:
    script(repo, TRAIN)
    code = """
    from gitexp.errors import UsageError
    for kind, words in (
        (UsageError, {"id": "new", "resume": "must"}),
        (UsageError, {"id": "abc", "resume": "never"}),
        (UsageError, {"fork_from": "new?_step=1"}),
        (UsageError, {"resume_from": "new?_step=1"}),
        (ValueError, {"id": "abc", "resume": "sometimes"}),
        (ValueError, {"id": "abc", "fork_from": "abc?_step=1"}),
        (ValueError, {"id": "new", "resume_from": "abc?_step=1"}),
        (ValueError, {"fork_from": "abc?_step=1", "resume": "allow"}),
        (ValueError, {"fork_from": "abc?_step=one"}),
        (ValueError, {"mode": "sometimes"}),
    ):
        try:
            wandb.init(**words)
        except kind:
            continue
        raise SystemExit(repr(words))
    """
    script(repo, code)
    assert the_run(repo)["metrics"]["loss"]["count"] == 3


def test_auto_goes_on_with_what_failed(repo: Path) -> None:
    code = """
    run = wandb.init(resume="auto"); print(run.resumed, run.step)
    wandb.log({"a": 1})
    if not os.path.exists("done"): os._exit(3)
    """
    assert script(repo, code, exit_code=3).stdout == "False 0\n"
    (repo / "done").touch()
    assert script(repo, code).stdout == "True 1\n"
    assert script(repo, code).stdout == "False 0\n"
    assert len(runs_of(repo)) == 2


def test_shared_runs_are_joined(repo: Path) -> None:
    code = 'run = wandb.init(id="abc", mode="shared"); wandb.log({"a": 1})\n'
    first = start(repo, code + "print('ready', flush=True); sys.stdin.read()")
    assert first.stdout is not None
    assert first.stdout.readline() == "ready\n"
    script(repo, code)
    first.communicate("")
    assert the_run(repo)["metrics"]["a"]["count"] == 2


def test_a_fork_has_what_the_other_run_had(repo: Path) -> None:
    script(repo, TRAIN + 'wandb.log({"loss": 9}); run.save_checkpoint({"w": 9}, label="bad")')
    parent = the_run(repo)
    said = script(
        repo,
        f"""
        run = wandb.init(fork_from="{parent["name"]}:step-2", config={{"more": 1}})
        print(run.step, dict(run.config), dict(run.summary), len(run.checkpoint["w"]))
        wandb.log({{"loss": 0.01}})
        run.save_checkpoint({{"w": 1}})
        assert run.load_checkpoint() == {{"w": 1}}
        """,
    ).stdout
    assert said == "3 {'lr': 0.1, 'more': 1} {'loss': {'min': 0.3333333333333333}} 3\n"
    run = runs_of(repo)[0]
    assert_valid_run(run)
    assert (run["lineage"]["forked_from"], run["lineage"]["forked_id"]) == (
        parent["name"], parent["id"],
    )  # fmt: skip
    assert (run["lineage"]["forked_step"], run["lineage"]["forked_checkpoint"]) == (2, "step-2")
    assert [row["loss"] for row in rows(repo, run["name"])] == [1, 0.5, 1 / 3, 0.01]
    assert [entry["label"] for entry in run["checkpoints"]] == ["step-3"]
    shown = gitexp("show", run["name"], cwd=repo).stdout.decode()
    assert f"forked from {parent['name']}:step-2" in shown


def test_wandbs_way_to_fork_and_to_rewind(repo: Path) -> None:
    script(repo, TRAIN)
    script(repo, 'run = wandb.init(fork_from="abc?_step=0"); assert run.step == 1; run.log({})')
    script(
        repo,
        """
        run = wandb.init(resume_from="abc?_step=1"); assert (run.id, run.step) == ("abc", 2)
        wandb.log({"loss": 7})
        """,
    )
    rewound = next(run for run in runs_of(repo) if run["lineage"].get("resumptions"))
    assert [row["loss"] for row in rows(repo, rewound["name"])] == [1, 0.5, 7]
    assert rewound["checkpoints"] == []
    done = script(repo, 'wandb.init(fork_from="abc?_step=x")', exit_code=1)
    assert "names no step" in done.stderr


def test_a_fork_of_what_is_not_there(repo: Path) -> None:
    script(repo, TRAIN)
    name = the_run(repo)["name"]
    assert "no run named" in script(repo, 'wandb.init(fork_from="nope")', exit_code=1).stderr
    done = script(repo, f'wandb.init(fork_from="{name}:nope")', exit_code=1)
    assert "has no checkpoint 'nope'" in done.stderr
    assert len(runs_of(repo)) == 1


def test_a_disabled_run_looks_for_nothing(tmp_path: Path) -> None:
    script(tmp_path, 'wandb.init(mode="disabled", resume="must", id="x").log({"a": 1})')


def test_notebooks_that_begin_a_cell_again(repo: Path) -> None:
    script(
        repo,
        """
        for part in range(3):
            run = wandb.init(id="abc", resume="allow", config={"part": part})
            run.log({"a": part})
            run.finish()
        """,
    )
    run = the_run(repo)
    assert run["metrics"]["a"]["count"] == 3
    assert run["config"] == {"part": 2}
    wait_for(lambda: not os.listdir(repo / ".git/gitexp/journals"))


def test_a_name_that_the_script_gives_is_the_recorded_runs(repo: Path) -> None:
    (repo / "named.py").write_text(
        "import gitexp as wandb, time\n"
        "run = wandb.init(name='My run')\n"
        "wandb.log({'a': 1})\n"
        "deadline = time.time() + 30\n"
        "while wandb.Api().run('My run').ref != 'refs/experiments/My-run':\n"
        "    assert time.time() < deadline\n"
        "    time.sleep(0.1)\n"
        "print(run.name)\n"
    )
    gitexp("record", "--", sys.executable, "named.py", cwd=repo)
    assert the_run(repo)["name"] == "My-run"
    assert git(repo, "for-each-ref", "--format=%(refname)", "refs/experiments/") == (
        "refs/experiments/My-run"
    )
    assert os.listdir(repo / ".git/gitexp/journals") == []
    gitexp(
        "record", "--", sys.executable, "-c", "import gitexp; gitexp.init(name='My run')", cwd=repo
    )
    assert {run["name"] for run in runs_of(repo)} == {"My-run", "My-run-2"}


def test_the_name_on_the_command_line_counts_more(repo: Path) -> None:
    code = "import gitexp; run = gitexp.init(name='other'); print(run.name)"
    gitexp("record", "--name", "mine", "--", sys.executable, "-c", code, cwd=repo)
    run = the_run(repo)
    assert (run["name"], run["capture"]["wandb"]["name"]) == ("mine", "other")


def test_a_run_that_is_renamed_by_its_script(repo: Path) -> None:
    script(repo, "run = wandb.init(); run.name = 'better'; run.log({'a': 1})")
    assert the_run(repo)["name"] == "better"
    fsck(repo)


def test_two_machines_go_on_without_telling_each_other(repo: Path, tmp_path: Path) -> None:
    logs = """
    artifact = wandb.Artifact("ds", "dataset")
    with artifact.new_file("who") as file:
        file.write(sys.argv[0] + os.getcwd())
    run.log_artifact(artifact)
    """
    script(repo, TRAIN)
    remote, other = tmp_path / "remote.git", tmp_path / "other"
    git(tmp_path, "init", "-q", "--bare", os.fspath(remote))
    git(repo, "remote", "add", "origin", os.fspath(remote))
    git(repo, "push", "-q", "origin", "main")
    push(repo)
    git(tmp_path, "clone", "-q", os.fspath(remote), os.fspath(other))
    fetch(other)
    for top in (repo, other):
        script(top, TRAIN + textwrap.dedent(logs))
    push(other)
    fetch(repo)
    run = the_run(repo)
    assert run["metrics"]["loss"]["count"] == 6
    versions = {entry["digest"] for entry in run["artifacts"]}
    assert len(versions) == 2
    tree = git(repo, "ls-tree", "-r", "-d", "--name-only", f"refs/experiments/{run['name']}")
    for digest in versions:
        assert f"artifacts/ds/{digest[:12]}" in tree
    said = script(repo, 'print(*[a.name for a in wandb.Api().artifacts("dataset", "ds")])').stdout
    assert said == "ds:v1 ds:v0\n"
    push(repo)
    fetch(other)
    assert the_run(other) == run
    fsck(repo)


def test_processes_that_begin_runs_at_once_under_record_have_one_each(repo: Path) -> None:
    (repo / "many.py").write_text(
        "import gitexp as wandb, multiprocessing, os\n"
        "def work(n):\n"
        "    run = wandb.init(name=f'worker-{n}', reinit=True)\n"
        "    run.log({'n': n}); run.finish()\n"
        "def only_logs():\n"
        "    wandb.log({'extra': 1})\n"
        "if __name__ == '__main__':\n"
        "    run = wandb.init(name='parent')\n"
        "    spawn = multiprocessing.get_context('spawn')\n"
        "    calls = [(work, (0,)), (work, (1,)), (only_logs, ())]\n"
        "    parts = [spawn.Process(target=f, args=a) for f, a in calls]\n"
        "    for part in parts: part.start()\n"
        "    for part in parts: part.join()\n"
        "    run.log({'all': 2})\n"
    )
    gitexp("record", "--", sys.executable, "many.py", cwd=repo)
    runs = {run["name"]: run for run in runs_of(repo)}
    assert runs.keys() == {"parent", "worker-0", "worker-1"}
    assert set(runs["parent"]["metrics"]) == {"all", "extra"}
    assert set(runs["worker-1"]["metrics"]) == {"n"}


def test_commands_one_after_the_other_are_one_run(repo: Path) -> None:
    part = f"{sys.executable} -c \"import gitexp; gitexp.init(); gitexp.log({{'a': 1}})\""
    gitexp("record", "--", "sh", "-c", f"{part}; {part}", cwd=repo)
    assert the_run(repo)["metrics"]["a"]["count"] == 2
