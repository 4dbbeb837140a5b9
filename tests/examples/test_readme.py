"""README.md's tour: every command in it works; `pytest --accept` writes what they print into it.

The tour's trainings are as long as in the README only when they are accepted.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
TOUR = re.compile(r"(?s)(```console tour\n)(.*?)(```)")
_LONGEST = 32  # lines of output that the README shows of one command


class Shell:
    """Runs one command after the other, as typed at a prompt in one folder after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "COLUMNS": "98",
            "NO_COLOR": "1",
        }
        # The fixed dates of the tests would put all runs into one second.
        for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
            self.environment.pop(name, None)

    def run(self, command: str) -> list[str]:
        where = self.folder.parent / "where"
        done = subprocess.run(
            ["bash", "-c", f"{command}\ncode=$?; pwd >'{where}'; exit $code"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}"
        self.folder = Path(where.read_text().rstrip("\n"))
        return done.stdout.rstrip("\n").splitlines()


def shortened(lines: list[str]) -> list[str]:
    """Output for a reader: no trailing blanks, of alike lines (epochs) the first and the last."""
    shown: list[str] = []
    for i, line in enumerate(lines):
        beside = [line, *(lines[j] for j in (i - 1, i + 1) if 0 <= j < len(lines))]
        alike = [each for each in beside if re.match(r"\s*epoch[ -]", each)]
        if len(alike) < 3:
            shown.append(line.rstrip())
        elif shown[-1] != "…":
            shown.append("…")
    return shown if len(shown) <= _LONGEST else [*shown[:_LONGEST], "…"]


@pytest.fixture
def shell(tmp_path: Path, request: pytest.FixtureRequest) -> Shell:
    """At a prompt in a folder that holds gitexp's checkout."""
    home = tmp_path / "home"
    examples = home / "gitexp/examples"
    shutil.copytree(ROOT / "examples", examples)
    if not request.config.getoption("--accept"):
        script = examples / "autoencoder/train.py"
        text = script.read_text("utf-8")
        quick = text.replace('"--epochs", type=int, default=12', '"--epochs", type=int, default=1')
        assert quick != text
        script.write_text(quick, "utf-8")
    return Shell(home)


def test_tour(shell: Shell, request: pytest.FixtureRequest) -> None:
    accept = request.config.getoption("--accept")

    def played(block: re.Match[str]) -> str:
        lines = []
        for line in block[2].splitlines():
            if line.startswith("$ "):
                # The last epoch's label depends on how many there are.
                command = line[2:] if accept else line[2:].replace("epoch-12", "epoch-01")
                lines += [line, *shortened(shell.run(command))]
        return "\n".join([block[1].rstrip(), *lines, block[3]])

    text = TOUR.sub(played, README.read_text("utf-8"))
    assert TOUR.search(text)
    if accept:
        README.write_text(text, "utf-8")
