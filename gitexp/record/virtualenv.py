"""A virtual environment with the packages that a run recorded, built by pip."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gitexp.errors import GitexpError

# What every environment has of its own, and what stands for us: see below.
_OWN = ("pip", "gitexp")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Its own words for a version that it does not find, and for an index that it does not reach.
_NOT_FOUND = re.compile(r"No matching distribution found for ([\w.-]+)==(\S+)")
_OFFLINE = ("Retrying (", "Could not fetch URL", "connection broken")
_MOST_MISSING = 10
_STDERR = 2
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")


def build_virtualenv(
    folder: Path,
    environment: Mapping[str, Any],
    left_out: Callable[[Sequence[str]], None] = lambda packages: None,
) -> Path:
    """Make a virtual environment of the recorded Python version and packages.

    pip's words go to stderr. gitexp itself is the one that runs now: a link to its package, so
    that a script that imports it works, whatever version it was recorded with.

    Args:
        folder: where; it must not be there.
        environment: environment.json of the run; a stranger's is checked.
        left_out: called with the packages that pip does not find anywhere, if there are some: a
            project of one's own, which may lie in the code.

    Returns:
        The environment's interpreter.

    Raises:
        GitexpError: there is no such Python on this machine, or pip cannot install a package.
    """
    pins = _pins(environment.get("packages"))
    python = _find_python(environment.get("python"))
    _run([python, "-m", "venv", str(folder)], "the environment cannot be made")
    inside = folder / "bin" / "python"
    if missing := _install(inside, pins, folder / "requirements.txt"):
        left_out(missing)
    _link_gitexp(inside)
    return inside


def _install(python: Path, pins: Mapping[str, str], requirements: Path) -> list[str]:
    """Install packages; returns those that pip finds nowhere."""
    wanted = dict(pins)
    missing: list[str] = []
    while wanted:
        requirements.write_text("".join(f"{n}=={v}\n" for n, v in wanted.items()), "utf-8")
        # All that is needed is in the list.
        install = ["-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "-q"]
        said = _run(
            [str(python), *install, "-r", str(requirements)],
            "pip cannot install the recorded packages",
            may_fail=_NOT_FOUND,
        )
        if said is None:
            return missing
        name = next((n for n in wanted if n == said[1]), None)
        if name is None or len(missing) >= _MOST_MISSING:
            raise GitexpError(
                f"pip does not find {said[1]} {said[2]}",
                "PIP_INDEX_URL, PIP_EXTRA_INDEX_URL and PIP_FIND_LINKS say where it looks",
            )
        public = wanted[name].partition("+")[0]
        if public != wanted[name]:  # a build of one's own of a version that is public
            wanted[name] = public
        else:
            missing.append(f"{name} {wanted.pop(name)}")
    return missing


def _pins(packages: object) -> dict[str, str]:
    if not isinstance(packages, Mapping):
        raise GitexpError("the run recorded no packages", "leave --venv out")
    pins = {}
    for name, version in sorted(packages.items()):
        if name in _OWN:
            continue
        # A line of a requirements file may be an option, a path or a URL.
        if not (_NAME.fullmatch(str(name)) and _VERSION.fullmatch(str(version))):
            raise GitexpError(f"the recorded package {name} {version} cannot be installed by pip")
        pins[str(name)] = str(version)
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


def _run(
    command: list[str], problem: str, may_fail: re.Pattern[str] | None = None
) -> re.Match[str] | None:
    """Run it to its end; what it says on stderr if it fails with such words.

    Raises:
        GitexpError: it fails with others.
    """
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=_STDERR, stderr=subprocess.PIPE, text=True
    )
    if not done.returncode:
        return None
    offline = any(word in done.stderr for word in _OFFLINE)
    match = may_fail.search(done.stderr) if may_fail is not None and not offline else None
    if match is None:
        os.write(_STDERR, done.stderr.encode("utf-8", "replace"))
        raise GitexpError(f"{problem}: exit code {done.returncode}", "what it said is above")
    return match
