"""The files of a run's tree, written from its journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from gitexp.journal import folders
from gitexp.journal.fold import JournalFold
from gitexp.record.findings import findings_of
from gitexp.record.guard import report
from gitexp.render import text
from gitexp.schema import clock, names
from gitexp.schema.curves import Curves
from gitexp.schema.diff import FileDelta
from gitexp.schema.headline import headline_metrics, metric_groups
from gitexp.schema.media import newest_media
from gitexp.schema.metrics import MetricsFold
from gitexp.schema.run import FINISHED, RUNNING, Run
from gitexp.schema.view import RunView
from gitexp.store.code_diff import changes_since_base
from gitexp.store.objects import FILE, ObjectWriter, TreeEntry
from gitexp.store.runs import RunStore

_OUTPUT_TAIL_BYTES = 64 * 1024
_SERIES = 64
_JSON = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS

PartCache = dict[tuple[str, int], tuple[str, int]]  # (file, part) → (oid, bytes of the file)


def add_parts(
    writer: ObjectWriter,
    files: dict[str, TreeEntry],
    path: Path,
    cache: PartCache,
    *,
    settled: int | None = None,
    filter_json: bool = False,
    final: bool = False,
) -> None:
    """Add a growing file in parts of whole lines, `PART_BYTES` each.

    Args:
        writer: where to.
        files: gets name → entry.
        path: the journal's file.
        cache: complete parts that were written before; they never change.
        settled: the bytes of the file that will not change any more; None: all.
        filter_json: leave out lines that a crash tore.
        final: nobody writes any more, so a whole last line that lacks its newline gets it.
    """
    offset = number = 0
    while cached := cache.get((path.name, number + 1)):
        number += 1
        files[names.part_name(path.name, number)] = (FILE, cached[0])
        offset += cached[1]
    for part, complete in _parts(path, offset, final):
        number += 1
        offset += len(part)
        content = part
        if filter_json and path.suffix == ".jsonl":
            content = b"".join(line for line in part.splitlines(keepends=True) if _is_json(line))
        oid = writer.blob(content)
        files[names.part_name(path.name, number)] = (FILE, oid)
        if complete and (settled is None or offset <= settled):
            cache[(path.name, number)] = (oid, len(part))


def _parts(path: Path, offset: int, final: bool) -> Iterator[tuple[bytes, bool]]:
    """Blocks of whole lines from `offset` on, and whether no more lines can come to a block."""
    try:
        file = path.open("rb")
    except OSError:
        return
    with file:
        file.seek(offset)
        while block := file.read(names.PART_BYTES):
            full = len(block) == names.PART_BYTES
            end = block.rfind(b"\n") + 1
            while full and not end:  # a single line longer than a part
                more = file.read(names.PART_BYTES)
                full = bool(more)
                block += more
                end = block.find(b"\n") + 1
            if final and not full and path.suffix == ".jsonl" and _is_json(block[end:]):
                yield block + b"\n", full
                return
            if not end and path.suffix == ".jsonl":
                return
            if end and (full or path.suffix == ".jsonl"):
                file.seek(end - len(block), 1)
                block = block[:end]
            yield block, full
            if not full:
                return


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def add_documents(writer: ObjectWriter, files: dict[str, TreeEntry], view: RunView) -> None:
    """Add what is written from the facts: run.json, config.yaml, README.md and plots/."""

    def add(name: str, content: bytes) -> None:
        files[name] = (FILE, writer.blob(content))

    add(names.RUN, as_json(view.run.to_json()))
    add(names.CONFIG, _yaml(view.run.config))
    if view.findings:
        add(names.DIAGNOSTICS, orjson.dumps(view.findings, option=_JSON))
    for name, page in _pages(view).items():
        add(name, page.encode("utf-8", "replace"))


def as_json(content: Any) -> bytes:
    """A JSON file of the tree."""
    return orjson.dumps(content, option=_JSON)


def environment_of(folder: Path, run: Run) -> dict[str, Any]:
    """environment.json: what was found from outside, and what the training itself set."""
    found = folders.read_json(folder / folders.ENVIRONMENT) or {}
    training = run.capture.get("environment")
    return {**found, "training": training} if isinstance(training, Mapping) else found


def _pages(view: RunView) -> dict[str, str]:
    """README.md and its pictures; a run without them is better than no run."""
    try:
        from gitexp.render.plots import run_plots
        from gitexp.render.readme import run_readme

        plots = {f"{names.PLOTS}/{name}": svg for name, svg in run_plots(view).items()}
        return {names.README: run_readme(view), **plots}
    except Exception as error:  # noqa: BLE001 - whatever a run's data does to a renderer
        report(error, "rendering README.md")
        return {names.README: f"# {view.run.name}\n\nSee run.json.\n"}


def _yaml(config: dict[str, Any]) -> bytes:
    if not config:
        return b"{}\n"
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    content = yaml.dump(
        config, Dumper=dumper, sort_keys=False, allow_unicode=True, encoding="utf-8"
    )
    assert isinstance(content, bytes)
    return content


def journal_view(
    fold: JournalFold, run: Run, folder: Path, changes: tuple[FileDelta, ...]
) -> RunView:
    """What README.md and its plots show of a journal."""
    environment = environment_of(folder, run)
    view = _view(run, fold.curves, _tail(folder / folders.OUTPUT), environment, changes)
    return replace(
        view,
        model=folders.read_json(folder / names.MODEL) or {},
        findings=tuple(finding.to_json() for finding in findings_of(fold, run)),
        media=newest_media(fold.metrics.others, lambda path: _read(folder / path)),
    )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def stored_view(store: RunStore, oid: str, run: Run) -> RunView:
    """The same of a run that is in git."""
    curves = Curves(clock.from_iso(run.created_at))
    metrics = MetricsFold()
    for row in _objects(store.read_parts(oid, names.METRICS)):
        curves.add_row(row)
        metrics.add(row)
    for sample in _objects(store.read_parts(oid, names.HARDWARE)):
        curves.add_sample(sample)
    output = store.read_parts(oid, names.OUTPUT)[-_OUTPUT_TAIL_BYTES:].decode("utf-8", "replace")
    found = _objects(store.read_file(oid, names.ENVIRONMENT) or b"", whole=True)
    view = _view(run, curves, output, next(found, None), changes_since_base(store.repo, run.git))
    model = _objects(store.read_file(oid, names.MODEL) or b"", whole=True)
    found = _objects(store.read_file(oid, names.DIAGNOSTICS) or b"", whole=True)
    media = newest_media(metrics.others, lambda path: store.read_file(oid, path))
    return replace(view, model=next(model, {}), findings=tuple(found), media=media)


def _view(
    run: Run,
    curves: Curves,
    output: str,
    environment: Mapping[str, Any] | None,
    changes: tuple[FileDelta, ...],
) -> RunView:
    # A run may have thousands of metrics; its README shows a few.
    ranked = [key for group in metric_groups(run.metrics) for key in group.keys]
    return RunView(
        run=run,
        series=curves.metric_series(ranked[:_SERIES]),
        hardware=curves.hardware_series(),
        output=output,
        output_lines=output.count("\n"),
        environment=dict(environment or {}),
        code_changes=changes,
    )


def _objects(data: bytes, *, whole: bool = False) -> Iterator[dict[str, Any]]:
    for line in [data] if whole else data.splitlines():
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        # diagnostics.json is an array of them.
        yield from (item for item in _listed(found) if isinstance(item, dict))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _OUTPUT_TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def subject_line(run: Run, *, started: bool) -> str:
    """A commit's subject: `quick-purple-dove: finished in 12m 3s, val_loss 0.0123`."""
    if started:
        return f"{run.name}: started"
    told = [
        f"{key} {text.number(run.metrics[key].last)}" for key in headline_metrics(run.metrics, 2)
    ]
    if run.status == RUNNING:
        steps = [metric.last_step for metric in run.metrics.values()]
        what = f"step {max(steps)}" if steps else "running"
    else:
        joint = "in" if run.status == FINISHED else "after"
        what = f"{run.status} {joint} {text.duration(run.duration_s or 0)}"
        if run.signal:
            what += f" by {run.signal}"
        elif run.exit_code:
            what += f", exit code {run.exit_code}"
    return f"{run.name}: {', '.join([what, *told])}"


def commit_message(run: Run, subject: str) -> str:
    """A subject for people and trailers for machines."""
    return "\n".join(
        [
            subject,
            "",
            f"{names.TRAILER_RUN}: {run.name}",
            f"{names.TRAILER_ID}: {run.id}",
            f"{names.TRAILER_STATUS}: {run.status}",
        ]
    )
