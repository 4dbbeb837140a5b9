"""The run of a process that records nothing, with the attributes that wandb's has."""

from __future__ import annotations

from typing import Any

from gitexp.record.idle import IdleRun
from gitexp.wandb.facts import Facts
from gitexp.wandb.settings import Settings


class DisabledRun(IdleRun):
    """Takes everything and keeps nothing: what a run can do, it does without doing it."""

    disabled = True
    offline = False
    resumed = False
    url = ""
    sweep_id = None
    was_told = True
    _dir: str | None = None
    _facts = Facts()

    def take(self, facts: Facts) -> None:
        """Learn what init() was told."""
        self._facts = facts
        self.name = facts.name or "dummy"
        self.id = facts.id or "dummy"
        self.project = facts.project or "dummy"
        self.entity = facts.entity or "dummy"
        self.group, self.job_type = facts.group, facts.job_type
        self.path = f"{self.entity}/{self.project}/{self.id}"
        self.settings = Settings(**facts.settings)

    @property
    def dir(self) -> str:
        """A temporary folder."""
        if self._dir is None:
            import tempfile

            self._dir = tempfile.mkdtemp(prefix="gitexp-disabled-")
        return self._dir

    def log_artifact(self, artifact_or_path: Any, *args: Any, **keywords: Any) -> Any:
        """Keep nothing; an Artifact is given back, so that scripts can wait for it."""
        from gitexp.wandb.artifacts.artifact import Artifact

        given = isinstance(artifact_or_path, Artifact)
        artifact = artifact_or_path if given else Artifact("disabled", "disabled")
        artifact.pretend()
        return artifact

    upsert_artifact = finish_artifact = log_model = link_model = link_artifact = log_artifact

    def use_artifact(self, artifact_or_name: Any, type: str | None = None, **how: Any) -> Any:
        """Find an artifact; that it was used is noted nowhere.

        Raises:
            ArtifactNotFound: there is none.
        """
        from gitexp.store.repository import Repository
        from gitexp.wandb.artifacts.on_run import find_artifact

        if not isinstance(artifact_or_name, str):
            return self.log_artifact(artifact_or_name)
        return find_artifact(Repository.open(), artifact_or_name, type)

    def use_model(self, name: str) -> str:
        """Download a model; returns the folder."""
        return str(self.use_artifact(name).download())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        from gitexp.wandb.run import Run

        if not callable(getattr(Run, name, None)):
            raise AttributeError(f"a run has no {name!r}; docs/wandb.md lists what it has")
        return lambda *args, **keywords: None
