"""Numbers that are still on a GPU: fetched beside the training, which does not wait for them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from gitexp.record.guard import report

_Write = Callable[[dict[str, Any]], None]
# More than that many unresolved values: log() waits, rather than fill the memory.
_MOST_WAITING = 10_000


class DeviceScalars:
    """Copies one-element CUDA tensors to pinned memory and logs them when they have arrived.

    `put` only enqueues a copy on the tensor's current stream and an event behind it; a thread of
    our own waits for the event. So `log({"loss": loss})` never synchronises the stream, and the
    value is the one that the tensor has at this point of the stream, whatever is written to it
    later.
    """

    def __init__(self, write: _Write) -> None:
        """Start the thread.

        Args:
            write: gets a row, `{"_step": …, "_time": …, name: float}`, from the thread.
        """
        self._write = write
        self._queue: queue.Queue[tuple[int, float, str, Any, Any] | None] = queue.Queue(
            _MOST_WAITING
        )
        self._thread = threading.Thread(target=self._resolve, daemon=True, name="gitexp-device")
        self._thread.start()

    def put(self, step: int, time_s: float, name: str, value: Any) -> None:
        """Have a tensor of one element logged under a step once its value is known."""
        import torch

        source = value.detach().reshape(())
        target = torch.empty((), dtype=source.dtype, pin_memory=True)
        with torch.cuda.device(source.device):
            target.copy_(source, non_blocking=True)
            event = torch.cuda.Event()
            event.record()
        # The source is kept, so that its memory is not handed out before it was copied.
        self._queue.put((step, time_s, name, (target, source), event))

    def close(self) -> None:
        """Wait until everything has been written."""
        self._queue.put(None)
        self._thread.join()

    def _resolve(self) -> None:
        while (item := self._queue.get()) is not None:
            step, time_s, name, (target, _), event = item
            try:
                event.synchronize()
                self._write({"_step": step, "_time": time_s, name: target.item()})
            except Exception as error:  # noqa: BLE001 - the other values still come
                report(error, f"fetching {name!r} from the device")
