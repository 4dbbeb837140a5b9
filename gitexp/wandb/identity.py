"""What a run is called: the names, ids and addresses that wandb's scripts ask it for."""

from __future__ import annotations

from collections.abc import Sequence

from gitexp.journal import events
from gitexp.record.active import ActiveRun
from gitexp.schema import names
from gitexp.wandb.facts import Facts, default_project
from gitexp.wandb.finished import refusal_of


class Identity(ActiveRun):
    """A run that knows what init() was told of it."""

    _facts = Facts()

    def take(self, facts: Facts) -> None:
        """Learn what init() was told; it goes into run.json."""
        self._facts = facts
        told = facts.to_capture()
        if told and told != self._start.capture.get("wandb"):
            self.say(events.CAPTURE, values={"wandb": told})

    def check_active(self, call: str) -> None:
        """Refuse what comes after `finish()`.

        Raises:
            UsageError: names the call.
        """
        if self._over:
            raise refusal_of(self.id, call)

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
        self.check_active("name")
        self._facts.name = str(name)
        self.say(events.NAME, name=str(name))
        self.say(events.CAPTURE, values={"wandb": {"name": str(name)}})

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find it by; assign others to change them."""
        return self._start.tags

    @tags.setter
    def tags(self, tags: Sequence[str]) -> None:
        self.check_active("tags")
        ActiveRun.tags.__set__(self, tags_of(tags) or ())  # type: ignore[attr-defined]

    @property
    def notes(self) -> str:
        """A text about it; assign another to change it."""
        return self._start.notes

    @notes.setter
    def notes(self, notes: str) -> None:
        self.check_active("notes")
        ActiveRun.notes.__set__(self, notes)  # type: ignore[attr-defined]

    @property
    def ref(self) -> str:
        """The ref that the run is committed to."""
        return names.ref_of(self._start.name)

    @property
    def project(self) -> str:
        """wandb's project; a repository is one."""
        return self._facts.project or default_project()

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


def tags_of(tags: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """Tags as wandb takes them: one, or several."""
    if tags is None:
        return None
    return (tags,) if isinstance(tags, str) else tuple(str(tag) for tag in tags)
