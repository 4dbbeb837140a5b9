"""Checkpoints into git: a spooled safetensors file becomes the blobs and the tree of its shards.

Neither torch nor numpy is needed: the header of the file says where each tensor lies, and the
bytes go from file to pack in chunks. What is in the tree is documented in shards.py, beside it
lies `skeleton.json` if what was saved is more than a flat dict in a file (schema/state).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.errors import MalformedCheckpoint
from gitexp.schema import names
from gitexp.schema.tensorfile import Header, read_header
from gitexp.store.attributes import forbid_deltas
from gitexp.store.content import Content, FileRange, hash_content, hash_contents
from gitexp.store.lfs_objects import store_shards
from gitexp.store.objects import FILE, encode_tree
from gitexp.store.packs import store_objects
from gitexp.store.repository import Repository
from gitexp.store.shards import (
    HEADER,
    INDEX,
    SHARD_LIMIT_BYTES,
    SINGLE,
    SINGLE_LIMIT_BYTES,
    lay_out,
)

if TYPE_CHECKING:
    from gitexp.store.stored_checkpoint import StoredCheckpoint as StoredCheckpoint


def write_checkpoint(
    repo: Repository, spool: Path, *, have_none: bool = False, lfs: bool = False
) -> str:
    """Bring a spooled checkpoint into the repository; tensors that it has already are skipped.

    Args:
        repo: where to.
        spool: a folder as `journal.spool` makes it.
        have_none: write everything, whatever the repository seems to have.
        lfs: the shards become git-lfs objects, and pointers to them lie in the tree.

    Returns:
        The oid of the tree that goes under checkpoints/<label>.

    Raises:
        MalformedCheckpoint: the spooled file is no whole safetensors file.
        OSError: it cannot be read, or the disk takes no more; nothing is left behind.
    """
    files = _files(spool)
    if lfs:
        files = store_shards(repo, files)
    else:
        forbid_deltas(repo)
    oids = hash_contents(list(files.values()), repo.object_format)
    entries = {name: (FILE, oid) for name, oid in zip(files, oids, strict=True)}
    tree = Content("tree", (encode_tree(entries),))
    tree_oid = hash_content(tree, repo.object_format)
    # All together, so that one pack protects the checkpoint as a whole.
    objects = {**dict(zip(oids, files.values(), strict=True)), tree_oid: tree}
    store_objects(repo, objects, have_none=have_none)
    return tree_oid


def _files(spool: Path) -> dict[str, Content]:
    """The files of the checkpoint's folder in git, by name."""
    state = spool / names.STATE
    size = state.stat().st_size
    try:
        with state.open("rb") as file:
            header = read_header(file, size)
    except ValueError as error:
        raise MalformedCheckpoint(str(state), str(error)) from error
    if size <= SINGLE_LIMIT_BYTES:
        files = {SINGLE: Content("blob", (FileRange(state, 0, size),))}
    else:
        files = shard_contents(state, header)
    try:
        skeleton = (spool / names.SKELETON).read_bytes()
    except FileNotFoundError:
        return files
    return {**files, names.SKELETON: Content("blob", (skeleton,))}


def shard_contents(state: Path, header: Header) -> dict[str, Content]:
    """The files that a large safetensors file is stored as, by name."""
    layout = lay_out(header, SHARD_LIMIT_BYTES)
    start = header.data_start
    files = {
        shard.file: Content(
            "blob",
            (
                shard.prefix,
                *(FileRange(state, start + p.begin, p.end - p.begin) for p in shard.pieces),
            ),
        )
        for shard in layout.shards
    }
    files[INDEX] = Content("blob", (layout.index(header.data_bytes),))
    files[HEADER] = Content("blob", (header.raw,))
    return files


def __getattr__(name: str) -> Any:
    # The reading side, which a process that only writes does not need.
    if name == "StoredCheckpoint":
        from gitexp.store.stored_checkpoint import StoredCheckpoint

        return StoredCheckpoint
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
