"""The active run with the attributes and methods that wandb's has."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gitexp.errors import CheckpointNotFound, GitexpError
from gitexp.journal import events, folders
from gitexp.record.guard import guarded, warn
from gitexp.record.mappings import Nested
from gitexp.schema import names
from gitexp.wandb.artifact_calls import ArtifactCalls
from gitexp.wandb.facts import Facts
from gitexp.wandb.files import SavedFiles, check_save
from gitexp.wandb.reading import Reading
from gitexp.wandb.sending import Sendable
from gitexp.wandb.settings import Settings
from gitexp.wandb.unsupported import INSTEAD, NotSupported


class Run(ArtifactCalls, Sendable, Reading):
    """A run that this process records, as wandb's scripts know it."""

    _facts = Facts()
    _began_at = 0
    goes_on = False  # with a run that this command had finished
    _files: SavedFiles | None = None
    disabled = False
    offline = True

    def take(self, facts: Facts) -> None:
        """Learn what init() was told; it goes into run.json."""
        self._facts = facts
        self._alerts: dict[str, float] = {}
        told = facts.to_capture()
        if told and told != self._start.capture.get("wandb"):
            self.say(events.CAPTURE, values={"wandb": told})

    @property
    def was_told(self) -> bool:
        """Whether init() was told anything: it is not, where log() joins a recorded run."""
        return bool(self._facts.to_capture())

    @property
    def id(self) -> str:
        """The id that was asked for, else gitexp's random one."""
        return self._facts.id or self._start.id

    @property
    def name(self) -> str:
        """The name that was asked for; it may differ from the ref's, which is unique."""
        return self._facts.name or self._start.name

    @name.setter
    def name(self, name: str) -> None:
        self._facts.name = str(name)
        self.say(events.NAME, name=str(name))
        self.say(events.CAPTURE, values={"wandb": {"name": str(name)}})

    @property
    def ref(self) -> str:
        """The ref that the run is committed to."""
        return names.ref_of(self._start.name)

    @property
    def project(self) -> str:
        """wandb's project; a repository is one."""
        return self._facts.project or "uncategorized"

    @property
    def entity(self) -> str:
        """wandb's user or team."""
        return self._facts.entity or ""

    @property
    def group(self) -> str:
        """The group of runs that it belongs to."""
        return self._facts.group or self._start.group or ""

    @property
    def job_type(self) -> str:
        """What kind of run it is."""
        return self._facts.job_type or self._start.job_type or ""

    @property
    def path(self) -> str:
        """entity/project/id."""
        return "/".join(filter(None, (self.entity, self.project, self.id)))

    @property
    def url(self) -> str:
        """The repository and the run's ref in it."""
        common_dir = self._folder.parent.parent.parent
        return f"{common_dir.as_uri()}#{self.ref}"

    @property
    def project_url(self) -> str:
        """The repository."""
        return self.url.partition("#")[0]

    def get_url(self) -> str:
        """As `url`."""
        return self.url

    def get_project_url(self) -> str:
        """As `project_url`."""
        return self.project_url

    def project_name(self) -> str:
        """As `project`."""
        return self.project

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
        """What init(settings=) was given."""
        known = {
            "run_id": self.id,
            "run_name": self.name,
            "run_group": self.group,
            "run_job_type": self.job_type,
            "run_notes": self.notes,
            "run_tags": self.tags,
            "project": self.project,
            "entity": self.entity,
            "mode": "offline",
        }
        return Settings(**{**known, **self._facts.settings})

    @property
    def dir(self) -> str:
        """A folder whose files are kept in the run, as media/files/."""
        return os.fspath(self._saved().folder)

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
            warn(f"save(): {text} is a cloud storage url, can't save file")
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

    @guarded("alert()")
    def alert(
        self, title: str, text: str = "", level: Any = None, wait_duration: Any = None
    ) -> None:
        """Tell something on stderr, and keep it in run.json's warnings.

        Args:
            title: short.
            text: long.
            level: INFO, WARN or ERROR.
            wait_duration: seconds, or a timedelta, until the same title is told again.
        """
        seconds = getattr(wait_duration, "total_seconds", lambda: wait_duration or 60)()
        now = time.monotonic()
        if now - self._alerts.get(title, -seconds) < seconds:
            return
        self._alerts[title] = now
        kind = str(getattr(level, "value", level) or "INFO").lower()
        message = f"alert ({kind}): {title}" + (f": {text}" if text and text != title else "")
        self.say(events.WARNING, message=message)
        warn(message)

    def watch(self, models: Any, *args: Any, **how: Any) -> None:
        """See `gitexp.watch`."""
        from gitexp.wandb.watching import watch

        watch(models, *args, **how)

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

    def status(self) -> dict[str, Any]:
        """Nothing waits for a network."""
        return {"sync_items_pending": 0, "sync_items_total": 0}

    def _label(self, *args: Any, **keywords: Any) -> None:
        """Libraries say here which of them it is."""

    @property
    def config_static(self) -> Nested:
        """The config as it is now; what is set there is heard by nobody."""
        values = self.config.as_dict()
        return Nested(values, changed=lambda changed: None, dropped=lambda key: None)

    def __getattr__(self, name: str) -> Any:
        if name in INSTEAD:
            raise NotSupported(name)
        raise AttributeError(f"a run has no {name!r}; docs/wandb.md lists what it has")


def tags_of(tags: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """Tags as wandb takes them: one, or several."""
    if tags is None:
        return None
    return (tags,) if isinstance(tags, str) else tuple(str(tag) for tag in tags)


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
