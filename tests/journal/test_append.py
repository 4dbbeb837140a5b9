"""Lines survive whatever happens to the process and the disk."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitexp.journal.append import LineFile, absorb_spill
from gitexp.journal.folders import spill_dir
from gitexp.journal.tail import LineTail


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    made = tmp_path / "journal"
    made.mkdir()
    return made


def rows(path: Path) -> list[int]:
    return [row["n"] for row in LineTail(path).objects(final=True)]


def line(n: int) -> bytes:
    return orjson.dumps({"n": n}, option=orjson.OPT_APPEND_NEWLINE)


def test_every_line_is_there_after_sigkill(folder: Path) -> None:
    script = (
        "import sys, os; from gitexp.journal.append import LineFile; from pathlib import Path\n"
        "f = LineFile(Path(sys.argv[1]))\n"
        "for n in range(10000): f.append(b'{\"n\":%d}\\n' % n)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    path = folder / "metrics.jsonl"
    done = subprocess.run([sys.executable, "-c", script, str(path)])
    assert done.returncode == -signal.SIGKILL
    assert rows(path) == list(range(10000))


def test_threads_and_processes_never_mix_lines(folder: Path) -> None:
    path = folder / "metrics.jsonl"
    writers = [LineFile(path) for _ in range(4)]

    def write(which: int) -> None:
        for n in range(500):
            writers[which].append(line(which * 1000 + n))

    threads = [threading.Thread(target=write, args=(which,)) for which in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(rows(path)) == sorted(w * 1000 + n for w in range(4) for n in range(500))


class FullDisk:
    """A file that takes no more than so many bytes: RLIMIT_FSIZE gives short writes and EFBIG."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __enter__(self) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.limit, self.before[1]))

    def __exit__(self, *args: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


@pytest.mark.parametrize("limit", range(0, 60, 7))
def test_a_full_disk_loses_nothing_once_there_is_room(folder: Path, limit: int) -> None:
    file = LineFile(folder / "metrics.jsonl")
    with FullDisk(limit):
        for n in range(20):
            file.append(line(n))
        assert file.trouble is not None
        assert file.waiting
    file.append(line(20))
    assert rows(file.path) == list(range(21))
    assert not file.waiting
    assert not file.spill.exists()


@pytest.mark.parametrize("limit", [0, 3, 25])
def test_what_a_full_disk_refused_is_recovered_after_a_kill(folder: Path, limit: int) -> None:
    file = LineFile(folder / "metrics.jsonl")
    with FullDisk(limit):
        # The spill file shares the limit here: a disk of its own is what it has in life.
        spilled = b"".join(line(n) for n in range(20))
        for n in range(20):
            file.append(line(n))
    file.spill.parent.mkdir(parents=True, exist_ok=True)
    file.spill.write_bytes(spilled)
    del file  # killed: nothing is retried
    absorb_spill(folder, "metrics.jsonl")
    assert sorted(rows(folder / "metrics.jsonl")) == list(range(20))
    assert not (spill_dir(folder) / "metrics.jsonl").exists()


def test_a_descriptor_that_the_script_closed_is_opened_again(folder: Path) -> None:
    file = LineFile(folder / "metrics.jsonl")
    file.append(line(0))
    os.close(file.descriptor)
    file.append(line(1))
    file.append(line(2))
    assert rows(file.path) == [0, 1, 2]


def test_the_descriptor_is_out_of_the_way_and_not_inherited(folder: Path) -> None:
    file = LineFile(folder / "metrics.jsonl")
    assert file.descriptor >= 200
    assert not os.get_inheritable(file.descriptor)


@given(count=st.integers(0, 12), cut=st.integers(0, 400))
def test_a_journal_cut_at_any_byte_yields_its_whole_lines(
    tmp_path_factory: pytest.TempPathFactory, count: int, cut: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "metrics.jsonl"
    whole = b"".join(
        orjson.dumps({"n": n, "text": "ü" * n}, option=orjson.OPT_APPEND_NEWLINE)
        for n in range(count)
    )
    path.write_bytes(whole[:cut])
    kept = whole[:cut].count(b"\n")
    tail = LineTail(path)
    assert [row["n"] for row in tail.objects()] == list(range(kept))
    assert tail.torn == 0
    # At the end, a last line that lacks only its newline is whole; a shorter one is torn.
    rest = whole[:cut].rpartition(b"\n")[2]
    complete = bool(rest) and whole[cut : cut + 1] == b"\n"
    assert [row["n"] for row in tail.objects(final=True)] == ([kept] if complete else [])
    assert tail.torn == (1 if rest and not complete else 0)


def test_a_tail_reads_on_where_it_stopped(folder: Path) -> None:
    path = folder / "metrics.jsonl"
    tail = LineTail(path)
    assert list(tail.objects()) == []
    path.write_bytes(line(1) + b'{"n":')
    assert [row["n"] for row in tail.objects()] == [1]
    with path.open("ab") as file:
        file.write(b"2}\n" + line(3))
    assert [row["n"] for row in tail.objects()] == [2, 3]


def test_torn_lines_are_dropped_and_counted(folder: Path) -> None:
    path = folder / "metrics.jsonl"
    path.write_bytes(line(1) + b'{"n":2,"te\n' + b"[1]\n\n" + b"\0\0\0\n" + line(3))
    tail = LineTail(path)
    assert [row["n"] for row in tail.objects()] == [1, 3]
    assert tail.torn == 3
