"""Objects are byte for byte git's own, in both hashes."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import init_repo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.git import fsck, git

from gitexp.store.objects import (
    EXECUTABLE,
    FILE,
    GITLINK,
    SYMLINK,
    TREE,
    ObjectWriter,
    decode_tree,
    encode_tree,
    temporary_folder,
)
from gitexp.store.reader import ObjectReader, missing_objects, read_blobs
from gitexp.store.repository import Identity, Repository

ADA = Identity("Ada Lovelace", "ada@example.org")
TIME_S = 1704067200.75


@pytest.fixture(params=["sha1", "sha256"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    init_repo(tmp_path, f"--object-format={request.param}")
    return Repository.open(tmp_path)


def loose_path(repo: Repository, oid: str) -> Path:
    return repo.common_dir / "objects" / oid[:2] / oid[2:]


@pytest.mark.parametrize("data", [b"", b"hello\n", bytes(range(256)) * 4000], ids=len)
def test_blob_is_gits_own(opened: Repository, data: bytes) -> None:
    writer = ObjectWriter(opened)
    oid = writer.blob(data)
    writer.flush()
    assert oid == opened.git("hash-object", "--stdin", input=data).decode().strip()
    assert opened.git("cat-file", "blob", oid) == data
    assert writer.oids == {oid}


def test_a_commit_is_gits_own(opened: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = ObjectWriter(opened)
    tree = writer.tree({"a": (FILE, writer.blob(b"1"))})
    parent = opened.head().commit or ""
    message = "quick-purple-dove: finished, ünïcode\n\nGitexp-Run: quick-purple-dove\n"
    oid = writer.commit(tree, [parent], message, ADA, TIME_S)
    writer.flush()
    assert oid == git(opened.top, "commit-tree", tree, "-p", parent, "-m", message.strip())
    fsck(opened.top)


def test_the_time_of_a_commit_is_the_callers(
    opened: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    writer = ObjectWriter(opened)
    oid = writer.commit(writer.tree({}), [], "x", ADA, TIME_S)
    writer.flush()
    assert git(opened.top, "log", "-1", "--format=%at %ct %aI", oid) == (
        "1704067200 1704067200 2024-01-01T00:00:00+00:00"
    )


@pytest.mark.parametrize(
    ("name", "email", "expected"),
    [
        ("A <b> C\n", "x@y\n", "A b C <x@y>"),
        (" .Ada. ", "ada@example.org", "Ada <ada@example.org>"),
        (os.fsdecode(b"Ren\xe9"), "r@x", "Ren\\xe9 <r@x>"),
        ("", "", " <>"),
    ],
)
def test_names_that_a_commit_cannot_hold(
    opened: Repository, name: str, email: str, expected: str
) -> None:
    writer = ObjectWriter(opened)
    oid = writer.commit(writer.tree({}), [], "a\0b", Identity(name, email), TIME_S)
    writer.flush()
    raw = opened.git("cat-file", "commit", oid).decode("utf-8", "backslashreplace")
    assert f"\nauthor {expected} 1704067200 +0000\n" in raw
    assert raw.endswith("\n\na\N{REPLACEMENT CHARACTER}b\n")


def test_nothing_is_visible_before_flush(opened: Repository) -> None:
    writer = ObjectWriter(opened)
    oids = {writer.blob(b"1"), writer.blob(b"2"), writer.blob(b"1")}
    assert missing_objects(opened, oids) == oids
    writer.flush(durable=True)
    assert missing_objects(opened, oids) == set()
    assert list(temporary_folder(opened).iterdir()) == []
    for oid in oids:
        assert stat.S_IMODE(loose_path(opened, oid).stat().st_mode) == 0o444


def test_discard(opened: Repository) -> None:
    writer = ObjectWriter(opened)
    oid = writer.blob(b"1")
    writer.discard()
    writer.flush()
    assert missing_objects(opened, [oid]) == {oid}
    assert list(temporary_folder(opened).iterdir()) == []


def test_an_object_that_exists_is_only_made_younger(opened: Repository) -> None:
    writer = ObjectWriter(opened)
    path = loose_path(opened, writer.blob(b"1"))
    writer.flush()
    os.utime(path, (1, 1))
    inode = path.stat().st_ino

    writer.blob(b"1")
    writer.flush()
    assert path.stat().st_ino == inode
    assert path.stat().st_mtime > 1_000_000_000


def test_a_large_packed_object_is_not_written_again(opened: Repository) -> None:
    data = os.urandom(100_000)
    (opened.top / "large").write_bytes(data)
    git(opened.top, "add", "-A")
    git(opened.top, "commit", "-qm", "large")
    git(opened.top, "repack", "-qad")
    git(opened.top, "prune-packed")
    writer = ObjectWriter(opened)
    oid = writer.blob(data)
    writer.flush()
    assert not loose_path(opened, oid).exists()
    assert opened.git("cat-file", "blob", oid) == data


@pytest.mark.parametrize(
    ("shared", "file_mode", "folder_mode"),
    [
        ("false", 0o400, 0o700),
        ("group", 0o440, 0o2770),
        ("all", 0o444, 0o2775),
        ("0640", 0o440, 0o2750),
    ],
)
def test_shared_repository(
    opened: Repository, shared: str, file_mode: int, folder_mode: int
) -> None:
    opened.git("config", "core.sharedRepository", shared)
    before = os.umask(0o077)
    try:
        writer = ObjectWriter(opened)
        blobs = (b"%d" % number for number in range(1000))
        ours = next(p for p in (loose_path(opened, writer.blob(b)) for b in blobs) if is_new(p))
        writer.flush()
        stored = (opened.git("hash-object", "-w", "--stdin", input=b) for b in blobs)
        paths = (loose_path(opened, oid.decode().strip()) for oid in stored)
        theirs = next(path for path in paths if len(list(path.parent.iterdir())) == 1)
    finally:
        os.umask(before)
    for path in (ours, theirs):
        assert stat.S_IMODE(path.stat().st_mode) == file_mode
        assert stat.S_IMODE(path.parent.stat().st_mode) == folder_mode


def is_new(path: Path) -> bool:
    return not path.parent.exists()


def test_a_gc_that_empties_folders_meanwhile(opened: Repository) -> None:
    writer = ObjectWriter(opened)
    oids = [writer.blob(b"%d" % i) for i in range(20)]
    git(opened.top, "gc", "-q", "--prune=now")
    writer.flush()
    assert missing_objects(opened, oids) == set()


names = st.binary(min_size=1, max_size=6).filter(
    lambda n: b"/" not in n and b"\0" not in n and n not in (b".", b"..") and n.lower() != b".git"
)


@pytest.fixture(scope="module")
def sha1_repo() -> Iterator[Repository]:
    with tempfile.TemporaryDirectory() as folder:
        git(Path(folder), "init", "-q")
        yield Repository.open(Path(folder))


@given(
    st.dictionaries(
        st.one_of(names, st.sampled_from([b"a", b"a.b", b"a-b", b"a0", b"ab"])),
        st.sampled_from([FILE, EXECUTABLE, SYMLINK, TREE, GITLINK]),
        max_size=12,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_trees_are_gits_own(sha1_repo: Repository, modes: dict[bytes, int]) -> None:
    kinds = {TREE: b"tree", GITLINK: b"commit"}
    oid = "1" * 40
    listing = b"".join(
        b"%06o %s %s\t%s\0" % (mode, kinds.get(mode, b"blob"), oid.encode(), name)
        for name, mode in modes.items()
    )
    expected = sha1_repo.git("mktree", "-z", "--missing", input=listing).decode().strip()
    entries = {os.fsdecode(name): (mode, oid) for name, mode in modes.items()}
    writer = ObjectWriter(sha1_repo)
    assert writer.tree(entries) == expected
    writer.discard()
    assert decode_tree(encode_tree(entries), "sha1") == entries


@given(
    st.lists(st.lists(names, min_size=1, max_size=4), max_size=8).map(
        lambda paths: [b"/".join(path) for path in paths]
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_nested_trees_hold_the_paths(sha1_repo: Repository, paths: list[bytes]) -> None:
    files: dict[str, bytes] = {}
    for path in map(os.fsdecode, paths):
        clash = any(
            f"{p}/".startswith(f"{path}/") or f"{path}/".startswith(f"{p}/") for p in files
        )
        if not clash:
            files[path] = os.fsencode(path)
    writer = ObjectWriter(sha1_repo)
    tree = writer.nested_tree({p: (FILE, writer.blob(data)) for p, data in files.items()})
    writer.flush()
    listed = os.fsdecode(sha1_repo.git("ls-tree", "-r", "-z", "--name-only", tree))
    assert listed.split("\0")[:-1] == sorted(files, key=os.fsencode)
    with ObjectReader(sha1_repo) as reader:
        for path, data in files.items():
            assert reader.read(f"{tree}:{path}") == ("blob", data)


def test_nested_tree_takes_whole_trees(opened: Repository) -> None:
    writer = ObjectWriter(opened)
    code = opened.git("rev-parse", "HEAD^{tree}").decode().strip()
    blob = writer.blob(b"x")
    tree = writer.nested_tree(
        {"README.md": (FILE, blob), "plots/loss.svg": (FILE, blob), "code": (TREE, code)}
    )
    writer.flush()
    assert git(opened.top, "ls-tree", "-r", "--name-only", tree).split("\n") == [
        "README.md",
        "code/.gitignore",
        "code/train.py",
        "plots/loss.svg",
    ]


@pytest.mark.parametrize(
    "paths", [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a/b")], ids=lambda paths: " ".join(paths)
)
def test_a_path_cannot_be_file_and_folder(opened: Repository, paths: tuple[str, str]) -> None:
    writer = ObjectWriter(opened)
    with pytest.raises(ValueError, match="a file and a folder"):
        writer.nested_tree({path: (FILE, "1" * 40) for path in paths})


@pytest.mark.parametrize("name", ["", ".", "..", ".git", ".GIT", "a/b", "a\0b"])
def test_names_that_a_tree_cannot_hold(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a name in a tree"):
        encode_tree({name: (FILE, "1" * 40)})


def test_reader(opened: Repository) -> None:
    writer = ObjectWriter(opened)
    strange = "new\nline and space"
    contents = {strange: b"\0\n\n", "empty": b"", "windows\r": b"r"}
    tree = writer.tree({name: (FILE, writer.blob(data)) for name, data in contents.items()})
    writer.flush()
    with ObjectReader(opened) as reader:
        assert reader.read(f"{tree}:{strange}") == ("blob", b"\0\n\n")
        assert reader.read(f"{tree}:no such\nfile") is None
        assert reader.read(f"{tree}:windows\r") == ("blob", b"r")
        assert reader.read(f"{tree}:empty") == ("blob", b"")
        assert reader.read(f"{tree}:no such file") is None
        assert reader.read("HEAD:train.py") == ("blob", b"print('loss', 0.5)\n")
        assert reader.read(opened.null_oid) is None
        found = reader.read(tree)
        assert found is not None
        assert found[0] == "tree"
    with ObjectReader(opened, contents=False) as sizes:
        assert sizes.size("HEAD:train.py") == 19
        assert sizes.size("HEAD:nothing") is None


def test_missing_objects(opened: Repository) -> None:
    head = opened.head().commit or ""
    absent = head[::-1]
    assert missing_objects(opened, [head, absent]) == {absent}
    assert missing_objects(opened, []) == set()


def test_looking_an_object_up_fetches_nothing(tmp_path: Path) -> None:
    server, partial = tmp_path / "server", tmp_path / "partial"
    server.mkdir()
    init_repo(server)
    data = os.urandom(100_000)
    (server / "large").write_bytes(data)
    git(server, "add", "-A")
    git(server, "commit", "-qm", "large")
    git(server, "config", "uploadpack.allowFilter", "true")
    git(
        tmp_path,
        "clone",
        "-q",
        "--no-checkout",
        "--filter=blob:none",
        f"file://{server}",
        "partial",
    )
    opened = Repository.open(partial)
    (server / ".git").rename(server / "gone")
    oids = [git(partial, "rev-parse", f"HEAD:{path}") for path in ("train.py", "large")]
    assert missing_objects(opened, oids) == set(oids)
    with ObjectReader(opened, fetch=False) as reader:
        for oid in oids:
            assert reader.read(oid) is None
        assert reader.read(git(partial, "rev-parse", "HEAD")) is not None
    writer = ObjectWriter(opened)
    assert writer.blob(data) == oids[1]
    writer.flush()
    assert missing_objects(opened, oids) == {oids[0]}
    assert list(read_blobs(opened, oids)) == [None, data]


def test_a_reader_outlives_damage(opened: Repository) -> None:
    writer = ObjectWriter(opened)
    oids = [writer.blob(b"%d" % i * 1000) for i in range(3)]
    writer.flush()
    path = loose_path(opened, oids[1])
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:8])
    with ObjectReader(opened) as reader:
        assert [reader.read(oid) is None for oid in oids] == [False, True, False]
    assert [blob is None for blob in read_blobs(opened, oids)] == [False, True, False]
