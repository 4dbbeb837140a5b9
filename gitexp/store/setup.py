"""What is convenient to have in a repository's own configuration, set at once and taken back."""

from __future__ import annotations

from gitexp.schema import names
from gitexp.store.attributes import allow_deltas, forbid_deltas
from gitexp.store.fetch import missing_of, promisor_of, set_up_promisor
from gitexp.store.hooks import BLOCKED, install_hooks, uninstall_hooks
from gitexp.store.refs import read_refs
from gitexp.store.remote import Remote, is_ours, remote_names
from gitexp.store.repository import Repository

# Their refs would decorate `git log` beside each run's own.
_HIDDEN = "refs/gitexp/*"
_NOTES = "refs/notes/experiments"


def set_up(repo: Repository, remote: Remote | None, *, hooks: bool, git_fetch: bool) -> list[str]:
    """Set up a repository; what is set already stays as it is.

    Args:
        repo: which.
        remote: where runs are shared; None: nowhere.
        hooks: whether to install the git hooks.
        git_fetch: whether a plain `git fetch` shall bring the remote's runs, too.

    Returns:
        What was done, in lines.
    """
    done = []
    if forbid_deltas(repo):
        done.append("git looks for no deltas between tensors (info/attributes)")
    if _add(repo, "log.excludeDecoration", _HIDDEN):
        done.append("git log does not show the refs of fetched runs (log.excludeDecoration)")
    if remote is not None and remote.configured:
        known = f"remote.{promisor_of(remote)}.url" in repo.config
        name = set_up_promisor(repo, remote)
        if not known:
            done.append(f"runs are fetched through {name}, which leaves checkpoints on the server")
        if git_fetch and _add(repo, f"remote.{remote.name}.fetch", _refspec(remote)):
            done.append(f"git fetch {remote.name} brings runs, with their checkpoints")
    if hooks:
        states = install_hooks(repo)
        done += [f"hook {s.name}: {s.state}{f', {s.why}' if s.why else ''}" for s in states]
        if any(s.state != BLOCKED for s in states) and _add(repo, "notes.displayRef", _NOTES):
            done.append("git log shows which runs ran a commit (notes.displayRef)")
    return done


def undo(repo: Repository) -> tuple[list[str], list[str]]:
    """Take back all that `set_up` and fetches set; the runs stay.

    Returns:
        What was done, and what was not and why.
    """
    done, left = [], []
    done += [f"hook {state.name}: removed" for state in uninstall_hooks(repo)]
    for key, value in (("log.excludeDecoration", _HIDDEN), ("notes.displayRef", _NOTES)):
        if _take_out(repo, key, value):
            done.append(f"{key}: {value} removed")
    for name in remote_names(repo):
        remote = Remote(name, "")
        if _take_out(repo, f"remote.{name}.fetch", _refspec(remote)):
            done.append(f"git fetch {name} leaves the runs alone")
    ours = [
        key.split(".", 1)[1].removesuffix(".gitexp")
        for key in repo.config
        if key.startswith("remote.") and key.endswith(".gitexp")
    ]
    refs = [*read_refs(repo, names.REF_PREFIX).values()]
    refs += read_refs(repo, names.FETCHED_PREFIX).values()
    missing = missing_of(repo, refs) if ours else []
    for name in filter(lambda name: is_ours(repo, name), ours):
        if missing:
            left.append(
                f"{name} stays: {len(missing)} files of checkpoints are only on its server "
                "(`gitexp fetch --checkpoints` brings them)"
            )
        else:
            repo.git("config", "--local", "--remove-section", f"remote.{name}")
            done.append(f"remote {name} removed")
    if allow_deltas(repo):
        done.append("info/attributes as it was")
    repo.__dict__.pop("config", None)
    return done, left


def _refspec(remote: Remote) -> str:
    return f"+{names.REF_PREFIX}*:{remote.tracking}*"


def _values(repo: Repository, key: str) -> list[str]:
    said = repo.git("config", "--local", "--get-all", key, ok=(0, 1))
    return said.decode("utf-8", "replace").splitlines()


def _add(repo: Repository, key: str, value: str) -> bool:
    if value in _values(repo, key):
        return False
    repo.git("config", "--local", "--add", key, value)
    return True


def _take_out(repo: Repository, key: str, value: str) -> bool:
    if value not in _values(repo, key):
        return False
    # The user's own values stay where they are in the file.
    repo.git("config", "--local", "--fixed-value", "--unset-all", key, value)
    return True
