"""A virtual environment with the packages that a run recorded, built by pip."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitexp.errors import GitexpError

# What every environment has of its own, and what stands for us: see below.
_OWN = ("pip", "gitexp")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")


def build_virtualenv(folder: Path, environment: Mapping[str, Any]) -> Path:
    """Make a virtual environment of the recorded Python version and packages.

    pip's output goes to stderr. gitexp itself is the one that runs now: a link to its package, so
    that a script that imports it works, whatever version it was recorded with.

    Args:
        folder: where; it must not be there.
        environment: environment.json of the run; a stranger's is checked.

    Returns:
        The environment's interpreter.

    Raises:
        GitexpError: there is no such Python on this machine, or pip cannot install a package.
    """
    pins = _pins(environment.get("packages"))
    python = _find_python(environment.get("python"))
    _run([python, "-m", "venv", str(folder)], "the environment cannot be made")
    inside = folder / "bin" / "python"
    if pins:
        requirements = folder / "requirements.txt"
        requirements.write_text("".join(f"{pin}\n" for pin in pins), "utf-8")
        # All that is needed is in the list.
        install = ["-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "-q"]
        _run(
            [str(inside), *install, "-r", str(requirements)],
            "pip cannot install the recorded packages",
        )
    _link_gitexp(inside)
    return inside


def _pins(packages: object) -> list[str]:
    if not isinstance(packages, Mapping):
        raise GitexpError("the run recorded no packages", "leave --venv out")
    pins = []
    for name, version in sorted(packages.items()):
        if name in _OWN:
            continue
        # A line of a requirements file may be an option, a path or a URL.
        if not (_NAME.fullmatch(str(name)) and _VERSION.fullmatch(str(version))):
            raise GitexpError(f"the recorded package {name} {version} cannot be installed by pip")
        pins.append(f"{name}=={version}")
    return pins


def _find_python(recorded: object) -> str:
    version = recorded.get("version") if isinstance(recorded, Mapping) else None
    match = re.match(r"(\d+)\.(\d+)", str(version))
    if match is None:
        return sys.executable
    if (int(match[1]), int(match[2])) == sys.version_info[:2]:
        return sys.executable
    found = shutil.which(f"python{match[0]}")
    if found is None:
        raise GitexpError(
            f"Python {match[0]}, which the run was recorded with, is not on this machine",
            f"install it so that python{match[0]} is on the PATH, or leave --venv out",
        )
    return found


def _link_gitexp(python: Path) -> None:
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    said = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True)
    package = Path(said.stdout.strip()) / "gitexp"
    if not package.exists():
        package.symlink_to(Path(__file__).resolve().parents[1])


def _run(command: list[str], problem: str) -> None:
    # pip's progress is ours: it says what takes so long.
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno())
    if done.returncode:
        raise GitexpError(f"{problem}: exit code {done.returncode}", "what it said is above")
