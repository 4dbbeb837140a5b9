"""`run.log_code()`: source files as an artifact of their own, beside the run's code/."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from gitexp.record.guard import warn
from gitexp.wandb.artifacts.internal import InternalArtifact
from gitexp.wandb.artifacts.references import files_below

Choose = Callable[..., bool]  # of a path; of a path and the folder
_LONGEST = 128


def is_source(path: str) -> bool:
    """What is logged where nobody says what: Python, requirements.txt and Dockerfiles."""
    name = os.path.basename(path)
    return name.endswith(".py") or name.startswith("Dockerfile") or name == "requirements.txt"


def is_generated(path: str, root: str) -> bool:
    """What is left out where nobody says what: wandb's own folders."""
    return os.path.relpath(path, root).startswith(("wandb" + os.sep, ".wandb" + os.sep))


def code_artifact(
    project: str,
    root: str | os.PathLike[str] | None,
    name: str | None,
    include: Choose,
    exclude: Choose,
) -> InternalArtifact | None:
    """A draft of the type `code`; None: there is no such file.

    Args:
        project: of the run.
        root: the folder.
        name: by default `source-<project>-<script>`.
        include: which files.
        exclude: which of them not.
    """
    called = name or _safe(f"source-{project}-{_script()}")
    artifact = InternalArtifact(called, "code")
    folder = os.path.abspath(root) if root is not None else ""
    for inside, file in files_below(Path(folder)) if folder else ():
        path = os.fspath(file)
        if _says(include, path, folder) and not _says(exclude, path, folder):
            artifact.add_file(path, name=inside)
    if len(artifact.manifest) == 0:
        warn("log_code(): there are no such files in the folder, nothing is logged")
        return None
    return artifact


def _says(choose: Choose, path: str, root: str) -> bool:
    # As old scripts have it, a function of the path alone.
    two = len(inspect.signature(choose).parameters) == 2
    return bool(choose(path, root) if two else choose(path))


def _script() -> str:
    """The script's path below the current folder; as wandb has it, "None" if it is elsewhere."""
    script: str | None = getattr(sys.modules.get("__main__"), "__file__", None)
    try:
        path = os.path.relpath(script) if script else os.pardir
    except ValueError:  # another drive
        path = os.pardir
    return "None" if path.startswith(os.pardir) else path


def _safe(name: str) -> str:
    cleaned = re.sub(r"[^a-zA-Z0-9_\-.]", "_", name)
    if len(cleaned) <= _LONGEST:
        return cleaned
    return f"{cleaned[:63]}..{cleaned[-63:]}"
