"""Where does this model come from: checkpoints that hold the tensors of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from gitexp.errors import GitexpError
from gitexp.query.runs import Found, Runs
from gitexp.query.small_models import SmallFile, most_shared
from gitexp.schema.names import CHECKPOINTS
from gitexp.schema.run import CheckpointEntry
from gitexp.schema.tensorfile import SUFFIX, parse_header
from gitexp.schema.whence import Origin, Whence
from gitexp.store.lfs import ATTRIBUTES_FILE
from gitexp.store.objects import decode_tree
from gitexp.store.reader import ObjectReader, read_blobs
from gitexp.store.renamed_tensors import guess_shards
from gitexp.store.shards import HEADER, SINGLE
from gitexp.store.tensor_blobs import (
    FileBlobs,
    Oids,
    content_keys,
    file_blobs,
    git_oids,
    pointer_oids,
)

# Checkpoints in one file say nothing about their tensors by its blob. So many bytes of them are
# looked into, the likeliest first.
_READ_BYTES = 256 * 1024 * 1024
_HEADERS = 20  # different architectures that tensors are looked for in under other names
_HAS_CHECKPOINTS = b'"checkpoints":[{'


@dataclass(slots=True)
class _Candidate:
    """A checkpoint, and which of the tensors it holds."""

    found: Found
    entry: CheckpointEntry
    blobs: dict[str, str]  # file → oid, tensors only
    header: str | None = None  # oid of a large one's header
    oids_of: Oids = git_oids  # which blobs stand for its tensors
    holds: set[str] = field(default_factory=set)


def find_origins(runs: Runs, path: Path) -> Whence:
    """Find the checkpoints that a model's tensors are in, by the contents that git knows.

    Large checkpoints are compared by the blobs in their trees: none is read, and those that a
    fetch left on the server are found as well. Checkpoints in a single file are the same as a
    whole, or the likeliest ones are read and compared tensor by tensor. Tensors may have other
    names in both.

    Args:
        runs: to look among.
        path: a .safetensors file, or a folder of shards.

    Raises:
        GitexpError: it cannot be read, or is no safetensors file.
    """
    candidates = list(_checkpoints(runs))
    try:
        files = {
            oids_of: file_blobs(path, runs.repo.object_format, oids_of)
            for oids_of in dict.fromkeys((git_oids, *(c.oids_of for c in candidates)))
        }
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise GitexpError(f"cannot read {path}: {why or error}") from error
    file = files[git_oids]
    for candidate in candidates:
        stored = files[candidate.oids_of]
        blobs = set(candidate.blobs.values())
        if stored.whole in blobs:
            candidate.holds = {tensor.name for tensor in stored.tensors}
        else:
            candidate.holds = {t.name for t in stored.tensors if t.oids and t.oids <= blobs}
    _under_other_names(runs, file, candidates)
    not_read = 0
    if not any(len(candidate.holds) == len(file.tensors) for candidate in candidates):
        not_read = _look_into(runs, file, candidates)
    origins = _cover(file, [candidate for candidate in candidates if candidate.holds])
    known = {name for origin in origins for name in origin.tensors}
    return Whence(
        path=str(path),
        tensors=len(file.tensors),
        bytes=file.bytes,
        origins=tuple(origins),
        unknown=tuple(t.name for t in file.tensors if t.name not in known),
        looked_at=len(candidates),
        not_read=not_read,
    )


def started_from(runs: Runs, found: Found) -> Origin | None:
    """The earlier checkpoint that shares most with a run's first one: what was fine-tuned.

    Large ones by the blobs of their tensors, so none is read: `tensors` are files of the
    checkpoint's folder, `bytes` is 0. Those in one file are read. A run that saved the very same
    at the same step did the same, and is no start. None: nothing is shared, or the run has no
    checkpoint in git.
    """
    if found.oid is None or found.error is not None or not found.run.checkpoints:
        return None
    entry = found.run.checkpoints[0]
    with ObjectReader(runs.repo, fetch=False) as reader:
        own = _tensors_only(_files(reader, found, entry.label))
    wanted = {oid: name for name, oid in own.items()}
    if not wanted:
        return None
    earlier = [c for c in _checkpoints(runs, before_s=found.created_s) if c.found.id != found.id]
    place = (entry.label, entry.step, own)
    same = {c.found.id for c in earlier if (c.entry.label, c.entry.step, c.blobs) == place}
    earlier = [c for c in earlier if c.found.id not in same]
    shared = [{wanted[oid] for oid in c.blobs.values() if oid in wanted} for c in earlier]
    # Of equals the newest, which stands first: the runs between share the same tensors.
    best = max(range(len(earlier)), key=lambda i: len(shared[i]), default=None)
    if best is not None and shared[best]:
        names = tuple(sorted(shared[best]))
        return _origin(earlier[best], names, whole=len(names) == len(wanted))
    if list(own) != [SINGLE]:
        return None
    small = [candidate for candidate in earlier if list(candidate.blobs) == [SINGLE]]
    alike = most_shared(
        runs.repo,
        SmallFile(own[SINGLE], entry.bytes, entry.tensors),
        [SmallFile(c.blobs[SINGLE], c.entry.bytes, c.entry.tensors) for c in small],
    )
    if alike is None:
        return None
    return _origin(small[alike.place], alike.names, whole=alike.whole, size=alike.bytes)


def _origin(
    candidate: _Candidate, names: tuple[str, ...], *, whole: bool, size: int = 0
) -> Origin:
    return Origin(
        run=candidate.found.name,
        label=candidate.entry.label,
        step=candidate.entry.step,
        created_at=str(candidate.found.facts["created_at"]),
        tensors=names,
        bytes=size,
        whole=whole,
    )


def known_start(runs: Runs, found: Found) -> Origin | None:
    """`started_from`, looked for once and kept until runs come or go."""
    if found.oid is None or found.error is not None or not found.facts.get("checkpoints"):
        return None
    kind = f"started from/{runs.count()}"
    kept = runs.index.derived(found.oid, kind)
    if kept is None:
        origin = started_from(runs, found)
        kept = orjson.dumps(None if origin is None else asdict(origin))
        runs.index.keep(found.oid, kind, kept)
    data = orjson.loads(kept)
    return None if data is None else Origin(**{**data, "tensors": tuple(data["tensors"])})


def _checkpoints(runs: Runs, before_s: float | None = None) -> Iterator[_Candidate]:
    """All checkpoints that are in git, the newest run's first."""
    with ObjectReader(runs.repo, fetch=False) as reader:
        for found in runs.scan():
            if found.error is not None or found.oid is None:
                continue
            if before_s is not None and found.created_s >= before_s:
                continue
            if found.journal is None and _HAS_CHECKPOINTS not in found.to_json():
                continue
            for entry in found.run.checkpoints:
                files = _files(reader, found, entry.label)
                if blobs := _tensors_only(files):
                    oids_of = pointer_oids if ATTRIBUTES_FILE in files else git_oids
                    yield _Candidate(found, entry, blobs, files.get(HEADER), oids_of=oids_of)


