"""Which processes live, and who holds a journal."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from pathlib import Path

from gitexp.journal import folders
from gitexp.journal.processes import (
    ProcessIdentity,
    SupervisorLock,
    is_supervised,
    read_identity,
    write_identity,
)
from gitexp.journal.wake import WakeReader, make_wake, wake


def test_a_process_is_alive_until_it_is_dead(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = ProcessIdentity.of(child.pid)
    assert identity is not None
    assert identity.is_alive(tmp_path)
    child.kill()
    time.sleep(0.1)
    assert not identity.is_alive(tmp_path)  # a zombie does not train any more
    child.communicate()
    assert not identity.is_alive(tmp_path)
    assert ProcessIdentity.of(child.pid) is None


def test_a_later_process_with_the_same_pid_is_another_one(tmp_path: Path) -> None:
    identity = ProcessIdentity.of(os.getpid())
    assert identity is not None
    assert not dataclasses.replace(identity, start="1").is_alive(tmp_path)


def test_a_reboot_ends_all_processes(tmp_path: Path) -> None:
    identity = ProcessIdentity.of(os.getpid())
    assert identity is not None
    assert not dataclasses.replace(identity, boot="another").is_alive(tmp_path)


def test_a_journal_of_another_machine_is_alive_while_it_grows(tmp_path: Path) -> None:
    identity = ProcessIdentity.of(os.getpid())
    assert identity is not None
    elsewhere = dataclasses.replace(identity, boot="another", host="another")
    metrics = tmp_path / folders.METRICS
    metrics.write_bytes(b"{}\n")
    assert elsewhere.is_alive(tmp_path)
    long_ago = time.time() - 3600
    os.utime(metrics, (long_ago, long_ago))
    assert not elsewhere.is_alive(tmp_path)


def test_identity_is_kept_in_the_journal(tmp_path: Path) -> None:
    write_identity(tmp_path, os.getpid())
    assert read_identity(tmp_path) == ProcessIdentity.of(os.getpid())
    (tmp_path / folders.TRAINING).write_text('{"pid": 1')
    assert read_identity(tmp_path) is None


def test_one_supervisor_at_a_time_and_death_frees_the_lock(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from gitexp.journal.processes import *\n"
        "lock = SupervisorLock(Path(sys.argv[1])); print(lock.take(), flush=True); input()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "True\n"
    mine = SupervisorLock(tmp_path)
    assert is_supervised(tmp_path)
    assert not mine.take(patience_s=0)
    other.kill()
    other.communicate()
    assert not is_supervised(tmp_path)
    assert mine.take()
    assert is_supervised(tmp_path)
    mine.free()
    assert not is_supervised(tmp_path)


def test_looking_does_not_keep_a_supervisor_from_starting(tmp_path: Path) -> None:
    probe = SupervisorLock(tmp_path)
    assert probe.take()
    started = time.monotonic()
    lock = SupervisorLock(tmp_path)
    assert not lock.take(patience_s=0.05)
    assert time.monotonic() - started >= 0.05
    probe.free()
    assert lock.take()
    lock.free()


def test_wake_wakes_and_never_blocks(tmp_path: Path) -> None:
    wake(tmp_path)  # nobody made the FIFO
    make_wake(tmp_path)
    wake(tmp_path)  # nobody listens
    reader = WakeReader(tmp_path)
    wake(tmp_path)
    began = time.monotonic()
    reader.wait(5)
    assert time.monotonic() - began < 4
    inlet, outlet = os.pipe()
    assert not reader.wait(0, inlet)
    os.write(outlet, b"x")
    assert reader.wait(5, inlet)
    reader.close()
    os.close(inlet)
    os.close(outlet)
