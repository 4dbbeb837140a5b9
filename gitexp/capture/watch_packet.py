"""Numbers on their way from a device to the journal: one transfer, a thread that waits for it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gitexp.record.guard import report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.float32]]

_MOST_WAITING = 16


@dataclass(slots=True)
class Packet:
    """Tensors of one device and how to write them down once they have arrived."""

    write: Callable[[Arrays], None]
    parts: dict[str, Any] = field(default_factory=dict)  # name → float32 tensor of any shape

    def ship(self) -> Shipment:
        """Enqueue the copy to the host behind what the device is doing; returns at once."""
        import torch

        flat = torch.cat([part.reshape(-1).float() for part in self.parts.values()])
        shapes = {name: tuple(part.shape) for name, part in self.parts.items()}
        if not flat.is_cuda:
            return Shipment(self.write, shapes, flat.cpu(), None, None)
        host = torch.empty(flat.shape, dtype=flat.dtype, pin_memory=True)
        with torch.cuda.device(flat.device):
            host.copy_(flat, non_blocking=True)
            event = torch.cuda.Event()
            event.record()
        # The source is kept until then, so that its memory is not handed out again.
        return Shipment(self.write, shapes, host, flat, event)


@dataclass(frozen=True, slots=True)
class Shipment:
    """A packet under way."""

    write: Callable[[Arrays], None]
    shapes: Mapping[str, Sequence[int]]
    host: Any
    source: Any
    event: Any

    def deliver(self) -> None:
        """Wait for the device, then write."""
        if self.event is not None:
            self.event.synchronize()
        flat = self.host.numpy()
        arrays, at = {}, 0
        for name, shape in self.shapes.items():
            size = 1
            for length in shape:
                size *= length
            arrays[name] = flat[at : at + size].reshape(shape)
            at += size
        self.write(arrays)


class Courier:
    """The thread that delivers; `put` waits only if it is far behind."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Shipment | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._work, daemon=True, name="gitexp-watch")
        self._thread.start()

    def put(self, packet: Packet) -> None:
        """Send a packet on its way."""
        self._queue.put(packet.ship())

    def close(self) -> None:
        """Wait until everything is written."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (shipment := self._queue.get()) is not None:
            try:
                shipment.deliver()
            except Exception as error:  # noqa: BLE001 - the next sample still comes
                report(error, "writing what was watched")
