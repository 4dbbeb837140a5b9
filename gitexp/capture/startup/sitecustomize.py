"""Start-up of a recorded Python process: an own sitecustomize runs as ever, then the observers.

`gitexp record` puts this folder first on PYTHONPATH. Any Python 3 may read this file.
"""

import os
import sys


def _chain() -> None:
    """Run the sitecustomize that would have run without us, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
    ours = sys.modules.pop("sitecustomize", None)
    try:
        __import__("sitecustomize")
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
    if "sitecustomize" not in sys.modules and ours is not None:
        sys.modules["sitecustomize"] = ours


def _stand_in() -> None:
    """Answer `import wandb`: "last:FOLDER" where it is not installed, "first:FOLDER" always."""
    place, _, folder = os.environ.get("GITEXP_WANDB", "").partition(":")
    if folder and os.environ.get("GITEXP_JOURNAL") and folder not in sys.path:
        sys.path.insert(0 if place == "first" else len(sys.path), folder)


def _observe() -> None:
    folder = os.environ.get("GITEXP_JOURNAL")
    if not folder or not os.environ.get("GITEXP_CAPTURE"):
        return
    try:
        from gitexp.capture.inside import start

        start(folder)
    except Exception as error:  # noqa: BLE001 - whatever is wrong here, the script runs
        _tell(folder, error)


def _tell(folder: str, error: Exception) -> None:
    """One line in the run's warnings: from here on it is seen from outside only."""
    import json
    import time

    message = "nothing is captured inside %s: %s" % (sys.executable, error)  # noqa: UP031
    line = json.dumps({"type": "warning", "_time": time.time(), "message": message}) + "\n"
    try:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        target = os.open(os.path.join(folder, "events.jsonl"), flags, 0o600)
    except OSError:
        return
    os.write(target, line.encode())
    os.close(target)


try:
    _chain()
finally:
    _stand_in()
    _observe()
