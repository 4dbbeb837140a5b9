"""Which untracked files stay out of a snapshot: large, secret-looking, generated ones, results."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from gitexp.schema.run import SkippedFile
from gitexp.store.code_diff import shown_path

TOO_LARGE = "too large"
SECRET = "looks like a secret"
GENERATED = "generated files"
NESTED = "a git repository of its own"
UNREADABLE = "cannot be read"
WRITTEN = "written by a run"

# Compared without case: with a slash, to the end of the path; else to the file's name.
_SECRETS = (
    *(".env", ".env.*", "*.env", ".envrc"),
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.ovpn"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".htpasswd", ".vault-token"),
    *(
        "credentials",
        "credentials.json",
        "credentials.y*ml",
        "credentials.toml",
        "credentials.csv",
    ),
    *("secrets.json", "secrets.y*ml", "secrets.toml", "client_secret*.json", "kaggle.json"),
    *("service-account*.json", "service_account*.json", "application_default_credentials.json"),
    *(".netrc", "_netrc", ".pypirc", ".npmrc", ".pgpass", ".my.cnf", ".boto", ".s3cfg"),
    *(".git-credentials", "kubeconfig", "*.kubeconfig", ".kube/config"),
    *(".dockercfg", ".docker/config.json", "*.tfstate", ".huggingface/token"),
)
_NO_SECRETS = ("*.example", "*.sample", "*.template", "*.dist", "*.pub", "example.env")

_GENERATED_FOLDERS = (b"__pycache__", b"node_modules", b".ipynb_checkpoints")


def split_untracked(
    top: Path,
    paths: Iterable[bytes],
    limit_bytes: int,
    secrets: Iterable[str] = (),
    written: Collection[bytes] = (),
) -> tuple[list[bytes], list[SkippedFile]]:
    """Sort untracked files into those that a snapshot takes and those that it leaves out.

    Args:
        top: the worktree.
        paths: relative to it, as git lists them: a nested repository ends in a slash.
        limit_bytes: files above this size stay out.
        secrets: globs of the user's, beside the built-in ones.
        written: what runs wrote.

    Returns:
        What goes in; what stays out and why, a folder of generated files or of results as one.
    """
    paths = list(paths)
    environments = {os.path.dirname(p) for p in paths if p.endswith(b"/pyvenv.cfg")}
    is_secret, is_users_secret = _matcher(_SECRETS), _matcher(secrets)
    is_harmless = _matcher(_NO_SECRETS)
    taken: list[bytes] = []
    skipped: list[SkippedFile] = []
    folders: dict[tuple[bytes, str], int] = {}
    for path in paths:
        size = _size(top, path)
        if size is None:  # gone since git saw it
            continue
        folder = _generated_folder(path, environments)
        text = os.fsdecode(path)
        if folder is not None:
            folders[folder, GENERATED] = folders.get((folder, GENERATED), 0) + size
            continue
        if path.endswith(b"/"):
            reason, size = NESTED, 0
        elif is_users_secret(text) or (is_secret(text) and not is_harmless(text)):
            reason = SECRET
        elif size > limit_bytes:
            reason = TOO_LARGE
        elif path in written:
            if folder := os.path.dirname(path):
                folders[folder, WRITTEN] = folders.get((folder, WRITTEN), 0) + size
                continue
            reason = WRITTEN
        elif not is_readable(top, path):
            reason = UNREADABLE
        else:
            taken.append(path)
            continue
        skipped.append(SkippedFile(shown_path(path), size, reason))
    skipped += (SkippedFile(f"{shown_path(p)}/", n, why) for (p, why), n in folders.items())
    return taken, skipped


def is_readable(top: Path, path: bytes) -> bool:
    """Whether git can read a file's content or a link's target; what is not there, it can."""
    full = os.path.join(os.fsencode(top), path)
    return os.access(full, os.R_OK) or os.path.islink(full) or not os.path.lexists(full)


def _size(top: Path, path: bytes) -> int | None:
    try:
        facts = os.lstat(os.path.join(os.fsencode(top), path))
    except OSError:
        return None
    return facts.st_size if stat.S_ISREG(facts.st_mode) else 0


def _matcher(globs: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path is matched by any of the globs."""
    lowered = [glob.lower().strip("/") for glob in globs]
    of_names = _any_of(glob for glob in lowered if "/" not in glob)
    of_paths = _any_of(f"*/{glob}" for glob in lowered if "/" in glob)

    def matches(path: str) -> bool:
        path = "/" + path.lower()
        return bool(of_names.match(path[path.rindex("/") + 1 :]) or of_paths.match(path))

    return matches


def _any_of(globs: Iterable[str]) -> re.Pattern[str]:
    nothing = "(?!)"
    return re.compile("|".join([nothing, *map(fnmatch.translate, globs)]))


def _generated_folder(path: bytes, environments: set[bytes]) -> bytes | None:
    """The outermost folder of generated files that a path is in, if any."""
    at = path.find(b"/")
    while at != -1:
        folder = path[:at]
        if folder in environments or os.path.basename(folder) in _GENERATED_FOLDERS:
            return folder
        at = path.find(b"/", at + 1)
    return None
