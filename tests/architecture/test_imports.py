"""Imports point down, and starting up imports next to nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Each of these costs a command more than it takes to answer.
HEAVY = {
    "asyncio", "coolname", "git", "jinja2", "latex2mathml", "markdown_it", "multiprocessing",
    "numpy", "pandas", "psutil", "pynvml", "rich", "safetensors", "sklearn", "sqlite3",
    "starlette", "torch", "uvicorn", "yaml",
}  # fmt: skip


def modules_after(code: str, cwd: Path | None = None) -> set[str]:
    """Top-level modules that a fresh interpreter holds after running the code."""
    report = "import json, sys; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        check=True,
        capture_output=True,
        text=True,
        cwd=cwd,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def bare() -> set[str]:
    """What the interpreter holds by itself (site hooks of the environment included)."""
    return modules_after("pass")


def test_layers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_gitexp_brings_the_standard_library_only(bare: set[str]) -> None:
    new = modules_after("import gitexp") - bare
    assert not new & HEAVY
    assert new - set(sys.stdlib_module_names) == {"gitexp"}


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_brings_click_only(bare: set[str], argument: str) -> None:
    new = modules_after(f"from gitexp.cli import main; assert main([{argument!r}]) == 0") - bare
    assert not new & HEAVY
    assert new - set(sys.stdlib_module_names) == {"click", "gitexp"}


def test_help_imports_no_command() -> None:
    code = "import sys; from gitexp.cli import main; main(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    ours = {name for name in done.stdout.splitlines()[-1].split() if name.startswith("gitexp.cli")}
    assert ours == {"gitexp.cli", "gitexp.cli._group"}


def test_beginning_a_run_imports_neither_the_reading_side_nor_what_few_runs_need(
    repo: Path,
) -> None:
    code = "import gitexp, sys; gitexp.init().log({'a': 1.0}); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=repo
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    ours = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("gitexp.")}
    assert not ours & {
        "gitexp.capture", "gitexp.index", "gitexp.query", "gitexp.render", "gitexp.serve",
    }  # fmt: skip
    assert not loaded & {
        "gitexp.record.resume", "gitexp.schema.artifact", "gitexp.schema.diff",
        "gitexp.schema.verdict", "gitexp.store.objects", "gitexp.store.runs",
    }  # fmt: skip
    assert not {name.split(".")[0] for name in loaded} & HEAVY - {"coolname"}
