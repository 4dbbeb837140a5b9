"""A run in git, under the names that wandb's Api has."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gitexp.errors import UsageError
from gitexp.query.artifacts import Artifacts, used_by
from gitexp.query.runs import Found, Runs
from gitexp.query.selectors import resolve
from gitexp.record import annotate
from gitexp.record.values import plain_config
from gitexp.schema import names, tree
from gitexp.schema.run import Run as Facts
from gitexp.store.repository import Repository
from gitexp.wandb.public import fields, history
from gitexp.wandb.public.file import File
from gitexp.wandb.public.files import files_of, own_file
from gitexp.wandb.public.last_values import last_values
from gitexp.wandb.public.summary import HTTPSummary
from gitexp.wandb.shapes import Shapes

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact

_POLL_S = 1.0


class Run:
    """A run as it was when it was asked for; `load(force=True)` looks again.

    Attributes:
        config: hyperparameters, nested; change them and call `update()`.
        tags, notes, group, name: likewise.
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
    def job_type(self) -> str | None:
        """What kind of run it is."""
        return self._facts.get("job_type")

    jobType = job_type

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
    def username(self) -> str:
        """Who ran it."""
        return str(self._facts.get("author", "")).partition(" <")[0]

    user = username

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
        return json.dumps({key: {"value": value} for key, value in self.config.items()})

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

    # Reading it -------------------------------------------------------------------------------

    def history(
        self,
        samples: int = 500,
        keys: Sequence[str] | None = None,
        x_axis: str = "_step",
        pandas: bool = True,
        stream: str = "default",
    ) -> Any:
        """Rows, at most `samples` of them, as a DataFrame or a list of dicts.

        Args:
            samples: evenly chosen.
            keys: only these, and only rows that have all of them.
            x_axis: another metric that is wanted beside them.
            pandas: False: a list of dicts.
            stream: "default", or "system" for the hardware trace.
        """
        if stream in ("system", "events"):
            rows = history.system_rows(self._repo, self._found)
            return history.framed(history.sampled(rows, samples), pandas)
        wanted = None if keys is None else list(dict.fromkeys((x_axis, *_listed(keys))))
        logged = history.rows_of(self._repo, self._found, wanted)
        return history.framed(history.sampled(logged, samples), pandas)

    def scan_history(
        self,
        keys: Sequence[str] | None = None,
        page_size: int = 1000,
        min_step: int | None = None,
        max_step: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """All rows, one after the other.

        Args:
            keys: only these, and only rows that have all of them.
            page_size: accepted.
            min_step: the first step.
            max_step: the step before which it ends.
        """
        return history.rows_of(self._repo, self._found, keys, min_step=min_step, max_step=max_step)

    beta_scan_history = scan_history

    def files(
        self, names: Sequence[str] | None = None, per_page: int = 50, pattern: str | None = None
    ) -> list[File]:
        """The run's files; `names` chooses, and so does a `pattern` with `%` for anything."""
        found = files_of(self._repo, self._found, self)
        if names is not None:
            wanted = _listed(names)
            return [found[name] for name in wanted if name in found]
        if pattern is not None:
            import fnmatch

            glob = pattern.replace("%", "*")
            return [file for name, file in found.items() if fnmatch.fnmatchcase(name, glob)]
        return list(found.values())

    def file(self, name: str) -> File:
        """A file of the run.

        Raises:
            ValueError: it has none of that name.
        """
        file = files_of(self._repo, self._found, self).get(name)
        file = file or own_file(self._repo, self._found, self, name)
        if file is None:
            raise ValueError(f"run {self.name} has no file {name!r}")
        return file

    def logged_artifacts(self, per_page: int = 100) -> list[Artifact]:
        """The artifacts that it logged, and the tables that it logged as such."""
        from gitexp.wandb.artifacts.on_run import artifact_of
        from gitexp.wandb.artifacts.run_tables import tables_logged_by

        with Runs(self._repo) as runs:
            versions = Artifacts(runs).logged_by(self._found)
        logged = [artifact_of(self._repo, version) for version in versions]
        return [*logged, *tables_logged_by(self._repo, self._found)]

    def used_artifacts(self, per_page: int = 100) -> list[Artifact]:
        """The artifacts that it used."""
        from gitexp.wandb.artifacts.on_run import artifact_of
        from gitexp.wandb.artifacts.run_tables import find_table

        with Runs(self._repo) as runs:
            known = Artifacts(runs)
            versions = [
                version
                for used in used_by(self._found)
                for version in known.versions(used.name)
                if version.entry.digest == used.digest
            ]
        tables = [
            table
            for used in used_by(self._found)
            if (table := find_table(self._repo, f"{used.name}@{used.digest}")) is not None
        ]
        return [*(artifact_of(self._repo, version) for version in versions), *tables]

    def use_artifact(self, artifact: Artifact, use_as: str | None = None) -> Artifact:
        """Note that the run used an artifact."""
        assert artifact.logged is not None
        annotate.add_use(self._repo, self._found.name, artifact.logged.used(use_as))
        return artifact

    # Changing it ------------------------------------------------------------------------------

    def update(self) -> None:
        """Store what was changed of config, tags, notes, group, name and summary, as a commit."""
        config = plain_config(self.config)
        self.summary.update()

        def change(run: Facts) -> Facts:
            capture = dict(run.capture)
            if self.name != fields.display_name(self._facts):
                told = {**fields.told_of(self._facts), "name": self.name}
                tree.merge(capture, {"wandb": told})
            return run.but(
                config=config,
                config_digest=tree.digest(config),
                tags=tuple(self.tags),
                notes=self.notes or "",
                group=self.group,
                capture=capture,
            )

        annotate.change_run(self._repo, self._found.name, change, "changed")
        self.load(force=True)

    save = update

    def _store_summary(self, values: Mapping[str, Any]) -> None:
        flat = tree.flatten({k: plain_config(v) for k, v in values.items()})

        def change(run: Facts) -> Facts:
            return run.but(summary={**run.summary, **flat})

        annotate.change_run(self._repo, self._found.name, change, "summary changed")

    def delete(self, delete_artifacts: bool = False) -> None:
        """Remove the run, with its artifacts: they are in its tree."""
        annotate.remove(self._repo, self._found.name)

    def load(self, force: bool = False) -> dict[str, Any]:
        """Look again; returns its facts."""
        if force:
            with Runs(self._repo) as runs:
                self._take(resolve(runs, self._found.name))
        return dict(self._facts)

    def wait_until_finished(self) -> None:
        """Wait while it runs."""
        while self.state == "running":
            time.sleep(_POLL_S)
            self.load(force=True)

    def upload_file(self, path: str, root: str = ".") -> None:
        """Not to be had: only the process that measures adds files to a run.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            "a run that has ended gets no more files",
            "init(id=…, resume='must') goes on with it, and save() keeps files",
        )

    def log_artifact(self, artifact: Artifact, **how: Any) -> Artifact:
        """Not to be had: see `upload_file`.

        Raises:
            UsageError: always.
        """
        self.upload_file(artifact.name)
        return artifact

    def to_html(self, height: int = 420, hidden: bool = False) -> str:
        """A link to the run's ref; `gitexp report` and `gitexp ui` show it."""
        from html import escape

        return f"<code>{escape(self.ref)}</code>"

    def display(self, height: int = 420, hidden: bool = False) -> bool:
        """There is no page to show inside a notebook; False says so."""
        return False

    def __repr__(self) -> str:
        return f"<Run {'/'.join(filter(None, self.path))} ({self.state})>"


def _listed(keys: Sequence[str] | str) -> list[str]:
    return [keys] if isinstance(keys, str) else list(keys)
