"""A run in git, with wandb's ways to read and to change it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.errors import GitexpError
from gitexp.query.artifacts import Artifacts, used_by
from gitexp.query.runs import Runs
from gitexp.query.selectors import resolve
from gitexp.record import annotate
from gitexp.record.added_files import keep_file
from gitexp.record.values import plain_config
from gitexp.schema import tree
from gitexp.schema.run import FAILED
from gitexp.schema.run import Run as Facts
from gitexp.wandb.calls import termerror
from gitexp.wandb.missing import NotAnArtifact
from gitexp.wandb.public import fields, history
from gitexp.wandb.public.collections import versions_of
from gitexp.wandb.public.file import File
from gitexp.wandb.public.files import files_of, own_file
from gitexp.wandb.public.history import HistoryScan
from gitexp.wandb.public.listed import Listed
from gitexp.wandb.public.logs import LogLine, log_lines
from gitexp.wandb.public.run_facts import RunFacts

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact
    from gitexp.wandb.artifacts.logged import Logged

_POLL_S = 1.0


class Run(RunFacts):
    """A run as it was when it was asked for; `load(force=True)` looks again."""

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
        if not _are_keys(keys):
            termerror("keys are a list of texts")
            return []
        if keys and stream != "default":
            termerror("history(keys=…) reads the default stream alone")
            return []
        if stream in ("system", "events"):
            rows = history.system_rows(self._repo, self._found)
            return history.framed(history.sampled(rows, samples), pandas)
        wanted = list(dict.fromkeys((x_axis, *keys))) if keys else None
        logged = history.rows_of(self._repo, self._found, wanted)
        return history.framed(history.sampled(logged, samples), pandas)

    def scan_history(
        self,
        keys: Sequence[str] | None = None,
        page_size: int = 1000,
        min_step: int | None = 0,
        max_step: int | None = None,
        use_cache: bool = True,
    ) -> HistoryScan:
        """All rows, one after the other.

        Args:
            keys: only these, and only rows that have all of them.
            page_size: accepted.
            min_step: the first step.
            max_step: the step before which it ends.
            use_cache: accepted.

        Raises:
            ValueError: the keys are no list of texts.
        """
        if not _are_keys(keys):
            raise ValueError("keys are a list of texts")
        rows = partial(
            history.rows_of,
            self._repo,
            self._found,
            keys or None,
            min_step=min_step,
            max_step=max_step,
        )
        return HistoryScan(rows, max_step)

    beta_scan_history = scan_history

    def console_logs(self, *, per_page: int = 1000, last: int | None = None) -> Listed[LogLine]:
        """What it printed, line by line; `last` so many lines."""
        return log_lines(self._repo, self._found, last)

    def files(
        self,
        names: Sequence[str] | None = None,
        pattern: str | None = None,
        per_page: int = 50,
    ) -> Listed[File]:
        """The run's files; `names` chooses, and so does a `pattern` with `%` for anything.

        Raises:
            ValueError: there are both.
        """
        if names and pattern:
            raise ValueError("files() takes names or a pattern, not both")
        found = files_of(self._repo, self._found, self)
        chosen = [found[name] for name in names or () if name in found]
        if pattern is not None:
            import fnmatch

            glob = pattern.replace("%", "*").replace("_", "?")
            chosen = [file for name, file in found.items() if fnmatch.fnmatchcase(name, glob)]
        elif not names:
            chosen = list(found.values())
        return Listed(chosen, per_page, title=f"<Files {'/'.join(self.path)} ({{n}})>")

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

    def logged_artifacts(self, per_page: int = 100) -> Listed[Artifact]:
        """The artifacts that it logged, and the tables that it logged as such."""
        from gitexp.wandb.artifacts.run_tables import tables_logged_by

        with Runs(self._repo) as runs:
            versions = Artifacts(runs).logged_by(self._found)
        logged = versions_of(self._repo, versions)
        return Listed([*logged, *tables_logged_by(self._repo, self._found)], per_page)

    def used_artifacts(self, per_page: int = 100) -> Listed[Artifact]:
        """The artifacts that it used."""
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
        return Listed([*versions_of(self._repo, versions), *tables], per_page)

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
                job_type=self.job_type,
                capture=capture,
            )

        annotate.change_run(self._repo, self._found.name, change, "changed")
        self.load(force=True)

    save = update

    def _store_summary(self, values: Mapping[str, Any], gone: Sequence[str]) -> None:
        flat = tree.flatten({k: plain_config(v) for k, v in values.items()})
        replaced = (*values, *gone)

        def change(run: Facts) -> Facts:
            kept = {
                key: value
                for key, value in run.summary.items()
                if not any(key == top or key.startswith(f"{top}.") for top in replaced)
            }
            # {}: a metric that is to have none.
            return run.but(summary={**kept, **flat, **{key: {} for key in gone}})

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

    def load_full_data(self, force: bool = False) -> dict[str, Any]:
        """As `load`."""
        return self.load(force)

    def update_state(self, state: str) -> bool:
        """Say of a run that has ended that it failed, as a commit on its chain.

        Raises:
            GitexpError: it runs, is said to have failed already, or is to become something else.
        """
        if state != "failed" or self.state in ("failed", "running"):
            raise GitexpError(f"invalid state transition from {self.state!r} to {state!r}")
        annotate.change_run(
            self._repo, self._found.name, lambda run: run.but(status=FAILED), state
        )
        self.load(force=True)
        return True

    def upload_file(self, path: str | os.PathLike[str], root: str = ".") -> File:
        """Add a file, as a commit on the run's chain.

        Args:
            path: of the file.
            root: the folder that its name in the run begins after.

        Raises:
            GitexpError: it is larger than 45 MiB.
        """
        relative = Path(os.path.relpath(path, root)).parts
        name = "/".join("__" if part == ".." else part for part in relative)
        keep_file(self._repo, self._found.name, name, Path(path))
        self.load(force=True)
        return self.file(name)

    def use_artifact(self, artifact: Artifact, use_as: str | None = None) -> Artifact:
        """Note that the run used an artifact.

        Raises:
            NotAnArtifact: it is none, or not logged.
        """
        annotate.add_use(self._repo, self._found.name, _logged(artifact).used(use_as))
        return artifact

    def log_artifact(
        self,
        artifact: Artifact,
        aliases: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
    ) -> Artifact:
        """Give a version that is there aliases and tags; it stays with the run that logged it.

        Raises:
            NotAnArtifact: it is none, or not logged.
        """
        _logged(artifact).settle()
        artifact.aliases = list(dict.fromkeys((*artifact.aliases, *(aliases or ()))))
        artifact.tags = list(dict.fromkeys((*artifact.tags, *(tags or ()))))
        artifact.save()
        return artifact

    def to_html(self, height: int = 420, hidden: bool = False) -> str:
        """A link to the run's ref; `gitexp report` and `gitexp ui` show it."""
        from html import escape

        return f"<code>{escape(self.ref)}</code>"

    _repr_html_ = to_html

    def display(self, height: int = 420, hidden: bool = False) -> bool:
        """There is no page to show inside a notebook; False says so."""
        return False

    def __repr__(self) -> str:
        return f"<Run {'/'.join(filter(None, self.path))} ({self.state})>"


def _are_keys(keys: Any) -> bool:
    return keys is None or (
        isinstance(keys, list | tuple) and all(isinstance(key, str) for key in keys)
    )


def _logged(artifact: Any) -> Logged:
    from gitexp.wandb.artifacts.artifact import Artifact

    if not isinstance(artifact, Artifact):
        raise NotAnArtifact("use_artifact() takes what Api().artifact() gives")
    if artifact.logged is None:
        raise NotAnArtifact("the artifact is a draft: a run has to log it")
    return artifact.logged
