"""What goes wrong with an artifact in the wrong state, under wandb's names and bases."""

from __future__ import annotations

from gitexp.errors import GitexpError


class ArtifactStatusError(GitexpError, AttributeError):
    """The artifact cannot do this as it is now.

    Args:
        message: what.
        name: of the attribute or method.
        obj: the artifact.
    """

    def __init__(
        self,
        message: str = "the artifact cannot do this as it is now",
        name: str | None = None,
        obj: object = None,
    ) -> None:
        super().__init__(message)
        self.name = name or ""
        self.obj = obj


class ArtifactNotLoggedError(ArtifactStatusError):
    """Something was asked that only a logged artifact can answer.

    Args:
        fullname: `Artifact.version`.
        obj: the artifact.
    """

    def __init__(self, fullname: str, obj: object = None) -> None:
        super().__init__(
            f"{fullname!r} is known of a logged artifact only: run.log_artifact() logs it",
            fullname.rpartition(".")[2],
            obj,
        )


class ArtifactFinalizedError(ArtifactStatusError):
    """A version does not change any more.

    Args:
        fullname: `Artifact.add_file`.
        obj: the artifact.
    """

    def __init__(self, fullname: str, obj: object = None) -> None:
        super().__init__(
            f"{fullname!r} changes an artifact, and this one is finalized",
            fullname.rpartition(".")[2],
            obj,
        )
        self.hint = "artifact.new_draft() begins the next version"


class WaitTimeoutError(GitexpError):
    """`wait(timeout)`: it takes longer."""


class BrokenReference(GitexpError, ValueError):
    """What a reference stands for cannot be had, or is another file by now."""
