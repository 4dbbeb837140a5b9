"""Every file of a journal cut at arbitrary bytes, as a power loss may leave it."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from faults.conftest import Untouched
from support.cli import gitexp
from support.git import git

# Leaves a journal behind, supervisor and training both dead.
DEAD = """
import os, time
import gitexp
from gitexp.record.spawn import _started
gitexp.init(name="x", config={"lr": 0.1})
for n in range(200):
    gitexp.log({"n": n})
gitexp.config.late = True
gitexp.summary["best"] = 1
print("output", "y" * 500)
time.sleep(1.5)
_started[0].kill()
os.kill(os.getpid(), 9)
"""

# Written in full and synced before anything else is: not cut by a power loss.
ATOMIC = {"run.json", "settings.json", "snapshot.json", "environment.json", "committed",
          "training.json", "end.json", "stored.json"}  # fmt: skip


@pytest.fixture
def dead(user: Untouched) -> Path:
    """The journal of a dead run, on a machine that has been switched on again."""
    subprocess.run([sys.executable, "-c", DEAD], cwd=user.top, stdout=subprocess.DEVNULL)
    journal = user.top / ".git" / "gitexp" / "journals" / "x"
    training = json.loads((journal / "training.json").read_text())
    (journal / "training.json").write_text(json.dumps({**training, "boot": "before"}))
    return journal


def whole_rows(data: bytes) -> list[int]:
    rows = []
    for line in data.split(b"\n"):
        try:
            rows.append(json.loads(line)["n"])
        except (ValueError, KeyError, TypeError):
            continue
    return rows


def test_journals_cut_anywhere_are_recovered(user: Untouched, dead: Path, tmp_path: Path) -> None:
    repo, random_ = user.top, random.Random(0)
    kept = tmp_path / "kept"
    shutil.copytree(dead, kept, ignore=shutil.ignore_patterns("wake"))
    for attempt in range(12):
        shutil.rmtree(dead, ignore_errors=True)
        shutil.copytree(kept, dead)
        if attempt % 2:
            git(repo, "update-ref", "-d", "refs/experiments/x")
        for file in sorted(path for path in dead.iterdir() if path.is_file()):
            if file.name in ATOMIC:
                continue
            content = file.read_bytes()
            cut = content[: random_.randint(0, len(content))]
            # Blocks that were never written read as zeros.
            file.write_bytes(cut + bytes(random_.choice([0, 0, 7, 512])))
        expected = whole_rows((dead / "metrics.jsonl").read_bytes())
        gitexp("recover")
        run = json.loads(git(repo, "show", "refs/experiments/x:run.json"))
        assert run["status"] == "killed"
        assert run["config"]["lr"] == 0.1
        text = git(repo, "show", "refs/experiments/x:metrics.jsonl") if expected else ""
        assert [json.loads(line)["n"] for line in text.splitlines()] == expected
        assert not dead.exists()
        user.check()


@pytest.mark.parametrize("file", sorted(ATOMIC - {"run.json"}))
def test_a_missing_or_broken_file_beside_the_numbers_costs_only_itself(
    user: Untouched, dead: Path, file: str
) -> None:
    (dead / file).write_bytes(b"{")
    # Without a word on its process, a journal counts as one that just begins for some seconds.
    long_ago = time.time() - 60
    os.utime(dead / "run.json", (long_ago, long_ago))
    gitexp("recover")
    run = json.loads(git(user.top, "show", "refs/experiments/x:run.json"))
    assert run["metrics"]["n"]["count"] == 200
    assert not dead.exists()
    user.check()


def test_a_journal_without_its_first_file_is_no_journal(user: Untouched, dead: Path) -> None:
    (dead / "run.json").unlink()
    assert gitexp("recover").stdout == b"nothing to recover\n"
    gitexp("ls")
    user.check()


def test_a_journal_whose_first_file_is_broken_is_named_and_kept(
    user: Untouched, dead: Path
) -> None:
    (dead / "run.json").write_bytes(b'{"schema": 1')
    done = gitexp("recover", code=1)
    assert b"x" in done.stderr
    assert (dead / "metrics.jsonl").exists()
    gitexp("ls")
    user.check()
