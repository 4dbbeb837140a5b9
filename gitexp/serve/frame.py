"""`gitexp.ui()`: the dashboard in a notebook's cell, by a server that ends with the kernel."""

from __future__ import annotations

import atexit
import subprocess
import sys
import threading
from pathlib import Path

from gitexp.errors import GitexpError
from gitexp.serve.lifecycle import prepare
from gitexp.serve.security import NOTEBOOKS
from gitexp.store.repository import Repository

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
# Our folder goes to the end of the path: a user's module must not be shadowed by what lies there.
_CODE = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from gitexp.serve.frame import main; sys.exit(main(*sys.argv[1:]))"
)
_EDIT = "edit"

_started: dict[tuple[Path, int | None, bool], Frame] = {}


class Frame:
    """A running dashboard; a notebook shows it as a frame.

    Attributes:
        url: for any browser on this machine.
        height: of the frame, in pixels.
    """

    def __init__(self, process: subprocess.Popen[str], url: str, height: int) -> None:
        self.url = url
        self.height = height
        self._process = process

    def __repr__(self) -> str:
        return f"<dashboard {self.url}>"

    def _repr_html_(self) -> str:
        from markupsafe import Markup

        return str(
            Markup(
                '<iframe src="{0}" width="100%" height="{1}" style="border:0" '
                'title="gitexp dashboard"></iframe>'
                '<p><a href="{0}" target="_blank" rel="noopener">Open in a tab of its own</a></p>'
            ).format(self.url, self.height)
        )

    @property
    def running(self) -> bool:
        """Whether its server still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the server; the frame goes blank."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def ui(
    *,
    port: int | None = None,
    edit: bool = False,
    height: int = 800,
    path: Path | str | None = None,
) -> Frame:
    """Show the runs in a live dashboard below the cell, as `gitexp ui` does in a terminal.

    The server is a process of its own, which ends with the kernel. Called again, it shows the
    same one.

    Args:
        port: which port; None: one that is free.
        edit: whether runs can be tagged, noted and hidden in the page.
        height: of the frame, in pixels.
        path: a folder of the repository; the current one by default.

    Raises:
        GitexpError: there is no repository that can be used, or the port is taken.
    """
    repo = Repository.open(None if path is None else Path(path))
    key = (repo.common_dir, port, edit)
    frame = _started.get(key)
    if frame is None or not frame.running:
        if not _started:
            atexit.register(_stop_all)
        process, url = _start(repo, port, edit)
        frame = _started[key] = Frame(process, url, height)
    frame.height = height
    return frame


def _start(repo: Repository, port: int | None, edit: bool) -> tuple[subprocess.Popen[str], str]:
    words = [str(repo.top), "" if port is None else str(port), _EDIT if edit else ""]
    process = subprocess.Popen(
        [sys.executable, "-c", _CODE, str(_PACKAGE_PARENT), *words],
        # Neither the notebook's folder nor its files may be in the way of our imports.
        cwd=repo.git_dir,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Interrupting a cell is not meant for us.
        start_new_session=True,
    )
    assert process.stdout is not None
    answer = process.stdout.readline().strip()
    if not answer.startswith("http"):
        process.communicate()
        raise GitexpError(answer or "the dashboard could not be started")
    return process, answer


def main(top: str, port: str, edit: str) -> int:
    """The server's process: it says its address, and ends when its stdin does."""
    try:
        serving = prepare(
            Repository.open(Path(top)),
            port=int(port) if port else None,
            edit=edit == _EDIT,
            frames=NOTEBOOKS,
        )
    except GitexpError as error:
        sys.stdout.write(f"{error.message}\n")
        return 1

    def wait() -> None:
        sys.stdin.read()
        serving.stop()

    threading.Thread(target=wait, daemon=True, name="gitexp-kernel").start()
    sys.stdout.write(f"{serving.url}\n")
    sys.stdout.flush()
    serving.run()
    return 0


def _stop_all() -> None:
    for frame in _started.values():
        if frame.running:
            frame.stop()
