"""Named, versioned files that runs log and use: what run.json says of them.

A version of an artifact is known by its digest: content that a name has had already is no new
version. The digest is wandb's: the MD5 of a text with a line `path:digest` for each file, sorted
by path, where a file's digest is the base64 of its MD5. It names content; that nobody changed it
is what git's own oids are for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ARTIFACTS = "artifacts"  # the folder in a run's tree
LATEST = "latest"
MANIFEST = "manifest.json"
FILES, PARTS, TENSORS = "files", "parts", "tensors"

_NAME = re.compile(r"[\w.-]{1,128}", re.ASCII)
_VERSION = re.compile(r"v(\d{1,9})\Z")


@dataclass(frozen=True, slots=True)
class ArtifactEntry:
    """A version of an artifact that a run logged, in its tree under `folder`."""

    name: str
    type: str
    version: int
    digest: str
    bytes: int = 0
    files: int = 0
    created_at: str = ""
    description: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    # Alias → since when. Of all versions of a name, the one that got an alias last has it.
    aliases: dict[str, str] = field(default_factory=dict)
    dropped_aliases: dict[str, str] = field(default_factory=dict)  # … → since when not any more
    tags: tuple[str, ...] = ()
    ttl_days: int | None = None
    source: str | None = None  # of a link: name:version that it is another name of

    @property
    def folder(self) -> str:
        """Where its files are in the run's tree."""
        return f"{ARTIFACTS}/{self.name}/{self.digest[:12]}"

    @property
    def title(self) -> str:
        """`model:v3`."""
        return f"{self.name}:v{self.version}"

    def to_json(self) -> dict[str, Any]:
        """As it stands in run.json."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**told, "tags": list(self.tags)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ArtifactEntry:
        """The way back; what is not known is dropped."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**{**known, "tags": tuple(known.get("tags") or ())})


@dataclass(frozen=True, slots=True)
class UsedArtifact:
    """A version that a run read, and which run had logged it."""

    name: str
    type: str
    version: int
    digest: str
    run: str = ""
    id: str = ""  # the run's
    used_at: str = ""
    use_as: str | None = None

    @property
    def title(self) -> str:
        """`model:v3`."""
        return f"{self.name}:v{self.version}"

    def to_json(self) -> dict[str, Any]:
        """As it stands in run.json."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> UsedArtifact:
        """The way back; what is not known is dropped."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of an artifact, or what stands somewhere else and is only referred to."""

    path: str
    digest: str  # base64 of the MD5; of a reference its checksum, or the address
    size: int | None = None
    ref: str | None = None  # s3://…, https://…, file://…
    extra: dict[str, Any] = field(default_factory=dict)
    how: str = FILES  # which of the folders in git it is in

    def to_json(self) -> dict[str, Any]:
        """As it stands in the manifest, its path left out."""
        told: dict[str, Any] = {"digest": self.digest, "size": self.size}
        if self.ref is not None:
            told |= {"ref": self.ref, "extra": self.extra}
        elif self.how != FILES:
            told["how"] = self.how
        return told


def encode_manifest(entries: Iterable[FileEntry]) -> dict[str, Any]:
    """The content of manifest.json."""
    return {"format": 1, "entries": {entry.path: entry.to_json() for entry in entries}}


def decode_manifest(data: Any) -> list[FileEntry]:
    """The way back; a stranger may have written it.

    Raises:
        ValueError: it is none, or a path leads out of the artifact.
    """
    entries = data.get("entries") if isinstance(data, dict) else None
    if not isinstance(entries, dict):
        raise ValueError("it has no entries")
    found = []
    for path, told in entries.items():
        if not isinstance(told, dict):
            raise ValueError(f"{path!r} is no object")
        ref, size, extra = told.get("ref"), told.get("size"), told.get("extra")
        found.append(
            FileEntry(
                checked_path(path),
                str(told.get("digest", "")),
                size if isinstance(size, int) and not isinstance(size, bool) else None,
                ref if isinstance(ref, str) else None,
                extra if isinstance(extra, dict) else {},
                how if (how := told.get("how")) in (PARTS, TENSORS) else FILES,
            )
        )
    return found


def manifest_digest(entries: Iterable[FileEntry]) -> str:
    """What a version is known by."""
    digest = hashlib.md5(b"wandb-artifact-manifest-v1\n", usedforsecurity=False)
    for entry in sorted(entries, key=lambda entry: entry.path):
        digest.update(f"{entry.path}:{entry.digest}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def why_not_a_name(name: str) -> str | None:
    """Why a text cannot be an artifact's name; None: it can."""
    if not _NAME.fullmatch(name):
        return "it may have letters, digits, '_', '-' and '.' only, 128 at most"
    if name.strip(".") == "" or name.lower() == ".git":
        return "no folder can be called so"
    return None


def version_number(alias: str) -> int | None:
    """3 for `v3`; None for any other alias."""
    match = _VERSION.match(alias)
    return int(match[1]) if match else None


def checked_path(path: str) -> str:
    """A file's path in an artifact, with `/` and nothing to stumble over.

    Raises:
        ValueError: it leads out of the artifact, or git cannot keep it.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise ValueError(f"{path!r} is no path inside an artifact")
    if any(part.lower() == ".git" for part in parts):
        raise ValueError(f"{path!r}: git keeps nothing that is called .git")
    return "/".join(parts)


def alias_holders(entries: Sequence[ArtifactEntry]) -> dict[str, int]:
    """Alias → version that has it, among the versions of one name.

    An alias is at the version that got it last, unless it was taken from that one since.
    """
    newest: dict[str, tuple[str, int]] = {}
    for entry in entries:
        for alias, since in entry.aliases.items():
            newest[alias] = max(newest.get(alias, ("", -1)), (since, entry.version))
    gone: dict[tuple[str, int], str] = {}
    for entry in entries:
        for alias, since in entry.dropped_aliases.items():
            key = alias, entry.version
            gone[key] = max(gone.get(key, ""), since)
    return {
        alias: version
        for alias, (since, version) in newest.items()
        if since >= gone.get((alias, version), "")
    }


def number_versions(entries: Iterable[ArtifactEntry]) -> dict[str, int]:
    """Digest → number, of the versions of one name that several runs logged.

    A version has the number that it was given when it was logged. Where two machines gave the same
    number to different contents, the older one keeps it, and the other one goes to the end.
    """
    oldest: dict[str, tuple[int, str]] = {}
    for entry in entries:
        told = entry.version, entry.created_at
        oldest[entry.digest] = min(oldest.get(entry.digest, told), told)
    numbers: dict[str, int] = {}
    late: list[str] = []
    for digest, (version, _) in sorted(oldest.items(), key=lambda row: (row[1], row[0])):
        if version in numbers.values():
            late.append(digest)
        else:
            numbers[digest] = version
    for number, digest in enumerate(late, max(numbers.values(), default=-1) + 1):
        numbers[digest] = number
    return numbers


def merge_entries(first: list[Any], second: list[Any]) -> list[Any]:
    """Two people's versions of a run's `artifacts`: all versions, and the aliases of both."""
    merged: dict[tuple[Any, Any], dict[str, Any]] = {}
    for told in (*first, *second):
        key = told.get("name"), told.get("digest")
        known = merged.setdefault(key, dict(told))
        for name in ("aliases", "dropped_aliases"):
            both = dict(known.get(name) or {})
            for alias, since in (told.get(name) or {}).items():
                both[alias] = max(str(both.get(alias, "")), str(since))
            known[name] = both
    return list(merged.values())
