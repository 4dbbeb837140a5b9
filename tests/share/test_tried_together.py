"""Has somebody tried that: over the runs of everybody, by real processes in two clones."""

from __future__ import annotations

from pathlib import Path

from support.cli import gitexp, runs_of
from support.git import git

COMMAND = ("python", "train.py")


def test_a_colleagues_run_answers(ada: Path, bob: Path) -> None:
    gitexp("record", "-q", "--name", "bobs", *COMMAND, cwd=bob)
    gitexp("push", cwd=bob)
    assert b"not tried yet" in gitexp("tried", *COMMAND, cwd=ada).stdout
    gitexp("fetch", cwd=ada)
    said = gitexp("tried", *COMMAND, cwd=ada).stdout.decode()
    assert "tried once on this code, among 1 run" in said
    assert "bobs  ✓ finished in" in said
    assert "  Bob  " in said
    done = gitexp("record", "--if-tried", "skip", *COMMAND, cwd=ada)
    assert b"tried before, not run again: bobs: finished in" in done.stderr
    assert [run["name"] for run in runs_of(ada)] == ["bobs"]
    # Ada goes on; what Bob ran is other code then, and the way to the difference is shown.
    (ada / "train.py").write_text("print('loss', 0.4)\n")
    said = gitexp("tried", *COMMAND, cwd=ada).stdout.decode()
    assert "tried once on other code" in said
    assert "code since then: train.py +1 -1" in said
    assert "gitexp diff bobs --code" in said
    patch = gitexp("diff", "bobs", "--code", cwd=ada).stdout.decode()
    assert "-print('loss', 0.5)" in patch
    assert "+print('loss', 0.4)" in patch
    assert git(ada, "status", "--porcelain") == " M train.py"
