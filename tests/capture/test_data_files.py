"""Files that a command reads and writes, seeds and switches: listed in run.json, or kept."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from support.cli import gitexp, runs_of
from support.git import git


def record(top: Path, source: str, *options: str, command: tuple[str, ...] = ()) -> dict[str, Any]:
    (top / "script.py").write_text(source)
    command = command or (sys.executable, "script.py")
    gitexp("record", "-q", "-n", "x", *options, "--", *command, cwd=top)
    (run,) = runs_of(top)
    return run


def older(path: Path, text: str) -> Path:
    """A file that was there long before the run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (1.7e9, 1.7e9))
    return path


def test_what_is_not_in_code_and_was_there_before_is_an_input(repo: Path, tmp_path: Path) -> None:
    outside = older(tmp_path / "elsewhere" / "train.csv", "a,b\n")
    older(repo / "data" / "ignored.csv", "c\n")
    older(repo / "tracked.csv", "d\n")
    (repo / ".gitignore").write_text("data/\n")
    run = record(
        repo,
        f"for path in ({str(outside)!r}, 'data/ignored.csv', 'tracked.csv'): open(path).read()\n"
        "open('made.txt', 'w').write('1')\nopen('made.txt').read()\n",
    )
    assert [entry["path"] for entry in run["capture"]["inputs"]] == [
        str(outside),
        "data/ignored.csv",
    ]
    assert run["capture"]["inputs"][0] == {
        "path": str(outside),
        "bytes": 4,
        "modified": "2023-11-14T22:13:20.000Z",
        "sha256": hashlib.sha256(b"a,b\n").hexdigest(),
    }
    assert [entry["path"] for entry in run["capture"]["outputs"]] == ["made.txt"]


def test_nothing_above_the_limit_is_hashed(repo: Path, tmp_path: Path) -> None:
    (repo / "gitexp.toml").write_text("inputs.hash_limit = 5\n")
    small, large = older(tmp_path / "s.txt", "1234"), older(tmp_path / "l.txt", "123456")
    run = record(repo, f"open({str(large)!r}).read(); open({str(small)!r}).read()\n")
    hashes = {Path(e["path"]).name: e["sha256"] for e in run["capture"]["inputs"]}
    assert hashes["l.txt"] is None
    assert hashes["s.txt"] == hashlib.sha256(b"1234").hexdigest()


def test_hidden_files_and_libraries_are_no_data(repo: Path, tmp_path: Path) -> None:
    token = older(tmp_path / ".secrets" / "token", "hf_x")
    older(repo / "data" / "x.txt", "1")
    (repo / ".gitignore").write_text("data/\n")
    run = record(
        repo,
        f"import json, decimal\nopen({str(token)!r}).read()\nopen('/etc/passwd').read()\n",
    )
    assert "inputs" not in run["capture"]


def test_forked_workers_read_for_the_run(repo: Path, tmp_path: Path) -> None:
    path = older(tmp_path / "x.txt", "1")
    source = (
        f"import os\nif os.fork() == 0:\n    open({str(path)!r}).read()\n    os._exit(0)\n"
        "os.wait()\n"
    )
    run = record(repo, source)
    assert [entry["path"] for entry in run["capture"]["inputs"]] == [str(path)]


def test_files_are_kept_in_the_run(repo: Path) -> None:
    older(repo / "out" / "old.txt", "old")
    source = "open('out/new.txt', 'w').write('new')\nopen('out/other.log', 'w').write('x')\n"
    run = record(repo, source, "--keep", "out/*.txt")
    assert run["capture"]["kept"] == ["out/new.txt"]
    assert git(repo, "show", "refs/experiments/x:outputs/out/new.txt") == "new"
    shown = gitexp("show", "x", cwd=repo).stdout.decode()
    assert "out/other.log" in shown
    assert "kept" in shown


def test_outputs_of_a_command_that_is_not_python(repo: Path) -> None:
    older(repo / "old.txt", "old")
    run = record(repo, "", command=("sh", "-c", "echo 1 > made.txt; cat old.txt"))
    assert [entry["path"] for entry in run["capture"]["outputs"]] == ["made.txt"]


def test_seeds_and_switches(repo: Path) -> None:
    pytest.importorskip("torch")
    run = record(
        repo,
        "import random\nrandom.seed(3)\nimport numpy as np\nnp.random.seed(4)\n"
        "np.random.default_rng(7)\nimport torch\ntorch.manual_seed(5); torch.manual_seed(6)\n"
        "torch.use_deterministic_algorithms(True); torch.set_num_threads(1)\n",
    )
    found = run["capture"]["environment"]
    assert found["seeds"] == {"random": 3, "numpy": 4, "numpy.default_rng": 7, "torch": [5, 6]}
    assert found["torch"]["deterministic_algorithms"] is True
    assert found["torch"]["threads"] == 1
    environment = json.loads(git(repo, "show", "refs/experiments/x:environment.json"))
    assert environment["training"] == found
    assert environment["python"]["version"]
    assert (
        "torch [5, 6] · deterministic algorithms" in gitexp("show", "x", cwd=repo).stdout.decode()
    )


def test_a_missing_file_is_the_scripts_own_error(repo: Path) -> None:
    (repo / "script.py").write_text("open('nowhere.txt')\n")
    done = gitexp("record", "-q", "--", sys.executable, "script.py", cwd=repo, code=1)
    assert b"nowhere.txt" in done.stderr
    assert b"gitexp" not in done.stderr


def test_the_hash_of_what_was_written_over_is_not_told(repo: Path) -> None:
    older(repo / "state", "1")
    (repo / ".gitignore").write_text("state\n")
    run = record(repo, "open('state').read(); open('state', 'w').write('2')\n")
    (entry,) = run["capture"]["inputs"]
    assert (entry["path"], entry["bytes"], entry["sha256"]) == ("state", 1, None)
