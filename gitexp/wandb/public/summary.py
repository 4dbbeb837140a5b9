"""The summary of a run in git, with wandb's ways to read and change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from gitexp.schema import tree


class HTTPSummary(MutableMapping[str, Any]):
    """One value for each metric; `update()` stores what was changed.

    Args:
        values: as they are in git.
        store: gets what changed.
    """

    def __init__(self, values: Mapping[str, Any], store: Callable[[dict[str, Any]], None]) -> None:
        self._dict = dict(values)
        self._changed: dict[str, Any] = {}
        self._store = store

    @property
    def _json_dict(self) -> dict[str, Any]:
        """A plain dict; scripts that make data frames read it."""
        return dict(self._dict)

    def update(self, *sources: Any, **values: Any) -> None:
        """Set values, and store all that was changed as a commit on the run's chain."""
        for source in (*sources, values):
            for key, value in dict(source).items():
                self[key] = value
        if self._changed:
            self._store(dict(self._changed))
            self._changed.clear()

    @property
    def changed(self) -> dict[str, Any]:
        """What was set and not stored yet."""
        return self._changed

    def __getitem__(self, key: str) -> Any:
        """A value; what was logged nested is found by its dotted name and part by part."""
        if key in self._dict:
            return self._dict[key]
        below = {k[len(key) + 1 :]: v for k, v in self._dict.items() if k.startswith(f"{key}.")}
        if below:
            nested: dict[str, Any] = {}
            for name, item in below.items():
                tree.put(nested, name, item)
            return nested
        value: Any = self._dict
        for part in key.split("."):
            if not isinstance(value, Mapping) or part not in value:
                raise KeyError(key)
            value = value[part]
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        self._dict[str(key)] = self._changed[str(key)] = value

    def __delitem__(self, key: str) -> None:
        raise TypeError("a value of a summary in git is changed, not deleted")

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict)

    def __len__(self) -> int:
        return len(self._dict)

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_"):
            raise AttributeError(key)
        try:
            return self[key]
        except KeyError:
            raise AttributeError(f"summary has no {key!r}") from None

    def __repr__(self) -> str:
        return repr(self._dict)
