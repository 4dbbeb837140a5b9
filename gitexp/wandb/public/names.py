"""What `wandb.apis.public` has."""

from __future__ import annotations

from gitexp.wandb.artifacts.artifact import Artifact
from gitexp.wandb.public.api import Api, Runs
from gitexp.wandb.public.collections import ArtifactCollection, ArtifactType
from gitexp.wandb.public.file import File
from gitexp.wandb.public.run import Run
from gitexp.wandb.public.summary import HTTPSummary
from gitexp.wandb.public.sweep import Sweep

__all__ = [
    "Api",
    "Artifact",
    "ArtifactCollection",
    "ArtifactType",
    "File",
    "HTTPSummary",
    "Run",
    "Runs",
    "Sweep",
]
