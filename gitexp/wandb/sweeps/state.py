"""A sweep's state, shared by its agents: `<git common dir>/gitexp/sweeps/<id>/`.

sweep.json         id, config, created_at, project, entity
state              a word: what its owner decided; none while it runs
trials/<n>.json    {"wandb_version": 1, name: {"value": …}}: what trial n is to try
lock               held while a trial is taken
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitexp.errors import GitexpError, UsageError
from gitexp.journal.folders import read_json, write_json
from gitexp.schema import clock
from gitexp.store.repository import Repository
from gitexp.wandb.sweeps import space

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
PARAMETERS_VARIABLE = "WANDB_SWEEP_PARAM_PATH"
ID_VARIABLE = "WANDB_SWEEP_ID"
RUNNING, PAUSED, STOPPED, CANCELLED, FINISHED = (
    "RUNNING", "PAUSED", "STOPPED", "CANCELLED", "FINISHED",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """One run that a sweep asks for."""

    sweep: str
    number: int
    config: dict[str, Any]
    file: Path | None = None


class SweepState:
    """One sweep.

    Args:
        folder: where it is; see `find_sweep` and `make_sweep`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        told = read_json(folder / "sweep.json")
        if told is None:
            raise GitexpError(f"{folder} is no sweep")
        self.id = str(told["id"])
        self.config: dict[str, Any] = dict(told["config"])
        self.project = told.get("project")
        self.entity = told.get("entity")

    @property
    def method(self) -> str:
        """grid or random; bayes is drawn at random."""
        return "grid" if self.config.get("method") == "grid" else "random"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What is varied, and what is not."""
        return dict(self.config["parameters"])

    @property
    def limit(self) -> int | None:
        """How many trials there are at most; None: as many as are asked for."""
        cap = self.config.get("run_cap")
        if self.method != "grid":
            return cap
        size = space.grid_size(self.parameters)
        return size if cap is None else min(size, cap)

    @property
    def state(self) -> str:
        """RUNNING while there are trials to take, then FINISHED; or what was decided."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "state").read_text().strip()
        over = self.limit is not None and self.taken() >= self.limit
        return FINISHED if over else RUNNING

    def set_state(self, state: str) -> None:
        """Pause or end the sweep, or let a paused one go on.

        Raises:
            UsageError: it has ended, and goes on no more.
        """
        if self.state in (STOPPED, CANCELLED, FINISHED):
            raise UsageError(f"sweep {self.id} is {self.state.lower()}", "begin another one")
        decided = self.folder / "state"
        if state == RUNNING:
            decided.unlink(missing_ok=True)
        else:
            decided.write_text(state)

    def replace_config(self, config: Mapping[str, Any]) -> None:
        """Give the sweep another config; its trials so far keep theirs.

        Raises:
            UsageError: it cannot be run, or trials have been taken.
        """
        space.check(config)
        with self._locked():
            if self.taken():
                raise UsageError(f"sweep {self.id} has trials already", "begin another one")
            told = read_json(self.folder / "sweep.json") or {}
            write_json(self.folder / "sweep.json", {**told, "config": dict(config)})
        self.config = dict(config)

    def taken(self) -> int:
        """How many trials were taken."""
        try:
            return sum(name.endswith(".json") for name in os.listdir(self.folder / "trials"))
        except FileNotFoundError:
            return 0

    def take(self) -> Trial | None:
        """The next trial, for this agent alone; None: there are no more."""
        with self._locked():
            number = self.taken()
            if self.state != RUNNING:
                return None
            if self.method == "grid":
                config = space.grid_point(self.parameters, number)
            else:
                config = space.random_point(self.parameters, random.SystemRandom())
            if config is None:
                return None
            file = self.folder / "trials" / f"{number:06d}.json"
            file.parent.mkdir(exist_ok=True)
            told = {key: {"value": value} for key, value in config.items()}
            write_json(file, {"wandb_version": 1, **told})
        return Trial(self.id, number, config, file)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def sweeps_dir(repo: Repository) -> Path:
    """Where the sweeps of a repository are."""
    return repo.gitexp_dir / "sweeps"


def make_sweep(
    repo: Repository, config: Mapping[str, Any], project: str | None, entity: str | None
) -> SweepState:
    """Begin a sweep.

    Raises:
        UsageError: it cannot be run.
        OSError: the disk does not take it.
    """
    space.check(config)
    sweep_id = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    folder = sweeps_dir(repo) / sweep_id
    folder.mkdir(parents=True)
    told = {
        "id": sweep_id,
        "config": dict(config),
        "created_at": clock.to_iso(time.time()),
        "project": project or config.get("project"),
        "entity": entity or config.get("entity"),
    }
    write_json(folder / "sweep.json", told)
    return SweepState(folder)


def find_sweep(repo: Repository, sweep_id: str) -> SweepState:
    """A sweep by `entity/project/id`, or its id.

    Raises:
        GitexpError: there is none.
    """
    last = sweep_id.strip("/").rpartition("/")[2]
    folder = sweeps_dir(repo) / last
    if not re.fullmatch(r"[\w-]+", last) or not (folder / "sweep.json").exists():
        raise GitexpError(f"there is no sweep {sweep_id!r} here", "wandb.sweep(config) begins one")
    return SweepState(folder)


def trial_of_file(path: Path, sweep_id: str | None) -> Trial | None:
    """The trial that a file asks for; None: it is none.

    Args:
        path: as `take` wrote it, or wandb's own.
        sweep_id: whose it is; by default the folder says so.
    """
    told = read_json(path)
    if told is None:
        return None
    config = {
        key: value["value"]
        for key, value in told.items()
        if isinstance(value, Mapping) and "value" in value
    }
    number = int(path.stem) if path.stem.isdigit() else 0
    return Trial(sweep_id or path.parent.parent.name, number, config, path)
