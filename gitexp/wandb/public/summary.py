"""The summary of a run in git, with wandb's ways to read and change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from gitexp.schema import tree


class HTTPSummary(MutableMapping[str, Any]):
    """One value for each metric; `update()` stores what was changed.

    Args:
        values: as they are in git.
        store: gets what changed, and the keys that are gone.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        store: Callable[[dict[str, Any], list[str]], None],
    ) -> None:
        self._dict = {key: self._watched(value, key) for key, value in values.items()}
        self._changed: dict[str, Any] = {}
        self._gone: dict[str, None] = {}
        self._store = store

    @property
    def _json_dict(self) -> dict[str, Any]:
        """A plain dict; scripts that make data frames read it."""
        return dict(self._dict)

    def update(self, *sources: Any, **values: Any) -> None:
        """Set values, and store all that was changed as a commit on the run's chain."""
        for source in (*sources, values):
            for key, value in dict(source or {}).items():
                self[key] = value
        if self._changed or self._gone:
            self._store(dict(self._changed), list(self._gone))
            self._changed.clear()
            self._gone.clear()

    @property
    def changed(self) -> dict[str, Any]:
        """What was set and not stored yet."""
        return self._changed

    def load(self) -> None:
        """Do nothing: it is as it was when the run was asked for."""

    def __getitem__(self, key: str) -> Any:
        key = key.strip()
        if key in self._dict:
            return self._dict[key]
        # What was logged nested may stand under dotted names, and the other way round.
        below = {k[len(key) + 1 :]: v for k, v in self._dict.items() if k.startswith(f"{key}.")}
        if below:
            return self._gathered(key, below)
        top, dot, rest = key.partition(".")
        if dot and isinstance(self._dict.get(top), Mapping):
            value: Any = self._dict[top]
            for part in rest.split("."):
                value = value[part]
            return value
        raise KeyError(key)

    def _gathered(self, key: str, below: Mapping[str, Any]) -> SummarySubDict:
        nested: dict[str, Any] = {}
        for dotted, value in below.items():
            tree.put(nested, dotted, value)

        def changed() -> None:
            for dotted, value in tree.flatten(view).items():
                self._dict[f"{key}.{dotted}"] = self._changed[f"{key}.{dotted}"] = value

        view = SummarySubDict(nested, changed)
        return view

    def __setitem__(self, key: str, value: Any) -> None:
        key = str(key).strip()
        self._dict[key] = self._changed[key] = self._watched(value, key)
        self._gone.pop(key, None)

    def __delitem__(self, key: str) -> None:
        del self._dict[key]
        self._changed.pop(key, None)
        self._gone[key] = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict)

    def __len__(self) -> int:
        return len(self._dict)

    def _watched(self, value: Any, key: str) -> Any:
        if not isinstance(value, Mapping):
            return value
        return SummarySubDict(value, lambda: self._changed.update({key: self._dict[key]}))

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_"):
            raise AttributeError(key)
        try:
            return self[key]
        except KeyError:
            raise AttributeError(f"summary has no {key!r}") from None

    def __setattr__(self, key: str, value: Any) -> None:
        if key.startswith("_"):
            super().__setattr__(key, value)
        else:
            self[key] = value

    def __repr__(self) -> str:
        return repr(self._dict)


class SummarySubDict(dict[str, Any]):
    """A mapping within a summary; what is set in it is stored with the summary.

    Args:
        values: as they are.
        changed: is called whenever a value changes.
    """

    def __init__(self, values: Mapping[str, Any], changed: Callable[[], None]) -> None:
        self._changed = changed
        for key, value in values.items():
            super().__setitem__(key, self._watched(value))

    def _watched(self, value: Any) -> Any:
        return SummarySubDict(value, self._changed) if isinstance(value, Mapping) else value

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, self._watched(value))
        self._changed()

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._changed()

    def update(self, *sources: Any, **values: Any) -> None:
        """Set values."""
        for key, value in dict(*sources, **values).items():
            self[key] = value

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_") or key not in self:
            raise AttributeError(f"summary has no {key!r}")
        return self[key]
