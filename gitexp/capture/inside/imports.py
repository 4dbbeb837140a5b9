"""Has something called when the script has imported a library.

wrapt does this, too, but importing it takes longer than all that a start-up may take.
"""

from __future__ import annotations

import sys

from gitexp.capture.inside import guard

TYPE_CHECKING = False  # importing typing takes longer than all that happens at a start
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType
    from typing import Any


class _Finder:
    """Finds nothing itself: it lets the others find, and has their loaders tell us."""

    def __init__(self, observers: Mapping[str, str]) -> None:
        self._waiting = dict(observers)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> Any:
        observer = self._waiting.pop(name, None)
        if observer is None:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                _tell_after(spec.loader, observer)
                return spec
        self._waiting[name] = observer
        return None


def _tell_after(loader: Any, observer: str) -> None:
    execute = getattr(loader, "exec_module", None)
    if execute is None:
        return

    def exec_module(module: ModuleType) -> None:
        # The loader is as it was before the module runs: nobody finds us in it.
        del loader.exec_module
        try:
            execute(module)
        except BaseException as error:
            guard.unseen(error)
            raise
        _install(observer, module)

    try:
        loader.exec_module = exec_module
    except AttributeError:
        return


def _install(observer: str, module: ModuleType) -> None:
    def install() -> None:
        from importlib import import_module

        import_module(f"gitexp.capture.inside.{observer}").install(module)

    guard.run(observer, install)


def watch(observers: Mapping[str, str]) -> None:
    """Install observers as their libraries are imported.

    Args:
        observers: library module → module of this package with `install(library)`.
    """
    later = {}
    for name, observer in observers.items():
        if name in sys.modules:
            _install(observer, sys.modules[name])
        else:
            later[name] = observer
    sys.meta_path.insert(0, _Finder(later))
