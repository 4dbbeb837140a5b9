"""The run as the training process sees it: everything it says goes into the journal at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from gitexp.journal import events, folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import encode_event
from gitexp.journal.wake import wake
from gitexp.record.defined import Metric, check_definition, summaries_of
from gitexp.record.guard import guarded, warn
from gitexp.record.mappings import Config
from gitexp.record.shared_rows import SharedRows
from gitexp.record.summary import Summary
from gitexp.record.values import plain_config, plain_metric
from gitexp.schema import names, tree
from gitexp.schema.metrics import HIGHER, LOWER
from gitexp.schema.redact import redact_mapping
from gitexp.schema.run import FAILED, FINISHED, Run

if TYPE_CHECKING:
    from gitexp.journal.fold import JournalFold

_GOALS = {"min": LOWER, "minimize": LOWER, "lower": LOWER}
_GOALS |= {"max": HIGHER, "maximize": HIGHER, "higher": HIGHER}


class ActiveRun(SharedRows):
    """A run that this process records.

    Threads may call everything. A forked child writes what it logs with this object, and nothing
    that it only inherited (the parent's run would get its numbers twice). What goes wrong in
    tracking is a warning, once per cause; only a call that is wrong in itself may be an error.
    """

    def __init__(self, folder: Path, run: Run, *, owns: bool) -> None:
        """Open the journal for writing.

        Args:
            folder: the journal.
            run: the facts that its run.json holds.
            owns: whether the run ends when this process finishes; False inside `gitexp record`.

        Raises:
            OSError: the journal cannot be written to.
        """
        super().__init__(folder)
        self._folder = folder
        self._start = run
        self._owns = owns
        self._events = LineFile(folder / folders.EVENTS)
        self._fold: JournalFold | None = None
        self._values: dict[str, Any] = {}  # of the fold, with these bytes
        self._folded: list[int] = []
        self._checkpoints = 0
        self._over = False  # the script said that it is finished
        self._before_end: list[Callable[[], None]] = []
        self._on_finish: list[Callable[[], None]] = []
        self._lines: dict[str, LineFile] = {}
        self._untold: list[dict[str, Any]] = []  # config of a forked child that logged nothing yet
        self.config = Config(
            run.config if owns else {},
            changed=self._config_changed,
            dropped=self._config_dropped,
            inherited=None if owns else run.config,
        )
        self.summary = Summary(
            self._logged,
            self._summary_changed,
            self._summary_dropped,
            self._in_summary,
            self._logged_again,
            self._shown,
            self.check_active,
        )
        self._watch_forks()

    # Facts ------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The run's name, as in refs/experiments/<name>."""
        return self._start.name

    @property
    def folder(self) -> Path:
        """The journal, until the run is in git."""
        return self._folder

    @property
    def start_facts(self) -> Run:
        """The facts that it began with."""
        return self._start

    @property
    def id(self) -> str:
        """Random, and never changed by a rename."""
        return self._start.id

    @property
    def ref(self) -> str:
        """The ref that the run is committed to."""
        return names.ref_of(self.name)

    @property
    def tags(self) -> tuple[str, ...]:
        """The run's tags; assign a new tuple to change them."""
        return self._start.tags

    @tags.setter
    def tags(self, tags: tuple[str, ...] | list[str]) -> None:
        self._start = self._start.but(tags=tuple(str(tag) for tag in tags))
        self.say(events.TAGS, tags=list(self._start.tags))

    @property
    def notes(self) -> str:
        """The run's note; assign to change it."""
        return self._start.notes

    @notes.setter
    def notes(self, notes: str) -> None:
        self._start = self._start.but(notes=str(notes))
        self.say(events.NOTES, notes=self._start.notes)

    def define_metric(
        self,
        name: str,
        step_metric: str | Metric | None = None,
        step_sync: bool | None = None,
        hidden: bool | None = None,
        summary: str | None = None,
        overwrite: bool | None = None,
        goal: str | None = None,
    ) -> Metric:
        """Say how a metric is to be read.

        Args:
            name: the metric, or `val/*` for all that begin so.
            step_metric: the metric that is its x axis.
            step_sync: whether rows that lack the step metric get its last value; by default, if
                there is a step metric.
            hidden: keep it out of overviews.
            summary: which of its values count, comma-separated: min, max, mean, best, last,
                first, none.
            overwrite: forget what was said of it before; else that counts where this says
                nothing.
            goal: "minimize" or "maximize" (also "min", "max", "lower", "higher").

        Returns:
            What was said.

        Raises:
            GitexpError: an argument is none of these.
        """
        over = step_metric.name if isinstance(step_metric, Metric) else step_metric
        check_definition(
            name=name, step_metric=over, step_sync=step_sync, hidden=hidden, summary=summary,
            overwrite=overwrite,
        )  # fmt: skip
        self._take_part()
        if goal and goal not in _GOALS:
            warn(f"define_metric(): goal {goal!r} is unknown, use 'minimize' or 'maximize'")
        metric = Metric(
            name=name.replace("\\.", "."),  # a dot that is no path; all of them are none here
            step_metric=over,
            step_sync=over is not None if step_sync is None else step_sync,
            hidden=hidden,
            summary=tuple(summaries_of(summary)) or None,
            goal=goal,
        )
        with self._lock:
            earlier = None if overwrite else self._steps.earlier(metric.name)
            whole = metric if earlier is None else metric.after(earlier)
            self._steps.add(whole)
            self._check_rows()
        self._say_metric(whole)
        return metric

    def _say_metric(self, metric: Metric) -> None:
        wanted = list(metric.summary or ())
        direction = _GOALS.get(metric.goal or "")
        if direction is None and wanted in (["min"], ["max"]):
            direction = _GOALS[wanted[0]]
        self.say(
            events.METRIC,
            pattern=metric.name,
            goal=direction,
            step_metric=metric.step_metric,
            summary=wanted,
            hidden=bool(metric.hidden),
        )

    @guarded("saying something to the journal")
    def say(self, kind: str, **fields: Any) -> None:
        """Append an event (one of gitexp.journal.events) to the journal."""
        if self._closed:
            self._after_end()
            return
        with self._lock:
            self._events.append(encode_event(kind, **fields))

    @guarded("writing to the journal")
    def append_lines(self, file: str, lines: Sequence[bytes]) -> None:
        """Append whole lines to a growing file of the journal, in one write."""
        with self._lock:
            # What is watched is the same in all processes that train one model together.
            if self._closed or self._prefix or not lines:
                return
            if file not in self._lines:
                self._lines[file] = LineFile(self._folder / file)
            self._lines[file].append(b"".join(lines))

    @guarded("writing to the journal")
    def write_document(self, file: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file of the journal whole; an older one is replaced."""
        if not self._closed:
            folders.write_json(self._folder / file, content)

    @guarded("save_checkpoint()")
    def save_checkpoint(
        self,
        state: Any,
        step: int | None = None,
        label: str | None = None,
        metrics: Mapping[str, float] | None = None,
        strict: bool = True,
    ) -> str:
        """Save a model, an optimizer, or any nested dict of tensors and plain data.

        Returns once the tensors are in the journal; they go into git in the background.

        Args:
            state: a module or optimizer (its state_dict is saved), tensors, numpy arrays,
                numbers, strings, and dicts, lists and tuples of these.
            step: by default the step of the newest log().
            label: by default `step-<step>`; a label that is used again is replaced.
            metrics: numbers that belong to it, e.g. for load_checkpoint(label="best").
            strict: False leaves out what cannot be stored instead of saving nothing.

        Returns:
            The label.
        """
        from gitexp.journal.spool import spool_state

        if not self._take_part():
            self._after_end()
            return label or ""
        with self._lock:
            self._checkpoints += 1
            count = self._checkpoints
        at = self._short.last if step is None else int(step)
        label = f"{self._prefix}{label or f'step-{at}'}"
        name = names.slug(label).replace("/", "-") or f"checkpoint-{count}"
        folder = f"{os.getpid()}-{count:06d}-{name}"
        spooled = spool_state(self._folder / folders.CHECKPOINTS / folder, state, strict=strict)
        if spooled.left_out:
            warn(f"save_checkpoint(): left out of {name}: {', '.join(map(str, spooled.left_out))}")
        self.say(
            events.CHECKPOINT,
            label=name,
            step=at,
            folder=folder,
            bytes=spooled.bytes,
            tensors=spooled.tensors,
            metrics={str(key): plain_metric(value) for key, value in (metrics or {}).items()},
        )
        wake(self._folder)
        self._keep_structure(state)
        return name

    def _keep_structure(self, state: Any) -> None:
        """model.json of the first model that is saved, unless one is being watched."""
        parts = [state, *state.values()] if isinstance(state, Mapping) else [state]
        model = next((part for part in parts if hasattr(part, "named_modules")), None)
        if model is not None and not (self._folder / names.MODEL).exists():
            from gitexp.schema.model import module_tree

            self.write_document(names.MODEL, module_tree(model))

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """End the run and wait until it is in git; inside `gitexp record` only flush.

        Args:
            exit_code: 0 or None: finished; anything else: failed.
            quiet: accepted for wandb's sake; finish says nothing.
        """
        self.end(FAILED if exit_code else FINISHED, int(exit_code or 0))
        self._over = True

    @guarded("finish()")
    def end(self, status: str, exit_code: int | None, *, wait: bool = True) -> None:
        """Write what waits, state how the training ended, and let the supervisor commit.

        Args:
            status: finished, failed or interrupted; "": somebody else will know.
            exit_code: of the process.
            wait: until the run is in git.
        """
        if self._closed:
            return
        for flush in self._before_end:
            flush()
        self._await_device()
        with self._lock:
            if status and not self.guest:
                self.say(
                    events.FINISH,
                    status=status,
                    exit_code=exit_code,
                    owner=self._owns,
                    pid=os.getpid(),
                )
            self._close_rows()
            for file in (self._events, *self._lines.values()):
                file.close()
        for callback in self._on_finish if wait else ():
            callback()

    def before_end(self, call: Callable[[], None]) -> None:
        """Have something called that still writes to the run, just before it ends."""
        self._before_end.append(call)

    def on_finish(self, call: Callable[[], None]) -> None:
        """Have something called once the run has ended, in the order of these calls."""
        self._on_finish.append(call)

    def _open_anew(self) -> None:
        super()._open_anew()
        self._events = LineFile(self._folder / folders.EVENTS)
        self._lines, self._fold = {}, None
        # The parent still has these to do.
        self._before_end, self._on_finish = [], []

    def _take_part(self) -> bool:
        may_write = super()._take_part()
        while may_write and self._untold:
            self._config_changed(self._untold.pop(0))
        return may_write

    def check_active(self, call: str) -> None:
        """Raise what a call after the end is; a bare run tells a warning later, so: nothing."""

    def _config_changed(self, values: dict[str, Any]) -> None:
        self.check_active("config")
        if self.inherited:
            self._untold.append(values)
        self.say(events.CONFIG, values=redact_mapping(plain_config(values)))

    def _config_dropped(self, dotted: str) -> None:
        self.say(events.CONFIG_DROP, key=dotted)

    def _summary_changed(self, values: dict[str, Any]) -> None:
        self._take_part()
        self.say(events.SUMMARY, values=values)

    def _in_summary(self, key: str, value: Any) -> Any:
        """What a value of the summary is kept as: media as files, anything else as plain data."""
        from gitexp.record.media._base import MediaFolder
        from gitexp.record.media.coerce import keep_media

        kept = keep_media(value, MediaFolder(self._folder), key, arrays=False)
        return plain_config(value) if kept is None else kept

    def _shown(self, key: str, value: Any) -> Any:
        """What a value that was set in the summary is read as."""
        return tree.finite(value)

    def _summary_dropped(self, key: str) -> None:
        self._take_part()
        self.say(events.SUMMARY, drop=[key])

    def _logged(self) -> Mapping[str, Any]:
        """The last value of each metric, and what a run that goes on had in its summary."""
        if self._fold is None:
            from gitexp.journal.fold import JournalFold

            self._fold = JournalFold(self._folder)
        sizes = [_size(self._folder / name) for name in (folders.METRICS, folders.EVENTS)]
        if sizes != self._folded:
            self._folded = sizes
            self._fold.update()
            self._values = self._fold.values()
        return self._values

    def _logged_again(self) -> Collection[str]:
        """What was logged after it was set in the summary; as of the last call of _logged."""
        return () if self._fold is None else self._fold.metrics.again

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        from gitexp.record.ending import describe_error, status_of_error

        if error is not None and not self.guest:
            self.say(events.ERROR, error=describe_error(error))
        status, code = status_of_error(error)
        self.end(status, code)
        self._over = True

    def __repr__(self) -> str:
        return f"<gitexp run {self.name}>"


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # nothing was written yet, or the run is over
        return 0
