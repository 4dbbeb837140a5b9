"""torch.optim: that an optimizer is made says that the training is about to begin, and of what."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType, ModuleType
from typing import Any

from gitexp.capture.inside import guard, journal

_written = False


def install(module: ModuleType) -> None:
    """Observe Optimizer's constructor."""
    guard.observe("script", module.Optimizer, "__init__", _made)


def _made(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from gitexp.capture.inside import config, script

    script.take()
    config.look_again()
    from gitexp.capture.inside import torch_flags

    if "environment" in journal.wanted():
        torch_flags.tell()
    if not _written:
        _found_model(args[0])


def _found_model(optimizer: Any) -> None:
    """model.json of the module whose parameters the optimizer has; `--watch` watches it."""
    global _written
    owned = {id(p) for group in optimizer.param_groups for p in group["params"]}
    model = next((found for found in _modules() if owned & {*map(id, found.parameters())}), None)
    if model is None:
        return
    from pathlib import Path

    from gitexp.journal import folders
    from gitexp.schema import names
    from gitexp.schema.model import module_tree

    _written = True
    if journal.fact("watch"):
        from gitexp.capture.inside import watched

        watched.begin(model)
    path = Path(journal.folder(), names.MODEL)
    if not path.exists():
        folders.write_json(path, module_tree(model))


def _modules() -> Iterator[Any]:
    """The modules that the user's running functions know, the largest of a frame first."""
    module = sys.modules["torch"].nn.Module
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if guard.is_users(frame.f_code.co_filename):
            found = [v for v in list(frame.f_locals.values()) if isinstance(v, module)]
            yield from sorted(found, key=lambda part: -sum(1 for _ in part.modules()))
        frame = frame.f_back
