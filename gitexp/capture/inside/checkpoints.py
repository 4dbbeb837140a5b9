"""Checkpoints that the script saves by itself: a copy of the state goes into the journal as well.

The state is taken when the script's own save has returned. What is large is copied in memory and
written by a thread; the next save waits for it, so one copy at most is held.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

from gitexp.capture.inside import journal, metrics
from gitexp.journal.spool import spool_encoded
from gitexp.journal.wake import wake
from gitexp.schema import names
from gitexp.schema.state import EncodedState, encode_state

_AT_ONCE_BYTES = 1024 * 1024
# A first few are captured whatever they cost, so that short scripts keep all of theirs.
_FREE = 8
_FREE_S = 2.0
_STEP_KEYS = ("global_step", "step", "steps", "iter_num", "iteration", "iter", "epoch")
_STEP_IN_NAME = re.compile(r"(?:step|iter|epoch|ep|checkpoint|ckpt)[-_=]?(\d+)", re.I)
_TEMPORARY = re.compile(
    r"(?:^|[/\\._-])(?:te?mp|temporary|partial|part|incomplete|inprogress)(?=$|[/\\._-])"
    r"|(?:^|[/\\])tmp[a-z0-9_]{8}(?=$|[/\\.])|~$",
    re.I,
)

_cwd = os.getcwd()
_began_s = time.monotonic()
_count = 0
_spent_s = 0.0
_bytes = 0
_saves: dict[str, int] = {}  # path → how often it was saved
_labels: dict[str, str] = {}
_classes: dict[str, str] = {}  # label → class of what was saved
_writer: threading.Thread | None = None
_told: set[str] = set()
# Saved under a temporary name: source, state, and a copy of what is in it.
_waiting: dict[str, tuple[str, Any, EncodedState | None]] = {}


def capture(source: str, path: Any, state: Any) -> None:
    """Take a state that was saved to a file.

    Args:
        source: the capture.
        path: where the script saved it.
        state: a state dict, a training state, a module, a dict of arrays; or a function that
            makes one, which a thread calls.
    """
    text = os.path.abspath(os.fsdecode(path))
    written(text)
    if text.startswith(os.path.join(os.path.abspath(journal.folder()), "")):
        return  # save_checkpoint's own file
    release()
    if not _is_temporary(text):
        _keep(source, text, state)
    elif _may_take():
        encoded = (
            None
            if isinstance(state, FunctionType)
            else _copy_of(encode_state(state, strict=False))
        )
        _waiting[text] = (source, state, encoded)


def renamed(path: Any, target: Any) -> None:
    """A file or folder is given another name: what was saved under a temporary one has its own."""
    if not _waiting:
        return
    before = os.path.abspath(os.fsdecode(path))
    for text in list(_waiting):
        if text == before or text.startswith(before + os.sep):
            source, state, encoded = _waiting.pop(text)
            after = os.path.abspath(os.fsdecode(target)) + text[len(before) :]
            _keep(source, after, state, encoded)


def release(*, at_once: bool = False) -> None:
    """Keep what was saved under a temporary name and is to have no other.

    Args:
        at_once: start no thread for it: the process is ending.
    """
    for text in list(_waiting):
        source, state, encoded = _waiting.pop(text)
        _keep(source, text, state, encoded, at_once=at_once)


def _is_temporary(path: str) -> bool:
    """Whether a file is likely to be renamed at once, as those are that must never be torn."""
    relative = os.path.relpath(path, _cwd)
    return bool(_TEMPORARY.search(os.path.basename(path) if relative[:2] == ".." else relative))


def _keep(
    source: str,
    text: str,
    state: Any,
    held: EncodedState | None = None,
    *,
    at_once: bool = False,
) -> None:
    """Write a state to the journal, under the name that its file has."""
    global _count, _spent_s, _bytes
    _saves[text] = _saves.get(text, 0) + 1
    if held is None and not _may_take():
        return
    start = time.monotonic()
    _count += 1
    if _writer is not None:
        _writer.join()
    label = _label(text, _saves[text])
    if callable(getattr(state, "state_dict", None)):  # a whole module: its tensors have no class
        _classes[label] = f"{type(state).__module__}.{type(state).__qualname__}"
    step = _step_of(state, text)
    folder = f"{os.getpid()}-capture-{_count:06d}"
    begin = _run if at_once else _start
    if isinstance(state, FunctionType):
        begin(
            source,
            lambda: _write(source, label, step, folder, encode_state(state(), strict=False)),
        )
        _spent_s += time.monotonic() - start
        return
    encoded = held or encode_state(state, strict=False)
    size = sum(_size(tensor) for tensor in encoded.tensors.values())
    _bytes += size
    if size <= _AT_ONCE_BYTES:
        _write(source, label, step, folder, encoded)
    else:
        copied = held or _copy_of(encoded)
        begin(source, lambda: _write(source, label, step, folder, copied))
    _spent_s += time.monotonic() - start


def written(path: Any) -> None:
    """A library wrote a file by itself, where no Python code opened it."""
    opened = sys.modules.get("gitexp.capture.inside.opened_files")
    if opened is not None:
        opened.tell(path, True)


def _may_take() -> bool:
    """The policy on rate and size; what it leaves out is said once."""
    budget, share = journal.fact("budget"), journal.fact("share")
    if _bytes > budget:
        _tell(f"checkpoints of more than {budget} bytes were captured; later ones are not")
        return False
    elapsed = time.monotonic() - _began_s
    if (_count >= _FREE or _spent_s > _FREE_S) and _spent_s > share * elapsed:
        _tell("some checkpoints were not captured: the script saves them faster than it may cost")
        return False
    return True


def _tell(message: str) -> None:
    if message not in _told:
        _told.add(message)
        journal.say("warning", message=message)


def _run(source: str, work: Callable[[], None]) -> None:
    """Have it done by this thread."""
    work()


def _start(source: str, work: Callable[[], None]) -> None:
    """Have a thread work, which the next save and the end of the process wait for."""
    global _writer
    from gitexp.capture.inside import guard

    _writer = threading.Thread(target=guard.run, args=(source, work), daemon=False)
    _writer.start()


def _write(source: str, label: str, step: int | None, folder: str, encoded: EncodedState) -> None:
    root = Path(journal.folder())
    spooled = spool_encoded(root / names.CHECKPOINTS / folder, encoded)
    if encoded.left_out:
        parts = ", ".join(map(str, encoded.left_out[:20]))
        journal.say("warning", message=f"left out of checkpoint {label}: {parts}")
    journal.say(
        "checkpoint",
        label=label,
        step=step,
        folder=folder,
        bytes=spooled.bytes,
        tensors=spooled.tensors,
        metrics={},
    )
    journal.say("capture", values={"checkpoints": {label: source}})
    if label in _classes:
        journal.say("capture", values={"classes": {label: _classes[label]}})
    wake(root)


def _label(path: str, count: int) -> str:
    """The file's path below the folder that the script began in, without its ending."""
    if path not in _labels:
        relative = os.path.relpath(path, _cwd)
        if relative.startswith(".."):
            folder, relative = os.path.split(path)
            if _STEP_IN_NAME.search(above := os.path.basename(folder)):
                relative = os.path.join(above, relative)
        stem = os.path.splitext(relative)[0] if "." in os.path.basename(relative) else relative
        label = names.slug(stem.replace(os.sep, "-"))
        if not label:  # "best" alone is no name that the rules allow, "best-pt" is
            label = names.slug(re.sub(r"[/\\.]", "-", relative)) or "checkpoint"
        if label in _labels.values():  # m.pt and m.safetensors, or two folders elsewhere
            above = os.path.basename(os.path.dirname(path))
            label = names.slug(f"{above}-{os.path.basename(path)}".replace(".", "-")) or label
        while label in _labels.values():
            label += "-x"
        _labels[path] = label
    label = _labels[path]
    return label if count == 1 else f"{label}-{count}"


def _step_of(state: Any, path: str) -> int | None:
    """The step that a checkpoint states, in itself or in its name."""
    if isinstance(state, dict):
        for key in _STEP_KEYS:
            value = state.get(key)
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                return value
    found = _STEP_IN_NAME.findall("/".join(path.split(os.sep)[-2:]))
    return int(found[-1]) if found and len(found[-1]) < 12 else metrics.last_step()


def _size(tensor: Any) -> int:
    size = getattr(tensor, "nbytes", None)
    return int(size) if size is not None else int(tensor.numel()) * int(tensor.element_size())


def _copy_of(encoded: EncodedState) -> EncodedState:
    copies = {name: _copied(tensor) for name, tensor in encoded.tensors.items()}
    return EncodedState(copies, encoded.skeleton, encoded.left_out)


def _copied(tensor: Any) -> Any:
    if hasattr(tensor, "detach"):
        copy = tensor.detach().cpu()
        return copy.clone() if copy.data_ptr() == tensor.data_ptr() else copy
    return tensor.copy()
