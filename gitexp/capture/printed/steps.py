"""Counters on lines (`Epoch [3/20], Step [100/600]`) → one step axis that never goes back."""

from __future__ import annotations

from dataclasses import dataclass

from gitexp.capture.printed.reading import BATCH, EPISODE, EPOCH, STEP, TRIAL, Axis, Reading

# The finer the counter, the sooner it is the axis.
_INNER = (STEP, BATCH, EPISODE, TRIAL)


@dataclass(slots=True)
class _Counter:
    """One counter, which may start anew in each epoch."""

    last: int = -1
    stride: int = 1
    offset: int = 0
    epoch: int | None = None  # of the last line
    total: int | None = None  # of the last line

    def advance(self, axis: Axis, epoch: int | None = None) -> int:
        further = epoch is not None and self.epoch is not None and epoch > self.epoch
        self.epoch = epoch
        # One line an epoch may stand at the same place of each.
        if axis.value < self.last or (further and axis.value == self.last and axis.total):
            # It began anew. A total says exactly how long the round was.
            total = self.total or axis.total
            self.offset += total or (self.last + (self.stride if axis.value else 1))
        elif axis.value > self.last >= 0:
            self.stride = axis.value - self.last
        self.last, self.total = axis.value, axis.total
        return self.offset + axis.value


class StepAxis:
    """Gives each reading of one stream its step."""

    def __init__(self) -> None:
        self._counters: dict[tuple[object, ...], _Counter] = {}
        self._context: dict[str, Axis] = {}
        self._now: int | None = None  # the newest step of any line that names one
        self._last: dict[tuple[object, ...], int] = {}
        self._counted: set[tuple[object, ...]] = set()
        self._epochs: dict[float, int] = {}  # fractions of epochs, in order

    def note(self, reading: Reading) -> None:
        """A line that only says where the training is: `Epoch 3/20`, `--- step 5 ---`."""
        for name, axis in reading.axes.items():
            before = self._context.get(name)
            self._context[name] = axis
            if name == EPOCH and before is not None and before.value != axis.value:
                self._context = {EPOCH: axis}
        inner = next((axis for axis in _INNER if axis in reading.axes), None)
        if inner is not None:
            self._now = self._step(reading, inner, ("note",))
        elif EPOCH in reading.axes and (self._now is None or not self._counters):
            self._now = reading.axes[EPOCH].value

    def step_of(self, reading: Reading) -> int:
        """The step of a reading; the steps of one shape never decrease."""
        shape = reading.shape
        inner = next((axis for axis in _INNER if axis in reading.axes), None)
        if inner is not None:
            step = self._step(reading, inner, (reading.kind, reading.phase, reading.who))
            self._now = step
        elif EPOCH in reading.axes:
            step = reading.axes[EPOCH].value
            if not self._counters:
                self._now = step
        elif EPOCH in reading.values:
            step = self._epochs.setdefault(reading.values[EPOCH], len(self._epochs))
        else:
            step = self._by_context(shape)
        if EPOCH in reading.axes:
            self._context[EPOCH] = reading.axes[EPOCH]
        step = max(step, self._last.get(shape, step))
        self._last[shape] = step
        return step

    def _step(self, reading: Reading, inner: str, who: tuple[object, ...]) -> int:
        axis = reading.axes[inner]
        named = EPOCH in reading.axes
        counter = self._counters.setdefault((*who, inner, named), _Counter())
        epoch = reading.axes.get(EPOCH, self._context.get(EPOCH))
        if counter.last < 0 and epoch is not None and epoch.value > 1 and axis.total:
            counter.offset = (epoch.value - 1) * axis.total  # resumed in the middle
        return counter.advance(axis, reading.axes[EPOCH].value if named else None)

    def _by_context(self, shape: tuple[object, ...]) -> int:
        """A line without a counter: where the others are, or one further than the last."""
        last = self._last.get(shape)
        now = self._now if self._now is not None else None
        if now is None and EPOCH in self._context:
            now = self._context[EPOCH].value
        if now is None or shape in self._counted:
            return 0 if last is None else last + 1
        if last is not None and now <= last:
            self._counted.add(shape)
            return last + 1
        return now
