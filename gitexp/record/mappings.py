"""`run.config` and `run.summary`: mappings that tell the journal what changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from gitexp.record.guard import guarded
from gitexp.record.values import config_mapping, plain_config
from gitexp.schema import tree

Changed = Callable[[dict[str, Any]], None]
Dropped = Callable[[str], None]


class Config(MutableMapping[str, Any]):
    """Hyperparameters by attribute, item or `update`; nested mappings are Configs themselves.

    Reading gives back the very objects that were set, as scripts compute with them; the journal
    gets them as plain data.
    """

    def __init__(
        self, values: Mapping[str, Any] | None = None, *, changed: Changed, dropped: Dropped
    ) -> None:
        object.__setattr__(self, "_values", {})
        object.__setattr__(self, "_changed", changed)
        object.__setattr__(self, "_dropped", dropped)
        for key, value in (values or {}).items():
            self._values[str(key)] = self._wrap(str(key), value)

    def _wrap(self, key: str, value: Any) -> Any:
        if isinstance(value, Mapping) and not isinstance(value, Config):
            return Config(
                value,
                changed=lambda below: self._changed({key: below}),
                dropped=lambda dotted: self._dropped(f"{key}.{dotted}"),
            )
        return value

    def update(self, *sources: Any, allow_val_change: bool = True, **values: Any) -> None:
        """Merge mappings, namespaces or keywords.

        Args:
            sources: each a mapping, a namespace, a dataclass or anything `init(config=)` takes.
            allow_val_change: accepted for wandb's sake; values may always change.
            values: keys to set.

        Raises:
            TypeError: a source has no keys and values.
        """
        for source in (*sources, values):
            if source is None:
                continue
            items = source if isinstance(source, Mapping) else config_mapping(source)
            for key, value in items.items():
                below = self._values.get(str(key))
                if isinstance(value, Mapping) and isinstance(below, Config):
                    below.update(value)
                else:
                    self[key] = value

    def setdefaults(self, source: Any) -> None:
        """Set what is not set yet."""
        for key, value in config_mapping(source).items():
            self.setdefault(key, value)

    def as_dict(self) -> dict[str, Any]:
        """A nested dict of the values as they were set."""
        return {k: v.as_dict() if isinstance(v, Config) else v for k, v in self._values.items()}

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[str(key)] = self._wrap(str(key), value)
        self._changed({str(key): value})

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._dropped(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        try:
            return self._values[key]
        except KeyError:
            known = ", ".join(list(self._values)[:10]) or "nothing yet"
            raise AttributeError(f"config has no {key!r}; it has {known}") from None

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __delattr__(self, key: str) -> None:
        del self[key]

    def __repr__(self) -> str:
        return repr(self.as_dict())


class Summary(MutableMapping[str, Any]):
    """One value per metric: what the user set, else the last value that was logged."""

    def __init__(
        self,
        logged: Callable[[], Mapping[str, Any]],
        changed: Changed,
        dropped: Dropped,
        kept: Callable[[str, Any], Any] = lambda key, value: plain_config(value),
    ) -> None:
        object.__setattr__(self, "_set", {})
        object.__setattr__(self, "_kept", kept)
        object.__setattr__(self, "_logged", logged)
        object.__setattr__(self, "_changed", changed)
        object.__setattr__(self, "_dropped", dropped)

    @guarded("summary.update()")
    def update(self, *sources: Any, **values: Any) -> None:
        """Set several values; nested mappings get dotted keys."""
        for source in (*sources, values):
            for key, value in dict(source).items():
                self[key] = value

    def __getitem__(self, key: str) -> Any:
        return self._set[key] if key in self._set else self._logged()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        flat = tree.flatten({str(key): value})
        self._set.update(flat)
        self._tell(flat)

    @guarded("the summary")
    def _tell(self, flat: Mapping[str, Any]) -> None:
        self._changed({name: self._kept(name, item) for name, item in flat.items()})

    def __delitem__(self, key: str) -> None:
        self._set.pop(key, None)
        self._dropped(key)

    def __iter__(self) -> Iterator[str]:
        return iter({**self._logged(), **self._set})

    def __len__(self) -> int:
        return len({**self._logged(), **self._set})

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        try:
            return self[key]
        except KeyError:
            raise AttributeError(f"summary has no {key!r}") from None

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __repr__(self) -> str:
        return repr({**self._logged(), **self._set})
