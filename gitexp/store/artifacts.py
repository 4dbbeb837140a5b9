"""Artifacts into git and back: files of any size, each stored once whatever it belongs to.

What is in the tree is documented in docs/format.md. Large files go from file to pack in chunks,
as checkpoints do, and are cut where GitHub would refuse them.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import orjson

from gitexp.errors import MalformedArtifact
from gitexp.schema.artifact import (
    FILES,
    MANIFEST,
    PARTS,
    TENSORS,
    FileEntry,
    decode_manifest,
    encode_manifest,
    manifest_digest,
)
from gitexp.schema.tensorfile import SUFFIX, read_header
from gitexp.store.attributes import forbid_deltas
from gitexp.store.blobs import BlobReader, Stream
from gitexp.store.checkpoints import shard_contents
from gitexp.store.closing import Closing
from gitexp.store.content import (
    Content,
    FileRange,
    digest_content,
    hash_contents,
    thread_count,
)
from gitexp.store.lfs_objects import store_shards
from gitexp.store.objects import FILE, TREE, encode_tree
from gitexp.store.packs import store_objects
from gitexp.store.repository import Repository
from gitexp.store.shards import SHARD_LIMIT_BYTES, SINGLE_LIMIT_BYTES
from gitexp.store.stored_checkpoint import StoredCheckpoint

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A version that is in the repository, though no ref may reach it yet."""

    tree: str
    digest: str
    bytes: int
    files: int


def write_artifact(
    repo: Repository,
    entries: Iterable[tuple[FileEntry, Path | None]],
    *,
    have_none: bool = False,
    lfs: bool = False,
) -> Written:
    """Bring files into the repository; content that it has already is skipped.

    Args:
        repo: where to.
        entries: each with the file that holds it; None: a reference.
        have_none: write everything, whatever the repository seems to have.
        lfs: the tensors of large .safetensors files become git-lfs objects.

    Raises:
        OSError: a file cannot be read, or the disk takes no more; nothing is left behind.
    """
    ordered = sorted(entries, key=lambda row: row[0].path)
    listed = [(e, p, Content("blob", (_whole(p),)) if p else None) for e, p in ordered]
    digests = _md5s([content for _, _, content in listed if content is not None])
    files: dict[str, Content] = {}
    manifest: list[FileEntry] = []
    for entry, path, content in listed:
        if path is None or content is None:
            manifest.append(entry)
            continue
        how, added = _laid_out(repo, entry.path, path, content, lfs)
        files.update(added)
        digest = base64.b64encode(next(digests)).decode()
        manifest.append(replace(entry, digest=digest, size=content.size, how=how))
    if any(entry.how == TENSORS for entry in manifest) and not lfs:
        forbid_deltas(repo)
    told = orjson.dumps(encode_manifest(manifest), option=orjson.OPT_INDENT_2)
    files[MANIFEST] = Content("blob", (told + b"\n",))
    oids = hash_contents(list(files.values()), repo.object_format)
    trees: dict[str, Content] = {}
    entries_by_path = dict(zip(files, oids, strict=True))
    root = _tree(entries_by_path, repo.object_format, trees)
    # All together, so that one pack protects the version as a whole.
    objects = {**dict(zip(oids, files.values(), strict=True)), **trees}
    store_objects(repo, objects, have_none=have_none)
    return Written(
        root,
        manifest_digest(manifest),
        sum(entry.size or 0 for entry in manifest),
        len(manifest),
    )


def _whole(path: Path) -> FileRange:
    return FileRange(path, 0, path.stat().st_size)


def _md5s(contents: list[Content]) -> Iterator[bytes]:
    def digest(content: Content) -> bytes:
        return bytes.fromhex(digest_content(content, hashlib.md5(usedforsecurity=False)))

    with ThreadPoolExecutor(thread_count(len(contents))) as pool:
        return iter(list(pool.map(digest, contents)))


def _laid_out(
    repo: Repository, name: str, path: Path, content: Content, lfs: bool
) -> tuple[str, dict[str, Content]]:
    """Which folder a file goes into, and as which files."""
    if name.endswith(SUFFIX) and content.size > SINGLE_LIMIT_BYTES:
        try:
            with path.open("rb") as file:
                header = read_header(file, content.size)
        except ValueError:
            pass  # it is only called so
        else:
            shards = shard_contents(path, header)
            if lfs:
                shards = store_shards(repo, shards)
            return TENSORS, {f"{TENSORS}/{name}/{file}": part for file, part in shards.items()}
    if content.size <= SHARD_LIMIT_BYTES:
        return FILES, {f"{FILES}/{name}": content}
    pieces = range(0, content.size, SHARD_LIMIT_BYTES)
    return PARTS, {
        f"{PARTS}/{name}/{i:04d}": Content(
            "blob", (FileRange(path, at, min(SHARD_LIMIT_BYTES, content.size - at)),)
        )
        for i, at in enumerate(pieces, 1)
    }


