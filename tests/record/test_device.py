"""Values that are still on a device: fetched beside the training, which does not wait.

There is no CUDA here; a stand-in device has a clock of its own, which the test moves.
"""

from __future__ import annotations

import sys
import threading
import types
from pathlib import Path
from typing import Any

import pytest

from gitexp.journal import folders
from gitexp.journal.tail import LineTail
from gitexp.record.active import ActiveRun
from gitexp.schema.run import Run


class Stream:
    """Work that was enqueued and is done when `run` is called."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.work: list[Any] = []
        self.synchronised = 0

    def waited(self) -> None:
        self.synchronised += 1
        raise AssertionError("the training thread waited for the device")

    def run(self) -> None:
        for piece in self.work:
            piece()
        self.done.set()


class Tensor:
    """A scalar that has its value once the stream has run; asking it for one before is the bug."""

    is_cuda = True
    device = "cuda:0"
    dtype = "float32"
    shape = ()

    def __init__(self, stream: Stream, value: float | None = None) -> None:
        self.stream, self.value = stream, value

    def numel(self) -> int:
        return 1

    def detach(self) -> Tensor:
        return self

    def reshape(self, shape: tuple[int, ...]) -> Tensor:
        return self

    def copy_(self, source: Tensor, non_blocking: bool) -> None:
        assert non_blocking
        self.stream.work.append(lambda: setattr(self, "value", source.value))

    def add_(self, other: float) -> None:
        """What a training does in place, on the device and later than the call."""
        self.stream.work.append(lambda: setattr(self, "value", (self.value or 0.0) + other))

    def item(self) -> float:
        if not self.stream.done.is_set():
            self.stream.waited()
        assert self.value is not None
        return self.value

    # All that has torch wait for the device.
    __float__ = __bool__ = __int__ = tolist = cpu = numpy = to = item

    def __radd__(self, other: Any) -> Tensor:
        return self


Tensor.__module__ = "torch"


class Event:
    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def record(self) -> None:
        pass

    def synchronize(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self.stream.waited()
        self.stream.done.wait()


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Stream:
    stream = Stream()
    cuda = types.SimpleNamespace(
        device=lambda device: threading.Lock(),
        Event=lambda: Event(stream),
        synchronize=lambda device=None: stream.waited(),
    )
    fake = types.SimpleNamespace(
        cuda=cuda, empty=lambda shape, dtype, pin_memory: Tensor(stream), __name__="torch"
    )
    monkeypatch.setitem(sys.modules, "torch", fake)  # type: ignore[arg-type]
    return stream


def test_log_does_not_wait_and_no_value_is_lost(tmp_path: Path, stream: Stream) -> None:
    run = Run(name="a-b-c", id="1", created_at="2024-01-01T00:00:00.000Z")
    folders.write_json(tmp_path / folders.RUN, run.to_json())
    active = ActiveRun(tmp_path, run, owns=True)
    for n in range(3):
        loss = Tensor(stream, n / 2)
        active.log({"n": n, "loss": loss})
        loss.add_(100.0)
    rows = LineTail(tmp_path / folders.METRICS)
    # What is known on the host is in the journal at once.
    assert [row["n"] for row in rows.objects()] == [0, 1, 2]
    assert stream.synchronised == 0
    threading.Timer(0.2, stream.run).start()
    active.finish()
    late = list(rows.objects())
    assert [(row["_step"], row["loss"]) for row in late] == [(0, 0.0), (1, 0.5), (2, 1.0)]
    assert stream.synchronised == 0
