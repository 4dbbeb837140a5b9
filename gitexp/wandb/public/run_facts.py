"""What a run in git is, under the names that wandb's Api has."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from gitexp.query.runs import Found
from gitexp.schema import names
from gitexp.store.repository import Repository
from gitexp.wandb.public import fields
from gitexp.wandb.public.instead import RUN_INSTEAD, refuse
from gitexp.wandb.public.last_values import last_values
from gitexp.wandb.public.people import User
from gitexp.wandb.public.summary import HTTPSummary
from gitexp.wandb.shapes import Shapes


class RunFacts:
    """The facts of a `Run`, as they were when it was asked for.

    Attributes:
        config: hyperparameters, nested; change them and call `update()`.
        tags, notes, group, job_type, name: likewise.
    """

    def __init__(self, repo: Repository, found: Found) -> None:
        self._repo = repo
        self._take(found)

    def _take(self, found: Found) -> None:
        self._found = found
        facts = found.peek()
        self._facts = facts
        self.config: dict[str, Any] = json.loads(json.dumps(facts.get("config") or {}))
        self.tags: list[str] = list(facts.get("tags") or [])
        self.notes: str = str(facts.get("notes") or "")
        self.group: str | None = facts.get("group")
        self.job_type: str | None = facts.get("job_type")
        self.name: str = fields.display_name(facts)
        for name in ("summary", "summary_metrics"):
            self.__dict__.pop(name, None)

    @property
    def found(self) -> Found:
        """What gitexp's own queries take."""
        return self._found

    # What it is -------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The id that init() was given, else gitexp's own."""
        return fields.id_of(self._facts)

    @property
    def entity(self) -> str:
        """wandb's user or team."""
        return str(fields.told_of(self._facts).get("entity") or "")

    @property
    def project(self) -> str:
        """wandb's project."""
        return fields.project_of(self._facts)

    @property
    def path(self) -> list[str]:
        """Entity, project and id."""
        return [self.entity, self.project, self.id]

    @property
    def state(self) -> str:
        """running, finished, failed, crashed (killed by a signal) or killed (Ctrl-C)."""
        return fields.state_of(self._facts)

    @property
    def created_at(self) -> str:
        """When it began."""
        return str(self._facts["created_at"])

    @property
    def heartbeat_at(self) -> str | None:
        """When it ended; None while it runs."""
        return self._facts.get("finished_at")

    @property
    def description(self) -> str:
        """As `notes`."""
        return self.notes

    @property
    def user(self) -> User:
        """Who ran it."""
        return User(str(self._facts.get("author", "")), self.entity)

    @property
    def username(self) -> str:
        """Its name."""
        return self.user.username

    @property
    def display_name(self) -> str:
        """As `name`."""
        return self.name

    @property
    def read_only(self) -> bool:
        """Whether it cannot be changed: never."""
        return False

    @property
    def url(self) -> str:
        """The repository and the run's ref."""
        return f"{self._repo.common_dir.as_uri()}#{self.ref}"

    @property
    def ref(self) -> str:
        """The ref that it is in."""
        return names.ref_of(self._found.name)

    @property
    def storage_id(self) -> str:
        """The oid of its newest commit."""
        return str(self._found.oid)

    @property
    def commit(self) -> str | None:
        """The base commit of its code."""
        return (self._facts.get("git") or {}).get("base_commit")

    @property
    def sweep_name(self) -> str | None:
        """The sweep that it is a trial of."""
        return (self._facts.get("lineage") or {}).get("sweep")

    @property
    def sweep(self) -> Any:
        """The same as a Sweep; None: it is no trial."""
        from gitexp.wandb.public.api import Api

        return Api(repo=self._repo).sweep(self.sweep_name) if self.sweep_name else None

    @property
    def json_config(self) -> str:
        """The config as wandb's JSON: {key: {"value": …}}."""
        told = {key: {"value": value, "desc": None} for key, value in self.config.items()}
        return json.dumps(told)

    @property
    def rawconfig(self) -> dict[str, Any]:
        """As `config`."""
        return self.config

    @cached_property
    def summary(self) -> HTTPSummary:
        """One value for each metric; set values and call `summary.update()`."""
        return HTTPSummary(self.summary_metrics, self._store_summary)

    @cached_property
    def summary_metrics(self) -> dict[str, Any]:
        """The same as a dict."""
        shapes = Shapes(self.id)
        logged = last_values(self._repo, self._found, shapes) if not self._found.error else {}
        return fields.summary_of(self._facts, logged, shapes)

    @property
    def system_metrics(self) -> dict[str, Any]:
        """Mean use of the hardware."""
        mean = (self._facts.get("hardware") or {}).get("mean") or {}
        return {f"system.{key}": value for key, value in mean.items()}

    @property
    def metadata(self) -> dict[str, Any]:
        """Host, program, Python, operating system, GPUs, git: what wandb-metadata.json holds."""
        return dict(json.loads(self.file("wandb-metadata.json").content()))

    @property
    def lastHistoryStep(self) -> int:
        """The newest step; -1: nothing was logged."""
        return int(self.summary_metrics.get("_step", -1))

    @property
    def history_keys(self) -> dict[str, Any]:
        """What is known of each metric: {"keys": {key: …}, "lastStep": n}."""
        return {"keys": dict(self._facts.get("metrics") or {}), "lastStep": self.lastHistoryStep}

    def __getattr__(self, name: str) -> Any:
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
        if not name.startswith("_") and snake != name and hasattr(type(self), snake):
            return getattr(self, snake)  # `displayName`, as the server has it
        if name in ("jobType", "heartbeatAt", "historyKeys"):
            return getattr(self, snake)
        refuse("Run", name, RUN_INSTEAD, "it knows what is in git")
