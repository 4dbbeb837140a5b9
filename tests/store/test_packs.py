"""Packs that git takes for its own, and that are there as a whole or not at all."""

from __future__ import annotations

import hashlib
import os
import random
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import init_repo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.git import fsck, git

from gitexp.store import packs
from gitexp.store.content import Content, FileRange, hash_content, hash_contents, read_content
from gitexp.store.objects import temporary_folder
from gitexp.store.pack_index import PackEntry, encode_index
from gitexp.store.packs import KEEP_NOTE, entry_header, store_objects, sweep, write_pack
from gitexp.store.reader import missing_objects
from gitexp.store.repository import Repository

BLOCK = 65535
BUFFER = 16 * (BLOCK + 5)


@pytest.fixture(params=["sha1", "sha256"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    init_repo(tmp_path / "lab", f"--object-format={request.param}")
    return Repository.open(tmp_path / "lab")


def blob(data: bytes) -> Content:
    return Content("blob", (data,))


def by_oid(repo: Repository, *contents: Content) -> dict[str, Content]:
    return dict(zip(hash_contents(contents, repo.object_format), contents, strict=True))


def content_in_git(repo: Repository, oid: str) -> bytes:
    return repo.git("cat-file", "blob", oid)


def pack_files(repo: Repository) -> set[str]:
    folder = repo.common_dir / "objects" / "pack"
    return {path.name for path in folder.iterdir()}


def scratch_files(repo: Repository) -> list[str]:
    folder = temporary_folder(repo)
    return os.listdir(folder) if folder.exists() else []


# Git agrees ----------------------------------------------------------------------------------

SIZES = [0, 1, 15, 16, 2047, 2048, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 1]
SIZES += [BUFFER - 12, BUFFER - 11, BUFFER, 16 * BLOCK, 17 * BLOCK - 3, 40 * BLOCK + 77]


def test_git_makes_the_same_index_and_reads_every_object(opened: Repository) -> None:
    rng = random.Random(0)
    data = [rng.randbytes(size) for size in SIZES]
    objects = by_oid(opened, *map(blob, data))
    pack = write_pack(opened, objects)
    index = pack.with_suffix(".idx")
    git(opened.top, "verify-pack", "-v", str(index))
    again = opened.top / "again.idx"
    git(opened.top, "index-pack", "--strict", "-o", str(again), str(pack))
    assert again.read_bytes() == index.read_bytes()
    for oid, content in zip(objects, data, strict=True):
        assert content_in_git(opened, oid) == content
    fsck(opened.top)


@given(st.lists(st.integers(0, 5 * BLOCK), max_size=6), st.integers(0, 2**32))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_sizes(repo: Path, sizes: list[int], seed: int) -> None:
    opened = Repository.open(repo)
    rng = random.Random(seed)
    objects = by_oid(opened, *(blob(rng.randbytes(size)) for size in sizes))
    if objects:
        pack = write_pack(opened, objects)
        git(repo, "verify-pack", str(pack.with_suffix(".idx")))


def test_contents_of_many_parts_and_files(opened: Repository, tmp_path: Path) -> None:
    rng = random.Random(1)
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(rng.randbytes(3_000_000))
    two.write_bytes(rng.randbytes(100_000))
    parts = (
        b"head",
        FileRange(one, 1_000_000, 1_500_001),
        b"",
        FileRange(two, 0, 100_000),
        FileRange(one, 5, 0),
        FileRange(one, 7, 10),
        b"tail" * 30_000,
    )
    expected = b"head" + one.read_bytes()[1_000_000:2_500_001] + two.read_bytes()
    expected += one.read_bytes()[7:17] + b"tail" * 30_000
    content = Content("blob", parts)
    assert content.size == len(expected)
    assert read_content(content) == expected
    ((oid, _),) = objects = list(by_oid(opened, content).items())
    header = b"blob %d\0" % len(expected)
    assert oid == hashlib.new(opened.object_format, header + expected).hexdigest()
    write_pack(opened, dict(objects))
    assert content_in_git(opened, oid) == expected


def test_trees_too(opened: Repository) -> None:
    oid = opened.git("hash-object", "-w", "--stdin", input=b"x").decode().strip()
    tree = Content("tree", (b"100644 a\0" + bytes.fromhex(oid),))
    (tree_oid,) = by_oid(opened, tree)
    write_pack(opened, {tree_oid: tree})
    assert git(opened.top, "ls-tree", tree_oid).split() == ["100644", "blob", oid, "a"]


def test_file_that_became_shorter_is_an_error(opened: Repository, tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(b"abc")
    with pytest.raises(OSError, match="shorter than it was"):
        hash_content(Content("blob", (FileRange(path, 0, 4),)), "sha1")
    with pytest.raises(OSError, match="shorter than it was"):
        write_pack(opened, {"0" * 40: Content("blob", (FileRange(path, 0, 5_000_000),))})
    assert pack_files(opened) == set()
    assert scratch_files(opened) == []


# Large numbers, which no test writes to disk ---------------------------------------------------


@pytest.mark.parametrize("size", [0, 15, 16, 2047, 2048, 2**32 - 1, 2**32, 5 * 2**32, 2**40 + 3])
def test_entry_header(size: int) -> None:
    header = entry_header("blob", size)
    assert header[0] >> 4 & 7 == 3
    value, shift = header[0] & 15, 4
    for byte in header[1:]:
        value |= (byte & 0x7F) << shift
        shift += 7
    assert value == size
    assert [byte >> 7 for byte in header] == [1] * (len(header) - 1) + [0]


def test_index_of_a_pack_above_2_gib(repo: Path) -> None:
    offsets = [12, 2**31 - 1, 2**31, 2**32 + 5, 2**40]
    oids = [hashlib.sha1(b"%d" % n).hexdigest() for n in range(5)]
    entries = [
        PackEntry(o, at, n * 7) for n, (o, at) in enumerate(zip(oids, offsets, strict=True))
    ]
    shown = git(repo, "show-index", input=encode_index(entries, b"\1" * 20, "sha1"))
    rows = [line.split() for line in shown.splitlines()]
    assert [(oid, int(at), int(crc.strip("()"), 16)) for at, oid, crc in rows] == sorted(
        (oid, at, crc) for oid, at, crc in entries
    )


# What the repository has already ---------------------------------------------------------------


def test_only_what_is_missing_is_written(opened: Repository) -> None:
    rng = random.Random(2)
    a, b = blob(rng.randbytes(3_000_000)), blob(rng.randbytes(3_000_000))
    assert store_objects(opened, by_oid(opened, a)) == 3_000_000
    first = pack_files(opened)
    assert len(first) == 3
    assert store_objects(opened, by_oid(opened, a)) == 0
    assert pack_files(opened) == first
    assert store_objects(opened, by_oid(opened, a, b)) == 3_000_000
    sizes = sorted(p.stat().st_size for p in opened.common_dir.rglob("*.pack"))
    assert sizes[-1] < 3_010_000
    assert store_objects(opened, by_oid(opened, a, b), have_none=True) == 6_000_000
    assert len(pack_files(opened)) == 9
    fsck(opened.top)


def test_little_becomes_loose_objects(opened: Repository) -> None:
    objects = by_oid(opened, blob(b"small" * 1000), Content("tree", (b"",)))
    store_objects(opened, objects)
    assert pack_files(opened) == set()
    assert missing_objects(opened, objects) == set()
    assert content_in_git(opened, next(iter(objects))) == b"small" * 1000


def test_the_same_pack_twice(opened: Repository) -> None:
    objects = by_oid(opened, blob(b"x" * 3_000_000))
    assert write_pack(opened, objects) == write_pack(opened, objects)
    assert len(pack_files(opened)) == 3
    fsck(opened.top)


def test_files_are_as_git_makes_them(opened: Repository) -> None:
    pack = write_pack(opened, by_oid(opened, blob(b"x")))
    assert stat.S_IMODE(pack.stat().st_mode) == 0o444
    assert stat.S_IMODE(pack.with_suffix(".idx").stat().st_mode) == 0o444
    assert pack.with_suffix(".keep").read_bytes() == KEEP_NOTE
    assert scratch_files(opened) == []


def test_gc_and_repack_leave_a_kept_pack_alone(repo: Path) -> None:
    opened = Repository.open(repo)
    objects = by_oid(opened, blob(os.urandom(3_000_000)))
    pack = write_pack(opened, objects)
    git(repo, "gc", "-q", "--prune=now")
    git(repo, "repack", "-adfq")
    git(repo, "prune", "--expire=now")
    assert pack.exists()
    assert missing_objects(opened, objects) == set()


# Crashes ---------------------------------------------------------------------------------------

CRASH = """
import os, pathlib, sys
from gitexp.store import packs
from gitexp.store.content import Content, hash_content
from gitexp.store.repository import Repository

left = int(sys.argv[1])
def counted(real):
    def call(*args, **kwargs):
        global left
        if left == 0:
            os._exit(9)   # as a power cut: nothing is cleaned up
        left -= 1
        return real(*args, **kwargs)
    return call

os.fsync = counted(os.fsync)
os.fchmod = counted(os.fchmod)
packs.write_all = counted(packs.write_all)
pathlib.Path.rename = counted(pathlib.Path.rename)
pathlib.Path.write_bytes = counted(pathlib.Path.write_bytes)
repo = Repository.open(pathlib.Path(sys.argv[2]))
content = Content("blob", (b"abc" * 1_500_000,))
packs.write_pack(repo, {hash_content(content, repo.object_format): content})
"""


def test_a_crash_at_any_step_leaves_git_well(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Repository.open(repo)
    objects = by_oid(opened, blob(b"abc" * 1_500_000))
    steps = 0
    while True:
        done = subprocess.run([sys.executable, "-c", CRASH, str(steps), str(repo)], check=False)
        assert done.returncode in (0, 9)
        fsck(repo)
        if done.returncode == 0:
            break
        packs_there = {name for name in pack_files(opened) if name.endswith(".idx")}
        assert missing_objects(opened, objects) == (set() if packs_there else set(objects))
        steps += 1
    assert steps >= 12
    monkeypatch.setattr(packs, "_LEFT_OVER_S", -1)
    sweep(opened)
    assert scratch_files(opened) == []
    assert len(pack_files(opened)) == 3
    assert missing_objects(opened, objects) == set()


def test_pack_without_index_is_swept_and_that_of_others_is_not(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Repository.open(repo)
    folder = opened.common_dir / "objects" / "pack"
    for name, note in (("ours", KEEP_NOTE), ("theirs", b"a fetch\n")):
        (folder / f"pack-{name}.keep").write_bytes(note)
        (folder / f"pack-{name}.pack").write_bytes(b"PACK")
    sweep(opened)
    assert len(pack_files(opened)) == 4  # they may be in the making
    monkeypatch.setattr(packs, "_LEFT_OVER_S", -1)
    sweep(opened)
    assert pack_files(opened) == {"pack-theirs.keep", "pack-theirs.pack"}


def test_a_living_writers_file_is_not_swept(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Repository.open(repo)
    monkeypatch.setattr(packs, "_LEFT_OVER_S", -1)
    temporary_folder(opened).mkdir()
    with packs.temporary_file(temporary_folder(opened), 0o444) as (_, path):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "import pathlib, sys\nfrom gitexp.store import packs, repository\n"
                "packs._LEFT_OVER_S = -1\n"
                "packs.sweep(repository.Repository.open(pathlib.Path(sys.argv[1])))",
                str(repo),
            ],
            check=True,
        )
        assert done.returncode == 0
        assert path.exists()
    assert not path.exists()


def test_full_disk_is_an_error_and_leaves_nothing(repo: Path) -> None:
    # A limit on the size of files stands in for the disk's end.
    code = (
        "import pathlib, resource, signal, sys\n"
        "from gitexp.store import packs, repository\n"
        "from gitexp.store.content import Content, hash_content\n"
        "repo = repository.Repository.open(pathlib.Path(sys.argv[1]))\n"
        "content = Content('blob', (b'abc' * 5_000_000,))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))\n"
        "try:\n"
        "    packs.write_pack(repo, {hash_content(content, 'sha1'): content})\n"
        "except OSError as error:\n"
        "    print('refused', error.errno)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(repo)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("refused"), done.stderr
    opened = Repository.open(repo)
    assert pack_files(opened) == set()
    assert scratch_files(opened) == []
    fsck(repo)


def test_an_index_that_cannot_be_put_in_place_takes_the_pack_with_it(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Repository.open(repo)
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if target.suffix == ".idx":
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="No space left"):
        write_pack(opened, by_oid(opened, blob(b"x" * 3_000_000)))
    assert pack_files(opened) == set()
    assert scratch_files(opened) == []


def test_beside_a_gc_that_prunes_all_the_time(repo: Path) -> None:
    opened = Repository.open(repo)
    end = threading.Event()

    def collect() -> None:
        while not end.is_set():
            subprocess.run(["git", "gc", "-q", "--prune=now"], cwd=repo, check=False)

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        deadline = time.monotonic() + 3
        written: list[str] = []
        while time.monotonic() < deadline or len(written) < 3:
            objects = by_oid(opened, blob(os.urandom(4_000_000)))
            store_objects(opened, objects)
            written += objects
    finally:
        end.set()
        collector.join()
    assert missing_objects(opened, written) == set()
    fsck(repo)


def test_writers_beside_each_other(repo: Path) -> None:
    opened = Repository.open(repo)
    contents = [blob(bytes([n]) * 3_000_000) for n in range(4)]
    errors: list[BaseException] = []

    def write(n: int) -> None:
        try:
            # Each writes all, so that they write the same objects at the same time.
            store_objects(opened, by_oid(opened, *contents[n:], *contents[:n]))
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert missing_objects(opened, by_oid(opened, *contents)) == set()
    fsck(repo)
