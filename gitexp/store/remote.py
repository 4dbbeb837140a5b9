"""Remotes: which one is meant, what it has, and what we know that it had."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gitexp.errors import NoRemote, RemoteProblem
from gitexp.schema import names
from gitexp.schema.hosts import without_credentials
from gitexp.store.process import run_git
from gitexp.store.refs import read_refs
from gitexp.store.repository import Repository

_URL = re.compile(r"[a-z][a-z0-9+.-]*://|[^/\s]+@?[^/\s]*:[^/\s]|\.{0,2}/|~/")
_PATH = re.compile(r"\.{0,2}/|~/")
_PATTERNS = (f"{names.REF_PREFIX}*", f"{names.BRANCH_PREFIX}*", names.NOTES_REF)


@dataclass(frozen=True, slots=True)
class Remote:
    """A place that runs are pushed to and fetched from."""

    name: str  # as in git's configuration; of an address: made from it
    url: str  # as configured
    configured: bool = True

    @property
    def address(self) -> str:
        """What git is told: the name, so that its settings count, or the address."""
        return self.name if self.configured else self.url

    @property
    def shown(self) -> str:
        """What people are told."""
        return self.name if self.configured else without_credentials(self.url)

    @property
    def tracking(self) -> str:
        """Below it lie refs to the remote's runs as they were when we last looked."""
        return f"{names.FETCHED_PREFIX}{self.name}/"


def is_remote(repo: Repository, word: str) -> bool:
    """Whether a word names a remote or is an address of one."""
    return f"remote.{word}.url" in repo.config or _is_address(repo, word)


def find_remote(repo: Repository, word: str | None = None) -> Remote:
    """The remote of that name or address; None: where the user's branch goes, else origin.

    Raises:
        NoRemote: there is none.
    """
    url = repo.config.get(f"remote.{word}.url") if word else None
    if word and url is not None:
        return Remote(word, url)
    if word:
        if not _is_address(repo, word):
            known = ", ".join(remote_names(repo)) or "none"
            raise NoRemote(f"there is no remote named {word!r} (there is: {known})")
        local = Path(word).expanduser()
        if (_PATH.match(word) or is_bundle_name(word)) and not local.exists():
            raise NoRemote(f"there is no file or repository {word!r}")
        # git runs in the worktree's top, people name a file from where they are.
        url = os.path.abspath(local) if "://" not in word and local.exists() else word
        slug = re.sub(r"[^\w.-]+", "-", without_credentials(url)).strip("-.")
        return Remote(slug.replace("..", ".").removesuffix(".lock"), url, configured=False)
    return find_remote(repo, _default(repo))


def remote_names(repo: Repository) -> list[str]:
    """The user's remotes; those that gitexp keeps beside them are left out."""
    keys = [key for key in repo.config if key.startswith("remote.") and key.endswith(".url")]
    all_names = [key[len("remote.") : -len(".url")] for key in keys]
    return [name for name in all_names if not is_ours(repo, name)]


def is_ours(repo: Repository, name: str) -> bool:
    """Whether a remote is one that gitexp keeps beside the user's."""
    return repo.config.get(f"remote.{name}.gitexp") == "true"


def local_server(repo: Repository, remote: Remote, service: str) -> list[str]:
    """How git is to serve a remote that is a folder of this machine; nothing for others.

    git lets no setting of ours reach the other repository. There, a small push would be written
    as one file for each object, its tensors compressed for that, and each fetch of them would
    look for likenesses between them: minutes for 200 MB.

    Args:
        repo: where.
        remote: the other one.
        service: "receive-pack" or "upload-pack".
    """
    url = remote.url
    if remote.configured:
        which = ["--push"] if service == "receive-pack" else []
        url = os.fsdecode(repo.git("remote", "get-url", *which, remote.name)).splitlines()[0]
        if f"remote.{remote.name}.{service.replace('-', '')}" in repo.config:
            return []
    path = url.removeprefix("file://")
    if not (Path(repo.top) / path / "HEAD").is_file():
        return []
    settings = "-c core.bigFileThreshold=1m -c receive.unpackLimit=1"
    return [f"--{service}=git {settings} {service}"]


class There(NamedTuple):
    """What a remote has now."""

    runs: dict[str, tuple[str, str]]  # name → (full ref there, oid)
    notes: str | None  # the newest commit of the notes that link commits and runs


def list_remote(repo: Repository, remote: Remote) -> There:
    """The runs that a remote has now, and its notes.

    Raises:
        RemoteProblem: it cannot be reached.
    """
    args = ("ls-remote", "--refs", remote.address, *_PATTERNS)
    done = run_git(args, repo.top, repo.environment)
    if done.returncode != 0:
        raise RemoteProblem(remote.shown, os.fsdecode(done.stderr))
    found: dict[str, tuple[str, str]] = {}
    notes = None
    for line in os.fsdecode(done.stdout).splitlines():
        oid, _, ref = line.partition("\t")
        notes = oid if ref == names.NOTES_REF else notes
        for prefix in (names.BRANCH_PREFIX, names.REF_PREFIX):
            # A ref of a run's own wins over a branch of the same name.
            if ref.startswith(prefix):
                known = found.get(ref.removeprefix(prefix))
                if known is None or known[0].startswith(names.BRANCH_PREFIX):
                    found[ref.removeprefix(prefix)] = (ref, oid)
    return There(found, notes)


def read_tracking(repo: Repository, remote: Remote) -> dict[str, str]:
    """The runs that a remote had when we last looked: name → oid."""
    refs = read_refs(repo, remote.tracking)
    return {ref.removeprefix(remote.tracking): oid for ref, oid in refs.items()}


def read_ids(repo: Repository, prefix: str) -> dict[str, str]:
    """Name → id of the runs below a prefix, from their commits; "" where one tells none."""
    trailer = f"%(contents:trailers:key={names.TRAILER_ID},valueonly,separator=%x20)"
    said = repo.git("for-each-ref", f"--format=%(refname)%00{trailer}%00", prefix)
    fields = os.fsdecode(said).split("\0")[:-1]
    pairs = zip(fields[::2], fields[1::2], strict=True)
    return {ref.strip().removeprefix(prefix): run_id.strip() for ref, run_id in pairs}


def _default(repo: Repository) -> str:
    config = repo.config
    branch = repo.head().branch
    for key in (f"branch.{branch}.pushremote", "remote.pushdefault", f"branch.{branch}.remote"):
        name = config.get(key)
        if name and f"remote.{name}.url" in config:
            return name
    known = remote_names(repo)
    if "origin" in known or len(known) == 1:
        return "origin" if "origin" in known else known[0]
    if known:
        raise NoRemote(f"which remote? There is: {', '.join(known)}")
    raise NoRemote("this repository has no remote")


def _is_address(repo: Repository, word: str) -> bool:
    # `best:val_loss` is a run.
    if word.startswith("best:"):
        return False
    path = Path(word).expanduser()
    known = bool(_URL.match(word)) or is_bundle_name(word)
    return known or (path / "HEAD").is_file() or is_bundle(path)


def is_bundle_name(word: str) -> bool:
    """Whether a word is what people call a bundle, be it there or not."""
    return word.endswith(".bundle")


def is_bundle(path: Path) -> bool:
    """Whether a file is what `git bundle` wrote."""
    try:
        with path.open("rb") as file:
            return file.read(16).startswith((b"# v2 git bundle", b"# v3 git bundle"))
    except OSError:
        return False
