"""The active run with the attributes and methods that wandb's has."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gitexp.errors import CheckpointNotFound, GitexpError
from gitexp.journal import events, folders
from gitexp.record.guard import guarded, warn
from gitexp.record.mappings import ConfigStatic
from gitexp.schema import names
from gitexp.schema.run import Run as RunFacts
from gitexp.wandb import checks
from gitexp.wandb.artifact_calls import ArtifactCalls
from gitexp.wandb.files import SavedFiles, check_save
from gitexp.wandb.finished import refuses_when_finished
from gitexp.wandb.identity import Identity
from gitexp.wandb.reading import Reading
from gitexp.wandb.sending import Sendable
from gitexp.wandb.settings import Settings
from gitexp.wandb.unsupported import INSTEAD, NotSupported


@dataclass(frozen=True)
class RunStatus:
    """What waits for a network: nothing."""

    sync_items_total: int = 0
    sync_items_pending: int = 0
    sync_time: datetime | None = None


@refuses_when_finished(
    (
        "alert", "define_metric", "finish_artifact", "link_artifact", "link_model",
        "log_artifact", "log_code", "log_model", "mark_preempting", "pin_config_keys", "save",
        "status", "upsert_artifact", "use_artifact", "use_model",
    )
)  # fmt: skip
class Run(Identity, ArtifactCalls, Sendable, Reading):
    """A run that this process records, as wandb's scripts know it.

    A call that is wrong in itself is an error, as it is with wandb: one that comes after
    `finish()`, a `log()` of no mapping. What goes wrong in tracking is a warning.
    """

    _began_at = 0
    goes_on = False  # with a run that this command had finished
    _files: SavedFiles | None = None
    _is_complete = False
    disabled = False
    offline = True

    def __init__(self, folder: Path, run: RunFacts, *, owns: bool) -> None:
        """See `ActiveRun`."""
        super().__init__(folder, run, owns=owns)
        self._alerts: dict[str, float] = {}
        self._is_complete = True

    def __setattr__(self, name: str, value: Any) -> None:
        """A misspelt name is an error, and no attribute that nobody reads."""
        if self._is_complete and not name.startswith("_") and not hasattr(self, name):
            raise AttributeError(f"a run has no {name!r} to set")
        super().__setattr__(name, value)

    def check_call(self, data: Any, step: int | None) -> None:
        """Refuse a log() that is wrong in itself.

        Raises:
            UsageError: the run is finished.
            TypeError: `data` is no mapping of strings, `step` no number.
        """
        self.check_active("log")
        checks.check_row(data, step)

    @property
    def start_time(self) -> float:
        """When the run began, seconds since the epoch."""
        return (self._folder / folders.SETTINGS).stat().st_mtime

    @property
    def starting_step(self) -> int:
        """The step that this process began with."""
        return self._began_at

    def go_on(self, step: int) -> None:
        """Begin at a step."""
        super().go_on(step)
        self._began_at = step

    @property
    def sweep_id(self) -> str | None:
        """The sweep that it is a trial of."""
        return self._start.lineage.sweep

    @property
    def sweep_url(self) -> str | None:
        """The folder of the sweep."""
        if self.sweep_id is None:
            return None
        return (self._folder.parent.parent / "sweeps" / self.sweep_id).as_uri()

    def get_sweep_url(self) -> str | None:
        """As `sweep_url`."""
        return self.sweep_url

    @property
    def resumed(self) -> bool:
        """Whether the run had ended before, and goes on."""
        return self.goes_on or bool(self._start.lineage.resumptions)

    def load_checkpoint(self, label: str | int | None = None, **how: Any) -> Any:
        """The state that the run goes on or was forked from, or another checkpoint of its own.

        Args:
            label: of this run's own; by default the fork's, else the newest one of its own.
            how: see `gitexp.load_checkpoint`.

        Raises:
            CheckpointNotFound: there is none.
        """
        from gitexp.query.checkpoints import load_checkpoint
        from gitexp.store.repository import Repository

        repo = Repository.open(self._folder.parent)
        lineage = self._start.lineage
        if label is None and lineage.forked_from and not self._checkpoints:
            return load_checkpoint(
                lineage.forked_id or lineage.forked_from,
                lineage.forked_checkpoint or "last",
                repo=repo,
                **how,
            )
        return load_checkpoint(self, "last" if label is None else label, repo=repo, **how)

    @property
    def checkpoint(self) -> Any:
        """What `load_checkpoint()` gives; None: there is no checkpoint to go on from."""
        try:
            return self.load_checkpoint()
        except CheckpointNotFound:
            return None

    @property
    def settings(self) -> Settings:
        """What init(settings=) was given, and what became of it."""
        known = {
            "run_id": self.id, "run_name": self.name, "run_group": self.group or None,
            "run_job_type": self.job_type or None, "run_notes": self.notes or None,
            "run_tags": self.tags or None, "project": self.project,
            "entity": self.entity or None, "mode": "offline", "resumed": self.resumed,
            "sweep_id": self.sweep_id, "files_dir": self.dir, "sync_dir": self.sync_dir,
        }  # fmt: skip
        return Settings(**{**self._facts.settings, **known})

    @property
    def dir(self) -> str:
        """A folder whose files are kept in the run, as media/files/."""
        return os.fspath(self._saved().folder)

    @property
    def sync_dir(self) -> str:
        """The folder of all that is recorded, until the run is in git."""
        return os.fspath(self._folder)

    def _saved(self) -> SavedFiles:
        if self._files is None:
            self._files = SavedFiles(self._folder / names.MEDIA / "files")
            self.before_end(self._files.refresh)
        return self._files

    def save(
        self,
        glob_str: str | os.PathLike[str] | bytes | None = None,
        base_path: str | os.PathLike[str] | None = None,
        policy: str = "live",
        glob: bool = True,
    ) -> list[str]:
        """Keep files in the run, under media/files/.

        Args:
            glob_str: a file or a glob, from the current folder or from `run.dir`; None keeps
                nothing, as old scripts call it.
            base_path: the folder that the kept paths begin after.
            policy: "now" keeps them as they are; "live" and "end" also as they are at the end.
            glob: False: `glob_str` is a path as it stands.

        Returns:
            The paths they are kept at until the run is in git.

        Raises:
            ValueError: the policy is none of these, or the files are not below `base_path`.
        """
        if glob_str is None or self._closed:
            return []
        text = os.fsdecode(os.fspath(glob_str))
        if text.startswith(("gs://", "s3://")):
            warn(f"save(): {text} is no local file, and is left out")
            return []
        check_save(text, base_path, policy)
        return self._keep_files(text, base_path, policy, glob) or []

    @guarded("save()")
    def _keep_files(
        self, text: str, base_path: str | os.PathLike[str] | None, policy: str, glob: bool
    ) -> list[str]:
        kept = self._saved().add(text, base_path, again=policy != "now", glob=glob)
        if not kept:
            hint = " (glob=False takes it as it stands)" if glob and os.path.lexists(text) else ""
            warn(f"save(): no file matches {text}{hint}")
        return [os.fspath(path) for path in kept]

    def restore(
        self,
        name: str,
        run_path: str | None = None,
        replace: bool = False,
        root: str | os.PathLike[str] | None = None,
    ) -> Any:
        """Write a file that this run (or another one) keeps to disk; see `wandb.restore`.

        Raises:
            ValueError: there is no such run or file.
        """
        from gitexp.wandb.restoring import restore_file

        return restore_file(self, name, run_path, replace, root)

    def alert(
        self, title: str, text: str = "", level: Any = None, wait_duration: Any = None
    ) -> None:
        """Tell something on stderr, and keep it in run.json's warnings.

        Args:
            title: short.
            text: long.
            level: INFO, WARN or ERROR.
            wait_duration: seconds, or a timedelta, until the same title is told again.

        Raises:
            ValueError: the level is none of these.
            TypeError: wait_duration is no time.
        """
        kind, seconds = checks.checked_alert(level, wait_duration)
        now = time.monotonic()
        if now - self._alerts.get(title, -seconds) < seconds:
            return
        self._alerts[title] = now
        tail = f": {text}" if text and text != title else ""
        message = f"alert ({kind.lower()}): {title}{tail}"
        self.say(events.WARNING, message=message)
        warn(message)

    def write_logs(self, text: str) -> None:
        """Write a line to the run's output, which is also on the terminal."""
        if not self._over:
            sys.stdout.write(text if text.endswith("\n") else f"{text}\n")

    def pin_config_keys(self, keys: Sequence[str] = ()) -> None:
        """Note which keys of the config wandb's page would show first."""
        self.say(events.CAPTURE, values={"wandb": {"pinned_keys": [str(key) for key in keys]}})

    def watch(
        self,
        models: Any,
        criterion: Any = None,
        log: str | None = "gradients",
        log_freq: int = 1000,
        idx: int | None = None,
        log_graph: bool = False,
    ) -> None:
        """See `gitexp.watch`."""
        from gitexp.wandb.watching import watch

        watch(models, criterion, log, log_freq, idx, log_graph)

    def unwatch(self, models: Any = None) -> None:
        """See `gitexp.unwatch`."""
        from gitexp.wandb.watching import unwatch

        unwatch(models)

    def mark_preempting(self) -> None:
        """Note that the machine is about to take the run away."""
        self.say(events.CAPTURE, values={"wandb": {"preempting": True}})

    def join(self, exit_code: int | None = None) -> None:
        """As `finish`."""
        self.finish(exit_code)

    def display(self, height: int = 420, hidden: bool = False) -> bool:
        """There is no page to show inside a notebook; False says so."""
        return False

    def to_html(self, height: int = 420, hidden: bool = False) -> str:
        """The run's ref; `gitexp report` and `gitexp ui` show what is in it."""
        return f"<code>{self.ref}</code>"

    def status(self) -> RunStatus:
        """Nothing waits for a network."""
        return RunStatus()

    @property
    def _settings(self) -> Settings:
        """As `settings`, by the name that adapters of libraries know."""
        return self.settings

    @property
    def _is_finished(self) -> bool:
        """Whether the script finished it."""
        return self._over

    def _label(self, *args: Any, **keywords: Any) -> None:
        """Libraries say here which of them it is."""

    @property
    def config_static(self) -> ConfigStatic:
        """The config as it is now, which nobody can change."""
        return ConfigStatic(self.config.as_dict())

    def __getattr__(self, name: str) -> Any:
        if name in INSTEAD:
            raise NotSupported(name)
        raise AttributeError(f"a run has no {name!r}; docs/wandb.md lists what it has")


def folder_for(dir: str | os.PathLike[str] | None) -> Path | None:
    """The nearest folder of `dir` that exists, if it is in a repository; wandb makes it anew."""
    if dir is None:
        return None
    from gitexp.store.repository import Repository

    path = Path(dir).absolute()
    while not path.is_dir() and path != path.parent:
        path = path.parent
    try:
        Repository.open(path)
    except GitexpError:
        return None
    return path
