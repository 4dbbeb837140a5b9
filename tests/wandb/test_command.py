"""The program `wandb`: as shell scripts call it under `gitexp record`, and by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.cli import gitexp, runs_of
from support.git import git

TRAIN = """
import argparse
import wandb
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
run = wandb.init(config=vars(parser.parse_args()))
run.log({"loss": wandb.config.lr * 2})
"""
SWEEP = "program: train.py\nmethod: grid\nparameters:\n  lr: {values: [0.1, 0.2, 0.3]}\n"


def wandb(repo: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "gitexp.wandb", *words],
        cwd=repo, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return done


def sweep_in(repo: Path, *options: str) -> str:
    (repo / "train.py").write_text(TRAIN)
    (repo / "sweep.yaml").write_text(SWEEP)
    told = wandb(repo, "sweep", *options, "sweep.yaml").stderr
    return told.rpartition("wandb agent ")[2].strip()


def record_shell(repo: Path, script: str, *options: str, code: int = 0) -> Any:
    (repo / "run.sh").write_text(script)
    return gitexp("record", "--wandb", *options, "sh", "run.sh", cwd=repo, code=code)


def test_a_shell_script_that_calls_wandb_runs_unchanged(repo: Path) -> None:
    (repo / "train.py").write_text(TRAIN)
    (repo / "sweep.yaml").write_text(SWEEP)
    record_shell(
        repo,
        "set -e\nwandb login 0123456789\nwandb online\n"
        "id=$(wandb sweep sweep.yaml 2>&1 | sed -n 's/.*wandb agent //p')\n"
        "wandb agent --count 2 $id\nwandb sync --sync-all\n",
        "--name", "outer",
    )  # fmt: skip
    runs = {run["name"]: run for run in runs_of(repo)}
    outer = runs.pop("outer")
    assert outer["config"] == {}
    assert not outer["metrics"], "what the trials printed is theirs"
    assert sorted(run["config"]["lr"] for run in runs.values()) == [0.1, 0.2]
    assert sorted(run["metrics"]["loss"]["last"] for run in runs.values()) == [0.2, 0.4]
    assert len({run["lineage"]["sweep"] for run in runs.values()}) == 1


def test_an_installed_wandb_is_called_unless_told(repo: Path) -> None:
    other = repo / "bin"
    other.mkdir()
    (other / "wandb").write_text("#!/bin/sh\necho the real one\n")
    (other / "wandb").chmod(0o755)
    env = {"PATH": f"{other}{os.pathsep}{os.environ['PATH']}"}
    for option, real in (("--tag=a", True), ("--wandb", False), ("--no-wandb", True)):
        done = gitexp("record", option, "wandb", "login", cwd=repo, env=env)
        assert (b"the real one" in done.stdout) is real, option


def test_each_trial_of_an_agent_is_one_run(repo: Path) -> None:
    where = sweep_in(repo, "--project", "p", "--name", "search")
    assert where.startswith("p/")
    wandb(repo, "agent", where)
    runs = runs_of(repo)
    sweep_id = where.partition("/")[2]
    assert [run["lineage"]["sweep"] for run in runs] == [sweep_id] * 3
    assert sorted(run["lineage"]["trial"] for run in runs) == [0, 1, 2]
    assert {run["group"] for run in runs} == {sweep_id}
    assert sorted(run["metrics"]["loss"]["last"] for run in runs) == [0.2, 0.4, 0.6]


def test_a_sweep_can_be_paused_changed_and_stopped(repo: Path) -> None:
    sweep_id = sweep_in(repo)
    (repo / "one.yaml").write_text(SWEEP.replace("[0.1, 0.2, 0.3]", "[0.5, 0.6]"))
    wandb(repo, "sweep", "one.yaml", "--update", sweep_id)
    wandb(repo, "sweep", sweep_id, "--pause")
    wandb(repo, "agent", sweep_id)
    assert runs_of(repo) == []
    wandb(repo, "sweep", sweep_id, "--resume")
    wandb(repo, "agent", sweep_id, "--count", "1")
    assert [run["config"]["lr"] for run in runs_of(repo)] == [0.5]
    assert (
        "has trials already"
        in wandb(repo, "sweep", "one.yaml", "--update", sweep_id, code=2).stderr
    )
    wandb(repo, "sweep", sweep_id, "--stop")
    wandb(repo, "agent", sweep_id)
    assert len(runs_of(repo)) == 1
    assert "is stopped" in wandb(repo, "sweep", sweep_id, "--resume", code=2).stderr


def test_artifacts_are_put_listed_and_got(repo: Path) -> None:
    (repo / "data").mkdir()
    (repo / "data" / "a.txt").write_text("a\n")
    wandb(repo, "artifact", "put", "-n", "p/words", "-t", "text", "-a", "best", "data")
    assert "words:v0" in wandb(repo, "artifact", "ls").stdout
    assert wandb(repo, "artifact", "ls", "-t", "other").stdout == ""
    wandb(repo, "artifact", "get", "words:best", "--root", "back")
    assert (repo / "back" / "a.txt").read_text() == "a\n"
    (run,) = runs_of(repo)
    assert (run["job_type"], run["capture"]["wandb"]["project"]) == ("cli_put", "p")
    assert "error: " in wandb(repo, "artifact", "get", "nothing:v3", code=1).stderr


def test_files_of_a_run_are_pulled(repo: Path) -> None:
    (repo / "t.py").write_text(
        "import gitexp as wandb\nrun = wandb.init(id='one')\n"
        "open('w.txt', 'w').write('w')\nrun.save('w.txt')\n"
    )
    subprocess.run([sys.executable, "t.py"], cwd=repo, check=True)
    into = repo / "into"
    into.mkdir()
    wandb(into, "pull", "one")
    assert (into / "w.txt").read_text() == "w"


@pytest.mark.parametrize(("word", "runs"), [("disabled", 0), ("offline", 1), ("enabled", 1)])
def test_the_mode_of_a_folder_holds_for_its_scripts(repo: Path, word: str, runs: int) -> None:
    wandb(repo, "disabled")
    wandb(repo, word)
    (repo / "t.py").write_text("import gitexp as wandb\nwandb.init().log({'a': 1})\n")
    subprocess.run([sys.executable, "t.py"], cwd=repo, check=True)
    assert len(runs_of(repo)) == runs
    assert "wandb" not in git(repo, "status", "--short"), "the worktree stays clean"


def test_a_folder_names_its_project(repo: Path) -> None:
    wandb(repo, "init", "-p", "ours", "-e", "team")
    assert json.loads(wandb(repo, "status").stdout) == {
        "entity": "team", "project": "ours", "mode": None
    }  # fmt: skip
    (repo / "t.py").write_text("import gitexp as wandb\nassert wandb.init().project == 'ours'\n")
    subprocess.run([sys.executable, "t.py"], cwd=repo, check=True)
    wandb(repo, "init", "--reset")
    assert json.loads(wandb(repo, "status").stdout)["project"] is None


@pytest.mark.parametrize("text", ["no section\n", "[default]\nproject\n", "\udcff"])
def test_a_settings_file_that_cannot_be_read_is_a_warning(repo: Path, text: str) -> None:
    (repo / "wandb").mkdir()
    (repo / "wandb" / "settings").write_bytes(text.encode("utf-8", "surrogateescape"))
    (repo / "t.py").write_text("import gitexp as wandb\nwandb.init()\n")
    done = subprocess.run(
        [sys.executable, "t.py"], cwd=repo, check=True, capture_output=True, text=True
    )
    assert "settings cannot be read" in done.stderr
    assert len(runs_of(repo)) == 1


def test_what_gitexp_has_not_is_said(repo: Path) -> None:
    assert "gitexp reproduce" in wandb(repo, "launch", "--uri", "x", code=1).stderr
    assert "gitexp checkout" in wandb(repo, "restore", "e/p:run", code=1).stderr
    assert "No such command" in wandb(repo, "nothing", code=2).stderr
    assert "there is no sweep" in wandb(repo, "agent", "e/p/nothing", code=1).stderr
    assert "there is no file" in wandb(repo, "sweep", "nothing.yaml", code=2).stderr
