"""Fetching runs into refs of their own, checkpoints left on the server until somebody asks.

A filtered fetch makes its remote a promisor: git remembers what was left out and where it is. On
the user's own remote that would thin the user's own fetches too, so there is a second remote
beside it, `gitexp-origin` beside `origin`, of the same address.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterable, Mapping, Sequence

from gitexp.errors import CheckpointNotHere, GitCommandFailed, RemoteProblem
from gitexp.schema import names
from gitexp.store.local_only import local_only
from gitexp.store.objects import FILE, decode_tree
from gitexp.store.reader import ObjectReader, missing_objects
from gitexp.store.remote import Remote, is_ours, local_server, read_tracking
from gitexp.store.repository import Repository
from gitexp.store.transfer import PACKING, Progress, transfer

FILTER = "blob:limit=1m"
_PREFIX = "gitexp-"
# What the user has set for reaching the remote holds for ours too.
_COPIED = ("proxy", "proxyauthmethod", "uploadpack", "vcs")
_QUIET = (
    "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules",
)  # fmt: skip
_AT_ONCE = 2000  # objects asked for by one git process


def promisor_of(remote: Remote) -> str:
    """The name of the remote that gitexp keeps beside one of the user's."""
    return _PREFIX + remote.name


def set_up_promisor(repo: Repository, remote: Remote) -> str:
    """Make or refresh the remote beside the user's; returns its name."""
    name = promisor_of(remote)
    wanted = {
        "url": remote.url,
        "gitexp": "true",
        "promisor": "true",
        "partialclonefilter": FILTER,
        "skipDefaultUpdate": "true",
        "tagOpt": "--no-tags",
        "fetch": f"+{names.REF_PREFIX}*:{remote.tracking}*",
    }
    for key in _COPIED:
        value = repo.config.get(f"remote.{remote.name}.{key}")
        if value is not None:
            wanted[key] = value
    for option in local_server(repo, remote, "upload-pack"):
        wanted["uploadpack"] = option.partition("=")[2]
    for key, value in wanted.items():
        full = f"remote.{name}.{key}"
        if repo.config.get(f"remote.{name}.{key.lower()}") != value:
            _configure(repo, full, value)
    repo.__dict__.pop("config", None)
    return name


def _configure(repo: Repository, key: str, value: str) -> None:
    for attempt in itertools.count(1):
        try:
            repo.git("config", "--local", "--replace-all", key, value)
            return
        except GitCommandFailed:
            # Another git process is writing the file.
            if attempt == 20:
                raise
            time.sleep(0.05)


def fetch_refs(
    repo: Repository,
    remote: Remote,
    wanted: Mapping[str, tuple[str, str]],
    *,
    everything: bool = False,
    progress: Progress | None = None,
) -> None:
    """Fetch runs into the remote's tracking refs.

    Args:
        repo: where to.
        remote: where from; if it is one of the user's, large files stay there.
        wanted: name → (ref there, oid there).
        everything: `wanted` is all that is below refs/experiments/ there.
        progress: gets what git says.

    Raises:
        RemoteProblem: it cannot be reached, or does not give them.
    """
    if not wanted:
        return
    partial = remote.configured
    address = set_up_promisor(repo, remote) if partial else remote.url
    by_glob = everything and all(r.startswith(names.REF_PREFIX) for r, _ in wanted.values())
    if by_glob:
        specs = [f"+{names.REF_PREFIX}*:{remote.tracking}*"]
    else:
        specs = [f"+{ref}:{remote.tracking}{name}" for name, (ref, _) in wanted.items()]
        _make_room(repo, remote, wanted)
    # Loose objects would be compressed once more, each into a file of its own.
    args = ["-c", "fetch.unpackLimit=1", *PACKING, "fetch", *_QUIET, "--refmap=", "--no-prune"]
    args += [f"--filter={FILTER}"] if partial else []
    args += ["--progress"] if progress else ["--quiet"]
    done = transfer(
        repo, [*args, "--stdin", address], input="\n".join(specs) + "\n", progress=progress
    )
    if done.code != 0:
        raise RemoteProblem(remote.shown, done.stderr)
    if partial:
        now = read_tracking(repo, remote)
        # Where the server gives no single files, they are asked for when somebody reads them.
        with contextlib.suppress(CheckpointNotHere):
            bring(repo, _large_series(repo, [now[n] for n in wanted if n in now]), progress)


