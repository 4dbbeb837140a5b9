"""`%load_ext gitexp` and `%%record` in a real kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from support.cli import runs_of, wait_for
from support.git import git

pytestmark = pytest.mark.filterwarnings("ignore")  # those of the kernel's client

CELL = """%%record -n first -t tried --set lr=0.5 -m "in a cell"
import gitexp, time
for step in range(40):
    gitexp.log({"loss": 1 / (step + 1)})
print("hello")
kept = 7
"""


def execute(repo: Path, *cells: str) -> list[Any]:
    """Run cells in a kernel that stands in the repository; the cells with their outputs."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", allow_errors=True,
        resources={"metadata": {"path": str(repo)}},
    )  # fmt: skip
    client.execute()
    return list(notebook.cells)


def texts(cell: Any) -> str:
    """All that a cell shows."""
    return "".join(
        str([output.get(key, "") for key in ("text", "data", "ename", "evalue")])
        for output in cell.outputs
    )


def run_named(repo: Path, name: str) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        found = {run["name"]: run for run in runs_of(repo)}
        run = found.get(name)
        return run if run and run["status"] != "running" else None

    found = wait_for(over, 60)
    assert isinstance(found, dict)
    return found


def test_cells_are_runs(repo: Path) -> None:
    cells = execute(
        repo,
        "%load_ext gitexp",
        CELL,
        "kept",
        "%%record -n second\nimport gitexp\ngitexp.log({'loss': 2})\nraise ValueError('too bad')",
        "%%record -n third\nraise KeyboardInterrupt",
        "%%record --nonsense\nprint('not run')",
        "import gitexp\nwith gitexp.init(name='fourth') as run:\n    gitexp.log({'a': 1})\n"
        "    display(run)",
    )
    first = run_named(repo, "first")
    assert (first["status"], first["tags"], first["notes"]) == ("finished", ["tried"], "in a cell")
    assert first["config"] == {"lr": 0.5}
    assert first["metrics"]["loss"]["count"] == 40
    shown = texts(cells[1])
    assert "first</strong> ✓ finished" in shown
    assert "<svg" in shown
    assert "<script" not in shown
    assert "hello" in shown
    # What the cell defined is there, as without the magic.
    assert "7" in texts(cells[2])

    # The cells as the kernel ran them, the ones before the run among them.
    executed = nbformat.reads(git(repo, "show", "refs/experiments/fourth:cells.ipynb"), 4)
    nbformat.validate(executed)
    sources = [cell.source for cell in executed.cells]
    assert sources[:3] == ["%load_ext gitexp", CELL.rstrip("\n"), "kept"]
    assert sources[-1].endswith("display(run)")
    assert [cell.execution_count for cell in executed.cells] == list(range(1, 8))
    executed = nbformat.reads(git(repo, "show", "refs/experiments/first:cells.ipynb"), 4)
    assert [cell.source for cell in executed.cells] == ["%load_ext gitexp", CELL.rstrip("\n")]

    second = run_named(repo, "second")
    assert (second["status"], second["error"]["message"]) == ("failed", "too bad")
    assert "ValueError" in texts(cells[3])
    assert "second</strong> ✗ failed" in texts(cells[3])
    assert run_named(repo, "third")["status"] == "interrupted"
    assert "unknown: --nonsense" in texts(cells[5])
    assert "not run" not in texts(cells[5])
    assert "fourth</strong>" in texts(cells[6])
    assert "hello" in git(repo, "show", "refs/experiments/first:output.log")


def test_a_recorded_cell_may_call_init_and_an_active_run_is_left_alone(repo: Path) -> None:
    cells = execute(
        repo,
        "%load_ext gitexp",
        "%%record -n outer\nimport gitexp\nrun = gitexp.init(config={'lr': 0.5}, tags=['inner'])\n"
        "run.log({'loss': 1})",
        "run",
        "import gitexp\nopen_run = gitexp.init(name='open')",
        "%%record -n refused\nprint('not run')",
        "gitexp.log({'loss': 2})",
        "gitexp.finish()\nopen_run",
    )
    outer = run_named(repo, "outer")
    assert (outer["status"], outer["config"]) == ("finished", {"lr": 0.5})
    assert outer["metrics"]["loss"]["last"] == 1
    assert "outer</strong> ✓ finished" in texts(cells[2])
    assert "open> goes on; gitexp.finish() ends it" in texts(cells[4])
    assert "not run" not in texts(cells[4])
    assert run_named(repo, "open")["metrics"]["loss"]["last"] == 2
    assert "open</strong> ✓ finished" in texts(cells[6])
    assert {run["name"] for run in runs_of(repo)} == {"outer", "open"}


def test_a_cell_that_is_run_again_begins_another_run_and_may_change_its_config(repo: Path) -> None:
    execute(
        repo,
        "import gitexp\nfirst = gitexp.init(config={'lr': 1}, name='first')",
        "gitexp.config.lr = 2",
        "second = gitexp.init(name='second')\nassert first.ended and gitexp.run is second",
        "gitexp.finish()",
    )
    ended = {run["name"]: (run["status"], run["config"]) for run in runs_of(repo)}
    assert ended == {"first": ("finished", {"lr": 2}), "second": ("finished", {})}


def test_a_kernel_that_dies_ends_its_run_as_killed(repo: Path) -> None:
    from nbclient.exceptions import DeadKernelError

    with pytest.raises(DeadKernelError):
        execute(
            repo,
            "%load_ext gitexp",
            "%%record -n dead\nimport gitexp, os, signal\ngitexp.log({'loss': 1})\n"
            "os.kill(os.getpid(), signal.SIGKILL)",
        )
    dead = run_named(repo, "dead")
    assert dead["status"] == "killed"
    assert dead["metrics"]["loss"]["count"] == 1
