"""A run's files under the names that wandb's Api has for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from gitexp.query.runs import Found
from gitexp.query.view import read_environment, read_run_file
from gitexp.schema import names
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.wandb.public.file import File

if TYPE_CHECKING:
    from gitexp.wandb.public.run import Run

_SAVED = f"{names.MEDIA}/files/"
_JSON = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS


def files_of(repo: Repository, found: Found, run: Run) -> dict[str, File]:
    """By name: what is in the run's tree, what save() kept without its folder, and what wandb has.

    Args:
        repo: where.
        found: the run.
        run: the same, as the Api gives it.
    """
    store = RunStore(repo)
    files: dict[str, File] = {}
    if found.oid is not None:
        for path, size in store.list_files(found.oid).items():
            name = path.removeprefix(_SAVED)
            url = f"{run.url}:{path}"
            files[name] = File(name, size, url, partial(_read, repo, found, path))
    for name, make in _MADE.items():
        content = make(store, found, run)
        files.setdefault(name, File(name, len(content), run.url, partial(bytes, content)))
    return files


def _read(repo: Repository, found: Found, path: str) -> bytes:
    content = read_run_file(repo, found, path)
    if content is None:
        raise FileNotFoundError(f"run {found.name} has no file {path}")
    return content


def _summary(store: RunStore, found: Found, run: Run) -> bytes:
    return orjson.dumps(run.summary_metrics, option=_JSON)


def _metadata(store: RunStore, found: Found, run: Run) -> bytes:
    facts = found.peek()
    environment = read_environment(store, found)
    command = list(facts.get("command") or [])
    os_facts: dict[str, Any] = environment.get("os") or {}
    python: dict[str, Any] = environment.get("python") or {}
    cpu: dict[str, Any] = environment.get("cpu") or {}
    gpus = environment.get("gpus") or []
    told = {
        "os": os_facts.get("kernel") or os_facts.get("name"),
        "python": python.get("version"),
        "executable": python.get("executable"),
        "startedAt": facts.get("created_at"),
        "host": facts.get("host"),
        "username": run.username,
        "program": next((word for word in command if word.endswith(".py")), None),
        "args": command[2:],
        "git": {"commit": (facts.get("git") or {}).get("base_commit")},
        "cpu_count": cpu.get("cores"),
        "cpu_count_logical": cpu.get("threads"),
        "gpu": gpus[0].get("name") if gpus else None,
        "gpu_count": len(gpus),
        "state": run.state,
    }
    return orjson.dumps({k: v for k, v in told.items() if v is not None}, option=_JSON)


def _requirements(store: RunStore, found: Found, run: Run) -> bytes:
    packages = read_environment(store, found).get("packages") or {}
    return "".join(f"{name}=={version}\n" for name, version in packages.items()).encode()


_MADE = {
    "wandb-summary.json": _summary,
    "wandb-metadata.json": _metadata,
    "requirements.txt": _requirements,
}