def _files(reader: ObjectReader, found: Found, label: str) -> dict[str, str]:
    read = reader.read(f"{found.oid}:{CHECKPOINTS}/{label}")
    if read is None or read[0] != "tree":
        return {}
    entries = decode_tree(read[1], "sha256" if len(found.oid or "") == 64 else "sha1")
    return {name: oid for name, (_, oid) in entries.items()}


def _tensors_only(files: dict[str, str]) -> dict[str, str]:
    return {name: oid for name, oid in files.items() if name.endswith(SUFFIX)}


def _under_other_names(runs: Runs, file: FileBlobs, candidates: list[_Candidate]) -> None:
    """Find tensors that no checkpoint has under their names in large ones, under any."""
    known: set[str] = set().union(*(candidate.holds for candidate in candidates))
    left = [tensor for tensor in file.placed if tensor.name not in known]
    by_header: dict[str, list[_Candidate]] = {}
    for candidate in candidates:
        if candidate.header is not None:
            by_header.setdefault(candidate.header, []).append(candidate)
    if not left or not by_header:
        return
    # Checkpoints of one architecture have one header; the newest ones stand first.
    oids = list(by_header)[:_HEADERS]
    for oid, raw in zip(oids, read_blobs(runs.repo, oids), strict=True):
        try:
            header = parse_header(raw or b"")
        except ValueError:  # a stranger's, or left on a server
            continue
        for oids_of in dict.fromkeys(candidate.oids_of for candidate in by_header[oid]):
            for guess in guess_shards(left, header, runs.repo.object_format, oids_of):
                for candidate in by_header[oid]:
                    if guess.shards.items() <= candidate.blobs.items():
                        candidate.holds |= guess.tensors


def _look_into(runs: Runs, file: FileBlobs, candidates: list[_Candidate]) -> int:
    """Compare checkpoints in one file tensor by tensor; returns how many were not read."""
    small: dict[str, list[_Candidate]] = {}
    for candidate in candidates:
        if list(candidate.blobs) == [SINGLE] and not candidate.holds:
            small.setdefault(candidate.blobs[SINGLE], []).append(candidate)

    def likely(oid: str) -> tuple[bool, int]:
        entry = small[oid][0].entry
        return entry.tensors != len(file.tensors), abs(entry.bytes - file.bytes)

    chosen: list[str] = []
    size = 0
    for oid in sorted(small, key=likely):
        size += small[oid][0].entry.bytes
        if size > _READ_BYTES:
            break
        chosen.append(oid)
    by_key: dict[object, set[str]] = {}
    for tensor in file.tensors:
        by_key.setdefault(tensor.key, set()).add(tensor.name)
    for oid, data in zip(chosen, read_blobs(runs.repo, chosen), strict=True):
        try:
            keys = content_keys(data) if data is not None else set()
        except ValueError:
            continue
        holds = set().union(*(by_key.get(key, set()) for key in keys))
        for candidate in small[oid]:
            candidate.holds = holds
    return len(small) - len(chosen)


def _cover(file: FileBlobs, candidates: list[_Candidate]) -> list[Origin]:
    """The fewest checkpoints that explain all that can be, the one that explains most first."""
    sizes = {tensor.name: tensor.bytes for tensor in file.tensors}
    left = set(sizes)
    origins = []
    while left:

        def explains(candidate: _Candidate, left: set[str] = left) -> tuple[int, int, float]:
            names = candidate.holds & left
            return sum(map(sizes.__getitem__, names)), len(names), -candidate.found.created_s

        best = max(candidates, key=explains, default=None)
        if best is None or not best.holds & left:
            break
        names = best.holds & left
        others = sum(names <= c.holds for c in candidates) - 1
        origins.append(
            Origin(
                run=best.found.name,
                label=best.entry.label,
                step=best.entry.step,
                created_at=str(best.found.facts["created_at"]),
                tensors=tuple(name for name in sizes if name in names),
                bytes=sum(sizes[name] for name in names),
                whole=len(names) == len(sizes) == best.entry.tensors,
                also=others,
            )
        )
        left = left - names
    return origins
