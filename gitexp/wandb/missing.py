"""Runs and artifacts that are not there, as errors that wandb's scripts catch."""

from __future__ import annotations

from collections.abc import Sequence

from gitexp.errors import ArtifactNotFound, GitexpError, RunNotFound


class RunNotFoundError(RunNotFound, ValueError):
    """No run of that path."""

    def __init__(self, path: str, near: Sequence[str] = (), *, why: str | None = None) -> None:
        super().__init__(path, near, why=why or f"Could not find run {path!r}")


class ArtifactMissing(ArtifactNotFound, ValueError):
    """No artifact, no version of it, or none of that type."""

    @classmethod
    def of(cls, error: ArtifactNotFound) -> ArtifactMissing:
        """The same as another error says."""
        made = cls(error.what, "", error.near)
        made.message, made.hint, made.args = error.message, error.hint, error.args
        return made


class NotAnArtifact(GitexpError, ValueError):
    """What was given is no artifact, or one that is not logged."""
