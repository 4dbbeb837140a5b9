"""The process that pushes running runs: patient, quiet, and nobody waits for it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gitexp.errors import GitexpError
from gitexp.journal import folders
from gitexp.record.outbox import LOG, drop, outbox, read_outbox
from gitexp.record.pushing import push_runs
from gitexp.schema import names
from gitexp.store.remote import find_remote, read_ids
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

INTERVAL_S = 60.0
_TICK_S = 1.0
_FIRST_RETRY_S, _LAST_RETRY_S = 10.0, 600.0
# How long it goes on trying after the last run has ended; the notes stay for the next one.
_PATIENCE_S = 3600.0
_LOCK_WAIT_S = 5.0
_LOG_BYTES = 1 << 20
# Nobody sits here: no question may be asked, and a dead connection must end.
_UNATTENDED = {
    "GIT_TERMINAL_PROMPT": "0",
    "GCM_INTERACTIVE": "never",
    "GIT_HTTP_LOW_SPEED_LIMIT": "100",
    "GIT_HTTP_LOW_SPEED_TIME": "60",
}
_SSH = "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=20"


@dataclass(slots=True)
class _Lane:
    """What is known of one remote."""

    pushed: dict[str, str] = field(default_factory=dict)  # run id → oid that arrived
    tried_s: float = float("-inf")
    retry_s: float = 0.0  # > 0: the last try failed


def main(top: str) -> int:
    """Push what is in the outbox until all of it has arrived; returns an exit code."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(10)
    repo = Repository.open(Path(top))
    _prepare(repo)
    with _alone(repo) as alone:
        if alone:
            work(repo)
    return 0


def _prepare(repo: Repository) -> None:
    repo.environment.update(_UNATTENDED)
    if not {"GIT_SSH", "GIT_SSH_COMMAND"} & repo.environment.keys() and (
        "core.sshcommand" not in repo.config
    ):
        repo.environment["GIT_SSH_COMMAND"] = _SSH


@contextlib.contextmanager
def _alone(repo: Repository) -> Iterator[bool]:
    """Whether no other pusher is at work here; one that is about to end is waited for."""
    descriptor = os.open(outbox(repo) / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        deadline = time.monotonic() + _LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() > deadline:
                    yield False
                    return
                time.sleep(0.1)
                continue
            yield True
            return
    finally:
        os.close(descriptor)


def work(
    repo: Repository,
    *,
    interval_s: float = INTERVAL_S,
    tick_s: float = _TICK_S,
    patience_s: float = _PATIENCE_S,
) -> None:
    """Push each run's progress, at most once in `interval_s`, and its end at once."""
    lanes: dict[str, _Lane] = {}
    deadline = time.monotonic() + patience_s
    while (notes := read_outbox(repo)) and time.monotonic() < deadline:
        live = _live_ids(repo)
        if live & notes.keys():
            deadline = time.monotonic() + patience_s
        for remote in sorted(set(notes.values())):
            ids = {run_id for run_id, to in notes.items() if to == remote}
            lane = lanes.setdefault(remote, _Lane())
            _push_due(repo, remote, lane, ids, live, interval_s)
        time.sleep(tick_s)


def _live_ids(repo: Repository) -> set[str]:
    starts = (folders.read_json(f / folders.RUN) for f in folders.live_journals(repo.common_dir))
    return {str(start.get("id")) for start in starts if start}


def _push_due(
    repo: Repository, remote: str, lane: _Lane, ids: set[str], live: set[str], interval_s: float
) -> None:
    ours = {run_id: name for name, run_id in read_ids(repo, names.REF_PREFIX).items()}
    refs = RunStore(repo).refs()
    at = {i: refs[ours[i]] for i in ids if i in ours and ours[i] in refs}
    for run_id in ids - at.keys() - live:  # removed meanwhile
        drop(repo, run_id)
    changed = {i for i, oid in at.items() if lane.pushed.get(i) != oid}
    ended = changed - live
    waited = time.monotonic() - lane.tried_s
    due = waited >= lane.retry_s if lane.retry_s else bool(ended) or waited >= interval_s
    if changed and due:
        lane.tried_s = time.monotonic()
        try:
            done = push_runs(repo, find_remote(repo, remote), [ours[i] for i in changed])
            for run in (*done.of("refused", "left out"),):
                _log(repo, f"{run.name} was {run.what} by {remote}: {run.why}")
        except (GitexpError, OSError) as error:
            lane.retry_s = min(max(_FIRST_RETRY_S, 2 * lane.retry_s), _LAST_RETRY_S)
            _log(repo, f"{error}; the next try is in {lane.retry_s:.0f} s")
            return
        lane.retry_s = 0.0
        lane.pushed.update({i: at[i] for i in changed})
    for run_id, oid in at.items():
        if run_id not in live and lane.pushed.get(run_id) == oid:
            drop(repo, run_id)


def _log(repo: Repository, line: str) -> None:
    """One line into push.log, which begins anew when it is long."""
    path = repo.gitexp_dir / LOG
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    with contextlib.suppress(OSError):
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.write_bytes(b"")
        with path.open("a", encoding="utf-8", errors="replace") as log:
            log.write(f"{stamp}Z {line}\n")
    sys.stdout.flush()
