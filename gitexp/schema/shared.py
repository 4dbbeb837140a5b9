"""What a push or a fetch did, run by run, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

NEW, CHANGED, MERGED, RENAMED = "new", "changed", "merged", "renamed"
BEHIND, GONE, REFUSED, LEFT_OUT = "behind", "gone", "refused", "left out"


@dataclass(frozen=True, slots=True)
class SharedRun:
    """What became of one run."""

    name: str  # as it is here now
    what: str  # NEW, CHANGED, …
    was: str = ""  # its name before
    there: str = ""  # its name at the remote, where that is another
    why: str = ""
    hint: str = ""


@dataclass(slots=True)
class Shared:
    """What became of all of them."""

    remote: str
    runs: list[SharedRun] = field(default_factory=list)
    unchanged: int = 0
    bytes: int = 0  # that were to be sent, about
    warnings: list[str] = field(default_factory=list)

    def add(self, name: str, what: str, **more: str) -> None:
        """Note one run."""
        self.runs.append(SharedRun(name, what, **more))

    def of(self, *what: str) -> list[SharedRun]:
        """The runs of which one of these became."""
        return [run for run in self.runs if run.what in what]

    @property
    def failed(self) -> bool:
        """Whether a run was not shared that should have been."""
        return any(run.what in (REFUSED, LEFT_OUT) for run in self.runs)