def _make_room(repo: Repository, remote: Remote, wanted: Mapping[str, tuple[str, str]]) -> None:
    """Drop tracking refs that cannot stand beside new ones: `a` beside `a/b`."""
    for known in read_tracking(repo, remote):
        if any(f"{n}/".startswith(f"{known}/") != (n == known) for n in wanted) or any(
            known.startswith(f"{n}/") for n in wanted
        ):
            repo.git("update-ref", "-d", remote.tracking + known)


def _large_series(repo: Repository, oids: Iterable[str]) -> set[str]:
    """The metrics and logs that the filter left out: parts are larger than its limit."""
    blobs: set[str] = set()
    with ObjectReader(repo, fetch=False) as reader:
        for oid in oids:
            found = reader.read(f"{oid}^{{tree}}")
            entries = {} if found is None else decode_tree(found[1], repo.object_format)
            blobs |= {blob for mode, blob in entries.values() if mode == FILE}
    return missing_objects(repo, blobs)


def missing_of(repo: Repository, oids: Sequence[str]) -> list[str]:
    """Objects that a server holds for us, of all that these commits reach.

    What the user's own branches reach is not looked at: it came by the user's own fetches.
    """
    if not oids:
        return []
    said = transfer(
        repo,
        [
            *("rev-list", "--objects", "--no-object-names", "--missing=print", "--stdin"),
            *("--not", "--branches", "--tags", "--remotes"),
        ],
        input="".join(f"{oid}\n" for oid in oids),
    )
    if said.code != 0:
        raise GitCommandFailed(["rev-list", "--objects"], said.code, said.stderr)
    return [line[1:] for line in said.stdout.splitlines() if line.startswith("?")]


def bring(repo: Repository, oids: Iterable[str], progress: Progress | None = None) -> None:
    """Fetch objects that servers hold for us, many at once.

    git fetches them one by one when they are read, a connection for each.

    Raises:
        CheckpointNotHere: no server gives them.
    """
    wanted = sorted(set(oids))
    said = ""
    for name in _promisors(repo):
        if not wanted:
            break
        for at in range(0, len(wanted), _AT_ONCE):
            done = transfer(
                repo,
                [
                    *("-c", "fetch.negotiationAlgorithm=noop", "-c", "fetch.unpackLimit=1"),
                    *PACKING,
                    *("fetch", *_QUIET, "--filter=blob:none"),
                    *(["--progress"] if progress else ["--quiet"]),
                    *("--stdin", name),
                ],
                input="".join(f"{oid}\n" for oid in wanted[at : at + _AT_ONCE]),
                progress=progress,
            )
            said = done.stderr or said
        wanted = sorted(missing_objects(repo, wanted))
    if wanted:
        raise CheckpointNotHere(len(wanted), said)


def bring_at_once(repo: Repository, oids: Sequence[str]) -> None:
    """Fetch those of some objects that a server holds, before they are read one by one.

    Nothing happens, and no process is run, in a repository that has left nothing on a server. What
    cannot be fetched is missing to whoever reads it.
    """
    if len(oids) > 1 and local_only(repo):
        missing = missing_objects(repo, oids)
        if len(missing) > 1:
            with contextlib.suppress(CheckpointNotHere):
                bring(repo, missing)


def _promisors(repo: Repository) -> list[str]:
    keys = [key for key in repo.config if key.startswith("remote.") and key.endswith(".promisor")]
    found = [key[len("remote.") : -len(".promisor")] for key in keys]
    return sorted(found, key=lambda name: not is_ours(repo, name))


def fetch_time_s(repo: Repository) -> float | None:
    """When runs were last fetched, seconds since the epoch."""
    try:
        return os.stat(repo.gitexp_dir / "fetched").st_mtime
    except OSError:
        return None


def note_fetch(repo: Repository) -> None:
    """Keep when runs were fetched."""
    repo.gitexp_dir.mkdir(exist_ok=True)
    (repo.gitexp_dir / "fetched").touch()
    os.utime(repo.gitexp_dir / "fetched")
