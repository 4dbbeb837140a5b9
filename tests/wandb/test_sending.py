"""A run that other processes log to: as their argument, inherited by a fork, by its id."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from support.cli import gitexp, runs_of
from support.git import git

import gitexp as package
from gitexp.errors import UsageError
from gitexp.wandb.run import Run

HEAD = "import wandb, os, sys, functools, json, multiprocessing as mp\n"


def record(top: Path, code: str, *args: str, exit_code: int = 0) -> str:
    (top / "script.py").write_text(HEAD + textwrap.dedent(code))
    command = ("record", "--wandb", "--", sys.executable, "script.py", *args)
    return gitexp(*command, cwd=top, code=exit_code).stdout.decode()


def rows(top: Path) -> list[dict[str, Any]]:
    (run,) = runs_of(top)
    content = git(top, "show", f"refs/experiments/{run['name']}:metrics.jsonl")
    return [json.loads(line) for line in content.splitlines()]


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_a_run_is_an_argument_of_another_process(repo: Path, method: str) -> None:
    said = record(
        repo,
        f"""
        def child(run):
            run.config.c = 2
            run.log({{"b": 1}})
            run.log({{"b": 2}})
            run.summary["best"] = 7
            print(wandb.run is not None, run.step, flush=True)

        if __name__ == "__main__":
            mp.set_start_method({method!r})
            with wandb.init(id="abc", config={{"a": 1}}) as run:
                run.log({{"p": 1}})
                run.log({{"q": 1}}, commit=False)
                other = mp.Process(target=child, kwargs={{"run": run}})
                other.start()
                other.join()
                assert other.exitcode == 0
                run.log({{"z": 3}})
                print(run.step, run.summary["best"], run.summary["b"])
        """,
    )
    assert said == "True 3\n4 7 2\n"
    seen = [{k: v for k, v in row.items() if k != "_time"} for row in rows(repo)]
    assert seen == [
        {"_step": 0, "p": 1}, {"_step": 1, "q": 1}, {"_step": 1, "b": 1}, {"_step": 2, "b": 2},
        {"_step": 3, "z": 3},
    ]  # fmt: skip
    (run,) = runs_of(repo)
    assert (run["status"], run["config"], run["summary"]) == (
        "finished", {"a": 1, "c": 2}, {"best": 7},
    )  # fmt: skip


def test_workers_of_a_pool_that_fail_do_not_fail_the_run(repo: Path) -> None:
    record(
        repo,
        """
        def work(run, n):
            with run:
                run.log({"n": n})
                raise ValueError(n)

        if __name__ == "__main__":
            run = wandb.init()
            with mp.get_context("spawn").Pool(2) as pool:
                for one in [pool.apply_async(functools.partial(work, run), (n,)) for n in (1, 2)]:
                    try:
                        one.get(60)
                    except ValueError:
                        pass
            run.log({"end": 1})
        """,
    )
    (run,) = runs_of(repo)
    assert (run["status"], run["error"]) == ("finished", None)
    assert run["metrics"]["n"]["count"] == 2
    assert run["metrics"]["end"]["last"] == 1


def test_tasks_of_one_worker_may_set_the_same_key(repo: Path) -> None:
    record(
        repo,
        """
        def work(run, n):
            run.config.n = n

        if __name__ == "__main__":
            run = wandb.init()
            with mp.get_context("spawn").Pool(1) as pool:
                pool.map(functools.partial(work, run), (1, 2, 3), chunksize=1)
            run.log({"end": 1})
        """,
    )
    (run,) = runs_of(repo)
    assert run["config"] == {"n": 3}


def test_a_forked_child_logs_by_wandbs_function_and_begins_runs_of_its_own(repo: Path) -> None:
    record(
        repo,
        """
        run = wandb.init(name="parent")
        wandb.log({"a": 1})
        if not os.fork():
            assert wandb.run is run
            wandb.log({"a": 2})
            with wandb.init(name="child") as own:
                assert own is not run
                own.log({"c": 3})
            os._exit(0)
        os.wait()
        wandb.log({"a": 3})
        """,
    )
    runs = {run["name"]: run["metrics"] for run in runs_of(repo)}
    assert runs["parent"]["a"]["count"] == 3
    assert runs["child"]["c"]["last"] == 3


def test_by_its_id(repo: Path) -> None:
    code = "import gitexp as w, sys; w.attach(sys.argv[1]).log({'child': 1})"
    run = package.init(dir=repo, id="wanted")
    assert isinstance(run, Run)
    run.log({"own": 1})
    assert run._attach_id == "wanted"
    subprocess.run([sys.executable, "-c", code, "wanted"], cwd=repo, check=True, timeout=60)
    assert run.summary["child"] == 1
    assert run.step == 2
    run.finish()


def test_runs_that_cannot_be_found(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gitexp.wandb.sending import attach

    monkeypatch.chdir(repo)
    with pytest.raises(UsageError, match="takes the id"):
        attach()
    with pytest.raises(UsageError, match="no run 'nobody' runs"):
        attach("nobody")


def test_a_copy_is_the_run_itself(repo: Path) -> None:
    with package.init(dir=repo) as run:
        assert copy.copy(run) is run
        assert copy.deepcopy({"logger": run})["logger"] is run


def test_one_that_had_ended_records_nothing(repo: Path) -> None:
    said = record(
        repo,
        """
        import pickle, subprocess
        run = wandb.init(id="abc")
        run.log({"a": 1})
        run.finish()
        code = "import pickle, sys; pickle.load(sys.stdin.buffer).log({'a': 2})"
        subprocess.run([sys.executable, "-c", code], input=pickle.dumps(run), check=True)
        """,
    )
    assert said == ""
    assert [row["a"] for row in rows(repo)] == [1]


def test_a_forked_child_goes_on_where_the_run_has_come_to(repo: Path) -> None:
    record(
        repo,
        """
        run = wandb.init()
        reader, writer = os.pipe()
        for n in range(3):  # data loaders, which log nothing
            if os.fork() == 0:
                os._exit(0)
            os.wait()
        child = os.fork()
        if child == 0:
            os.read(reader, 1)
            for n in range(50):
                run.log({"child": n})
            os._exit(0)
        for n in range(100):
            run.log({"parent": n})
        os.write(writer, b"x")
        for n in range(100, 200):
            run.log({"parent": n})
        os.waitpid(child, 0)
        run.log({"parent": 200})
        """,
    )
    found = rows(repo)
    assert [row["_step"] for row in found] == list(range(251))
    assert [row["parent"] for row in found if "parent" in row] == list(range(201))
    assert [row["child"] for row in found if "child" in row] == list(range(50))