def _tree(blobs: Mapping[str, str], object_format: str, trees: dict[str, Content]) -> str:
    """The oid of a folder of blobs by path; its trees are added to `trees`."""
    entries: dict[str, tuple[int, str]] = {}
    below: dict[str, dict[str, str]] = {}
    for path, oid in blobs.items():
        name, slash, rest = path.partition("/")
        if slash:
            below.setdefault(name, {})[rest] = oid
        else:
            entries[name] = FILE, oid
    for name, files in below.items():
        entries[name] = TREE, _tree(files, object_format, trees)
    content = Content("tree", (encode_tree(entries),))
    (oid,) = hash_contents([content], object_format)
    trees[oid] = content
    return oid


class StoredArtifact(Closing):
    """A version in git, read when it is asked for; whoever wrote it may be a stranger.

    A context manager: the git process that it reads through ends with it. Not for use by several
    threads at once.

    Args:
        repo: where.
        tree: oid of its folder, or `<commit>:<path>`.

    Every method raises:
        MalformedArtifact: it is not what it should be.
        CheckpointNotHere: files of it are not in the repository, and could not be fetched.
    """

    def __init__(self, repo: Repository, tree: str) -> None:
        self._repo = repo
        self._tree = tree
        self._blobs = BlobReader(repo)

    def close(self) -> None:
        """End the git process."""
        self._blobs.close()

    @cached_property
    def oids(self) -> dict[str, str]:
        """Path in the folder → oid, of files and folders."""
        listed = self._repo.git("ls-tree", "-r", "-t", "-z", self._tree, ok=(0, 128))
        found = {}
        for row in listed.split(b"\0")[:-1]:
            facts, _, path = row.partition(b"\t")
            found[os.fsdecode(path)] = facts.split()[2].decode()
        return found

    @cached_property
    def entries(self) -> dict[str, FileEntry]:
        """Its files and references by path.

        Raises:
            MalformedArtifact: there is no manifest, or it cannot be read.
        """
        if MANIFEST not in self.oids:
            raise MalformedArtifact(self._tree, "it has no manifest")
        try:
            told = orjson.loads(self._blobs.read(self.oids[MANIFEST]))
            return {entry.path: entry for entry in decode_manifest(told)}
        except ValueError as error:
            raise MalformedArtifact(self._tree, str(error)) from error

    def download(self, root: Path, paths: Iterable[str] | None = None) -> list[Path]:
        """Write files below a folder; those that are there already, equal, are left alone.

        References are passed over.

        Args:
            root: the folders that are needed are made.
            paths: which; None: all.

        Raises:
            OSError: they cannot be written.
            KeyError: there is no such path.
        """
        wanted = [self.entries[path] for path in (self.entries if paths is None else paths)]
        written = [root / entry.path for entry in wanted if entry.ref is None]
        due = [e for e in wanted if e.ref is None and not is_same(root / e.path, e)]
        for entry in due:
            (root / entry.path).parent.mkdir(parents=True, exist_ok=True)
        streams = self._blobs.stream([oid for entry in due for oid in self._pieces(entry)])
        for entry in due:
            if entry.how == TENSORS:
                with StoredCheckpoint(self._repo, self._oid(f"{TENSORS}/{entry.path}")) as tensors:
                    tensors.stream_to(root / entry.path)
            else:
                self._write(entry, root / entry.path, streams)
        # The generator looks after its process; it has nothing left to give.
        for _ in streams:
            raise MalformedArtifact(self._tree, "it has more than it says")
        return written

    def _pieces(self, entry: FileEntry) -> list[str]:
        if entry.how == TENSORS:
            return []
        if entry.how == FILES:
            return [self._oid(f"{FILES}/{entry.path}")]
        top = f"{PARTS}/{entry.path}/"
        return [oid for path, oid in sorted(self.oids.items()) if path.startswith(top)]

    def _oid(self, path: str) -> str:
        if path not in self.oids:
            raise MalformedArtifact(self._tree, f"{path} is missing")
        return self.oids[path]

    def _write(
        self, entry: FileEntry, target: Path, streams: Iterator[tuple[str, Stream]]
    ) -> None:
        digest = hashlib.md5(usedforsecurity=False)
        temporary = target.with_name(f".{target.name[:100]}.{os.urandom(4).hex()}")
        try:
            with temporary.open("xb") as file:
                buffer = memoryview(bytearray(_CHUNK_BYTES))
                for _ in self._pieces(entry):
                    _, blob = next(streams)
                    while blob.rest:
                        chunk = buffer[: min(blob.rest, _CHUNK_BYTES)]
                        blob.read_into(chunk)
                        digest.update(chunk)
                        file.write(chunk)
            if base64.b64encode(digest.digest()).decode() != entry.digest:
                raise MalformedArtifact(self._tree, f"{entry.path} is not what its digest says")
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


def is_same(path: Path, entry: FileEntry) -> bool:
    """Whether a file on disk is what an entry says, by its size and MD5."""
    try:
        if not path.is_file() or path.stat().st_size != entry.size:
            return False
        return file_digest(path) == entry.digest
    except OSError:
        return False


def file_digest(path: Path) -> str:
    """The base64 of a file's MD5, as manifests have it.

    Raises:
        OSError: it cannot be read.
    """
    digest = digest_content(Content("blob", (_whole(path),)), hashlib.md5(usedforsecurity=False))
    return base64.b64encode(bytes.fromhex(digest)).decode()
