"""The run of a process that records nothing, with the attributes that wandb's has."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from gitexp.record.idle import IdleRun
from gitexp.record.mappings import ConfigStatic
from gitexp.record.number_rows import NOTHING
from gitexp.wandb.facts import Facts, default_project
from gitexp.wandb.for_adapters import generate_id
from gitexp.wandb.settings import Settings


class DisabledRun(IdleRun):
    """Takes everything and keeps nothing: what a run can do, it does without doing it."""

    disabled = True
    offline = False
    resumed = False
    url = project_url = sweep_url = sweep_id = None
    starting_step = 0
    was_told = True
    _dir: str | None = None
    _tags: tuple[str, ...] = ()
    _facts = Facts()

    def take(self, facts: Facts = _facts) -> None:
        """Learn what init() was told."""
        self._facts = facts
        self.id = facts.id or generate_id()
        self.name = facts.name or f"dummy-{self.id}"
        found = facts.project or default_project()
        self.project = "dummy" if found == "uncategorized" else found
        self.entity = facts.entity or "dummy"
        self.group, self.job_type = facts.group or "", facts.job_type or ""
        self.path = f"{self.entity}/{self.project}/{self.id}"
        self.start_time = time.time()
        known = {"run_id": self.id, "run_name": self.name, "project": self.project}
        self.settings = Settings(**{**facts.settings, **known, "mode": "disabled"})

    @property
    def config_static(self) -> ConfigStatic:
        """The config as it is now, which nobody can change."""
        return ConfigStatic(self.config.as_dict())

    def log(
        self,
        data: Mapping[str, Any] = NOTHING,
        step: int | None = None,
        commit: bool | None = None,
    ) -> None:
        """Keep the values for `summary`.

        Raises:
            TypeError: `data` is no mapping.
        """
        if not isinstance(data, Mapping):
            raise TypeError(f"log() takes a dict of names to values, not a {type(data).__name__}")
        super().log(data, step, commit)

    @property
    def dir(self) -> str:
        """A temporary folder."""
        if self._dir is None:
            import tempfile

            self._dir = os.path.join(tempfile.gettempdir(), f"gitexp-disabled-{self.id}")
            os.makedirs(self._dir, exist_ok=True)
        return self._dir

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find a run by."""
        return self._tags

    @tags.setter
    def tags(self, tags: Sequence[str]) -> None:
        self._tags = tuple(tags)

    def project_name(self) -> str:
        """As `project`."""
        return self.project

    def log_artifact(self, artifact_or_path: Any = None, *args: Any, **keywords: Any) -> Any:
        """Keep nothing; an Artifact is given back, so that scripts can wait for it."""
        from gitexp.wandb.artifacts.artifact import Artifact

        given = isinstance(artifact_or_path, Artifact)
        artifact = artifact_or_path if given else Artifact("disabled", "disabled")
        artifact.pretend()
        return artifact

    upsert_artifact = finish_artifact = log_model = link_model = link_artifact = log_artifact

    def use_artifact(
        self, artifact_or_name: Any = None, type: str | None = None, **how: Any
    ) -> Any:
        """Find an artifact; that it was used is noted nowhere. None: there is none."""
        from gitexp.errors import GitexpError
        from gitexp.store.repository import Repository
        from gitexp.wandb.artifacts.on_run import find_artifact

        if not isinstance(artifact_or_name, str):
            return self.log_artifact(artifact_or_name)
        try:
            return find_artifact(Repository.open(), artifact_or_name, type)
        except GitexpError:
            return None

    def use_model(self, name: str = "") -> str | None:
        """Download a model; returns the folder."""
        found = self.use_artifact(name)
        return None if found is None else str(found.download())

    def __deepcopy__(self, memo: dict[int, Any]) -> DisabledRun:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        from gitexp.wandb.run import Run

        if not callable(getattr(Run, name, None)):
            raise AttributeError(f"a run has no {name!r}; docs/wandb.md lists what it has")
        return lambda *args, **keywords: None
