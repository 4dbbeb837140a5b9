"""`run.summary`: one value per metric, nested as it was logged, by item or attribute."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from typing import Any

from gitexp.record.guard import guarded
from gitexp.record.values import plain_config
from gitexp.schema import tree

# What every run has, by wandb's names; they are read, and not among the keys.
CLOCKS = ("_step", "_runtime", "_timestamp")


def _unheard(what: Any) -> None:
    """Nobody listens."""


def _plain(key: str, value: Any) -> Any:
    return plain_config(value)


class NoSuchValue(AttributeError, KeyError):
    """An attribute that a summary has not; scripts for wandb expect a KeyError."""


class Summary(MutableMapping[str, Any]):
    """One value per metric: what the user set or what was logged, whichever came last.

    Keys are dotted, as in metrics.jsonl; the names above them give a view of what is below.
    """

    def __init__(
        self,
        logged: Callable[[], Mapping[str, Any]],
        changed: Callable[[dict[str, Any]], None] = _unheard,
        dropped: Callable[[str], None] = _unheard,
        kept: Callable[[str, Any], Any] = _plain,
        outdated: Callable[[], Collection[str]] = tuple,
        shown: Callable[[str, Any], Any] = lambda key, value: tree.finite(value),
        check: Callable[[str], None] = _unheard,
    ) -> None:
        """Make one.

        Args:
            logged: gives the last value of each metric; another object where one has changed.
            changed: hears what is set.
            dropped: hears which key is removed.
            kept: what a value is stored as.
            outdated: gives the keys that were logged again after they were set.
            shown: what a stored value is read as.
            check: raises if nothing may be set any more.
        """
        object.__setattr__(self, "_set", {})
        object.__setattr__(self, "_kept", kept)
        object.__setattr__(self, "_logged", logged)
        object.__setattr__(self, "_changed", changed)
        object.__setattr__(self, "_dropped", dropped)
        object.__setattr__(self, "_outdated", outdated)
        object.__setattr__(self, "_shown", shown)
        object.__setattr__(self, "_check", check)
        object.__setattr__(self, "_known", (None, {}))

    def flat(self) -> dict[str, Any]:
        """All values by their dotted keys; the same dict as long as nothing changes."""
        logged = self._logged()
        before: dict[str, Any]
        known, before = self._known
        if known is logged:
            return before
        old = self._outdated()
        found = {k: value for k, value in logged.items() if k not in CLOCKS and value is not None}
        set_by_user = {key: value for key, value in self._set.items() if value is not None}
        found.update(
            (key, self._shown(key, value)) for key, value in set_by_user.items() if key not in old
        )
        object.__setattr__(self, "_known", (logged, found))
        return found

    def _forget(self) -> None:
        object.__setattr__(self, "_known", (None, {}))

    def stated(self) -> dict[str, Any]:
        """What the user set, by dotted keys."""
        return dict(self._set)

    def below(self, path: str) -> dict[str, Any]:
        """The values below a name, by the rest of their dotted keys."""
        dotted = f"{path}."
        found: dict[str, Any] = {}
        for key, value in self.flat().items():
            if key.startswith(dotted):
                found[key[len(dotted) :]] = value
            elif isinstance(value, Mapping) and dotted.startswith(f"{key}."):
                rest = dotted[len(key) + 1 :]
                inner = tree.flatten(value)
                found.update((k[len(rest) :], v) for k, v in inner.items() if k.startswith(rest))
        return found

    def update(self, *sources: Any, **values: Any) -> None:
        """Set several values; nested mappings get dotted keys."""
        for source in (*sources, values):
            for key, value in dict(source).items():
                self[key] = value

    def get(self, key: str, default: Any = None) -> Any:
        """A value; what is nested is a dict."""
        try:
            value = self[key]
        except KeyError:
            return default
        return value.as_dict() if isinstance(value, View) else value

    def __getitem__(self, key: str) -> Any:
        if key in CLOCKS and key not in self._set:
            return self._logged()[key]
        value = self.flat().get(key, self)
        if value is not self and not isinstance(value, Mapping):
            return value
        if value is not self or self.below(key):
            return View(self, key)
        raise KeyError(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._check("summary")
        flat = tree.flatten({str(key): value.as_dict() if isinstance(value, View) else value})
        self._forget()
        self._keep(flat)

    @guarded("the summary")
    def _keep(self, flat: Mapping[str, Any]) -> None:
        kept = {name: self._kept(name, item) for name, item in flat.items()}
        self._set.update(kept)
        self._changed(kept)

    def __delitem__(self, key: str) -> None:
        for name in [name for name in self._set if name == key or name.startswith(f"{key}.")]:
            del self._set[name]
            self._forget()
            self._dropped(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.flat())

    def __len__(self) -> int:
        return len(self.flat())

    def __getattr__(self, key: str) -> Any:
        return _attribute(self, key)

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __delattr__(self, key: str) -> None:
        del self[key]

    def __repr__(self) -> str:
        return repr(self.flat())


class View(MutableMapping[str, Any]):
    """What is below one name of a summary; setting something sets it there."""

    def __init__(self, summary: Summary, path: str) -> None:
        object.__setattr__(self, "_summary", summary)
        object.__setattr__(self, "_path", path)

    def as_dict(self) -> dict[str, Any]:
        """A nested dict of the values."""
        nested: dict[str, Any] = {}
        for key, value in self._summary.below(self._path).items():
            tree.put(nested, key, value)
        return nested

    def __getitem__(self, key: str) -> Any:
        value = self.as_dict()[key]
        return View(self._summary, f"{self._path}.{key}") if isinstance(value, dict) else value

    def __setitem__(self, key: str, value: Any) -> None:
        self._summary[f"{self._path}.{key}"] = value

    def __delitem__(self, key: str) -> None:
        del self._summary[f"{self._path}.{key}"]

    def __iter__(self) -> Iterator[str]:
        return iter(self.as_dict())

    def __len__(self) -> int:
        return len(self.as_dict())

    def __getattr__(self, key: str) -> Any:
        return _attribute(self, key)

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __repr__(self) -> str:
        return repr(self.as_dict())


def _attribute(mapping: Mapping[str, Any], key: str) -> Any:
    if key.startswith("__"):
        raise AttributeError(key)
    try:
        return mapping[key]
    except KeyError:
        raise NoSuchValue(key) from None
