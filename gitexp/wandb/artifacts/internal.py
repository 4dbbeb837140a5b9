"""Artifacts of any type: source code and tables, and versions that are in git already."""

from __future__ import annotations

from typing import Any

from gitexp.wandb.artifacts.artifact import Artifact


class InternalArtifact(Artifact):
    """One that no script makes, whose type may be one of those that scripts may not give."""

    def __init__(self, name: str, type: str, *args: Any, **keywords: Any) -> None:
        super().__init__(name, "internal", *args, **keywords)
        self._type = type
