"""A run that is written and committed step by step, in the test's own process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from gitexp.journal import events, folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import encode_event
from gitexp.journal.spool import spool_state
from gitexp.record.commit import Committer
from gitexp.record.facts import take_facts
from gitexp.record.start import Plan, begin
from gitexp.settings import Settings
from gitexp.store.repository import Repository
from support.git import git


class Training:
    """A journal and who commits it."""

    def __init__(self, top: Path, keep: str = "all", name: str = "x") -> None:
        self.name = name
        self.top = top
        self.repo = Repository.open(top)
        self.settings = Settings(checkpoints_keep=keep)
        self.folder, _ = begin(self.repo, self.settings, Plan(name=name))
        take_facts(self.repo, self.folder, self.settings)
        self.committer = Committer(self.repo, self.folder)
        self.committer.commit()
        self.saved = 0

    def finish(self) -> dict[str, Any]:
        """Commit for the last time, and remove the journal."""
        folders.write_json(self.folder / folders.END, {"status": "finished", "exit_code": 0})
        run = self.commit(final=True)
        self.committer.close()
        return run

    def log(self, step: int, **row: float) -> None:
        file = LineFile(self.folder / folders.METRICS)
        file.append(json.dumps({"_step": step, "_time": 1e9, **row}).encode() + b"\n")
        file.close()

    def save(self, label: str, step: int, size: int = 10, **metrics: float) -> Path:
        self.saved += 1
        spool = self.folder / folders.CHECKPOINTS / f"{self.saved}-{label.replace('/', '-')}"
        rng = np.random.default_rng(sum(self.name.encode()) * 1000 + self.saved)
        state = {"w": rng.random(size, "float32"), "epoch": step}
        spooled = spool_state(spool, state)
        file = LineFile(self.folder / folders.EVENTS)
        facts: dict[str, Any] = {"bytes": spooled.bytes, "tensors": 1, "metrics": metrics}
        event = encode_event(events.CHECKPOINT, label=label, step=step, folder=spool.name, **facts)
        file.append(event)
        file.close()
        return spool

    def commit(self, *, final: bool = False) -> dict[str, Any]:
        self.committer.commit(final=final)
        return self.stored()

    def stored(self) -> dict[str, Any]:
        run = json.loads(git(self.top, "show", f"refs/experiments/{self.name}:run.json"))
        held = git(
            self.top, "ls-tree", "--name-only", f"refs/experiments/{self.name}", "checkpoints/"
        )
        assert held.split() == sorted(f"checkpoints/{c['label']}" for c in run["checkpoints"])
        assert isinstance(run, dict)
        return run


def labels(run: dict[str, Any], key: str = "checkpoints") -> str:
    return " ".join(entry["label"] for entry in run[key])
