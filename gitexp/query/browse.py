"""The address of a run's files on the host that it was pushed to."""

from __future__ import annotations

from typing import NamedTuple

from gitexp.errors import GitexpError
from gitexp.query.runs import Found
from gitexp.schema.hosts import KINDS, WebHost, web_host, without_credentials
from gitexp.store.remote import Remote, read_ids, read_tracking
from gitexp.store.repository import Repository


class Page(NamedTuple):
    """Where a browser finds a run."""

    url: str
    older: bool  # the host has an older state of it than we have


def run_page(repo: Repository, found: Found, remote: Remote, path: str = "") -> Page:
    """The page that shows a run's tree, or one file of it, at its newest commit there.

    No network is asked: what counts is what we know that the remote has.

    Args:
        repo: where the run is.
        found: the run.
        remote: the host.
        path: of a file or folder in the run's tree.

    Raises:
        GitexpError: the remote has no pages, has not got the run, or the run has no such file.
    """
    host = host_of(repo, remote)
    commit = _known_there(repo, found, remote)
    if commit is None:
        raise GitexpError(
            f"{remote.shown} does not have {found.name} yet",
            f"`gitexp push {found.name} {remote.shown}`",
        )
    inside = path.strip("/")
    if inside and not _exists(repo, commit, inside):
        raise GitexpError(f"{found.name} has no {inside} there", "`gitexp show` lists its files")
    return Page(host.commit_tree(commit, inside), commit != found.oid)


def host_of(repo: Repository, remote: Remote) -> WebHost:
    """The web pages of a remote.

    Raises:
        GitexpError: it has none that are known.
    """
    url = remote.url
    if remote.configured:
        # url.<base>.insteadOf may stand between the name and the address.
        url = repo.git("remote", "get-url", remote.name).decode("utf-8", "replace").strip()
    kind = repo.config.get(f"remote.{remote.name}.gitexphost")
    if kind and kind not in KINDS:
        raise GitexpError(
            f"remote.{remote.name}.gitexpHost is {kind!r}", f"it may be {', '.join(KINDS)}"
        )
    host = web_host(url, kind)
    if host is None:
        raise GitexpError(
            f"{without_credentials(url)} has no web pages that gitexp knows of",
            "it knows GitHub, GitLab, Gitea, Forgejo, Codeberg and Bitbucket by their names; "
            f"`git config remote.{remote.name}.gitexpHost gitlab` says so of another host",
        )
    return host


def _known_there(repo: Repository, found: Found, remote: Remote) -> str | None:
    tracking = read_tracking(repo, remote)
    if found.name in tracking:
        return tracking[found.name]
    ids = read_ids(repo, remote.tracking)
    return next((tracking[name] for name, run_id in ids.items() if run_id == found.id), None)


def _exists(repo: Repository, commit: str, path: str) -> bool:
    return bool(repo.git("rev-parse", "-q", "--verify", f"{commit}:{path}", ok=(0, 1, 128)))
