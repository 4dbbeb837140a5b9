"""What `wandb.apis.public` has."""

from __future__ import annotations

from gitexp.wandb.artifacts.artifact import Artifact
from gitexp.wandb.missing import RunNotFoundError
from gitexp.wandb.public.api import Api
from gitexp.wandb.public.collections import ArtifactCollection, ArtifactType
from gitexp.wandb.public.file import File
from gitexp.wandb.public.history import HistoryScan
from gitexp.wandb.public.people import User
from gitexp.wandb.public.project import Project
from gitexp.wandb.public.run import Run
from gitexp.wandb.public.runs import Runs
from gitexp.wandb.public.summary import HTTPSummary
from gitexp.wandb.public.sweep import Sweep

__all__ = [
    "Api",
    "Artifact",
    "ArtifactCollection",
    "ArtifactType",
    "File",
    "HTTPSummary",
    "HistoryScan",
    "Project",
    "Run",
    "RunNotFoundError",
    "Runs",
    "Sweep",
    "User",
]
