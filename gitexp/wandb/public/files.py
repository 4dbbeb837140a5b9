"""A run's files under the names that wandb's Api has for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from gitexp.query.app.files import media_rows
from gitexp.query.runs import Found
from gitexp.query.view import read_environment, read_run_file
from gitexp.record.added_files import SAVED, drop_file
from gitexp.schema import names
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.wandb.public.file import File
from gitexp.wandb.shapes import SUMMARY, Shapes

if TYPE_CHECKING:
    from gitexp.wandb.public.run import Run

_MEDIA = f"{names.MEDIA}/"
_SAVED = f"{SAVED}/"
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
    sizes = _sizes(repo, found)
    for path, size in sizes.items():
        if not path.startswith(_MEDIA) or path.startswith(_SAVED):
            files[path.removeprefix(_SAVED)] = _file(repo, found, run, path, size)
    if len(files) < len(sizes):
        files |= {file.name: file for file in _media(repo, found, run, sizes)}
    for name, make in _MADE.items():
        content = make(store, found, run)
        files.setdefault(name, File(name, len(content), run.url, partial(bytes, content)))
    return files


def own_file(repo: Repository, found: Found, run: Run, path: str) -> File | None:
    """A file of media/ by its path in the run's tree, which is not listed; None: there is none."""
    size = _sizes(repo, found).get(path)
    return None if size is None else _file(repo, found, run, path, size)


def _sizes(repo: Repository, found: Found) -> dict[str, int]:
    """By path: the files of the run's tree, and the media that a running one has logged."""
    sizes = RunStore(repo).list_files(found.oid) if found.oid is not None else {}
    if found.journal is not None:
        for file in (found.journal / names.MEDIA).rglob("*"):
            if file.is_file():
                sizes[file.relative_to(found.journal).as_posix()] = file.stat().st_size
    return sizes


def _file(
    repo: Repository, found: Found, run: Run, path: str, size: int, name: str | None = None
) -> File:
    saved = path.removeprefix(_SAVED)
    drop = partial(drop_file, repo, found.name, saved) if saved != path else None
    return File(name or saved, size, f"{run.url}:{path}", partial(_read, repo, found, path), drop)


def _media(repo: Repository, found: Found, run: Run, sizes: Mapping[str, int]) -> Iterator[File]:
    """What was logged, by the names that wandb gives it."""
    shapes = Shapes(run.id)
    for row in media_rows(repo, found):
        for key, value in row.items():
            shapes.shown(value, key, row.get("_step", 0))
    for key, value in (found.peek().get("summary") or {}).items():
        shapes.shown(value, key, SUMMARY)
    for name, source in shapes.files.items():
        if isinstance(source, bytes):
            yield File(name, len(source), run.url, partial(bytes, source))
        elif source in sizes:
            yield _file(repo, found, run, source, sizes[source], name)


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
