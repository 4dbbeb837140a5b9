"""`run.config`: a mapping that tells the journal what changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from gitexp.record.values import config_mapping

Changed = Callable[[dict[str, Any]], None]
Dropped = Callable[[str], None]


class Config(MutableMapping[str, Any]):
    """Hyperparameters by attribute, item or `update`; nested mappings are dicts of that kind.

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
            self._values[str(key)] = _wrapped(self, str(key), value)

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
                if isinstance(value, Mapping) and isinstance(below, Nested):
                    below.update(value)
                else:
                    self[key] = value

    def setdefaults(self, source: Any) -> None:
        """Set what is not set yet."""
        for key, value in config_mapping(source).items():
            self.setdefault(key, value)

    def as_dict(self) -> dict[str, Any]:
        """A nested dict of the values as they were set."""
        return {k: v.as_dict() if isinstance(v, Nested) else v for k, v in self._values.items()}

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[str(key)] = _wrapped(self, str(key), value)
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


class Nested(dict[str, Any]):
    """A nested mapping of a config: a dict, so that json, yaml and `**` take it, that is heard.

    Its values are attributes, too; the methods of dict come first.
    """

    def __init__(self, values: Mapping[Any, Any], *, changed: Changed, dropped: Dropped) -> None:
        self.__dict__.update(_changed=changed, _dropped=dropped)
        super().__init__(
            {str(key): _wrapped(self, str(key), item) for key, item in values.items()}
        )

    def as_dict(self) -> dict[str, Any]:
        """A plain nested dict."""
        return {k: v.as_dict() if isinstance(v, Nested) else v for k, v in self.items()}

    def update(self, *sources: Any, **values: Any) -> None:
        """Merge mappings, or keys and values."""
        for source in (*sources, values):
            for key, value in dict(source).items():
                below = self.get(str(key))
                if isinstance(value, Mapping) and isinstance(below, Nested):
                    below.update(value)
                else:
                    self[key] = value

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value; one that is not set yet is set."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:
        """Remove a value, and give it back."""
        if key not in self and default:
            return default[0]
        value = self[key]
        del self[key]
        return value

    def clear(self) -> None:
        """Remove all values."""
        for key in list(self):
            del self[key]

    def __missing__(self, key: Any) -> Any:
        """Keys are texts in the journal: `labels[3]` finds "3"."""
        if isinstance(key, str) or str(key) not in self:
            raise KeyError(key)
        return self[str(key)]

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(str(key), _wrapped(self, str(key), value))
        self._changed({str(key): value})

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._dropped(key)

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        try:
            return self[key]
        except KeyError:
            known = ", ".join(list(self)[:10]) or "nothing yet"
            raise AttributeError(f"config has no {key!r}; it has {known}") from None

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __delattr__(self, key: str) -> None:
        del self[key]

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles are plain dicts: the journal hears of the original only."""
        return dict, (self.as_dict(),)


def _wrapped(owner: Config | Nested, key: str, value: Any) -> Any:
    """A value as a config holds it: what is set below it is told with the key before it."""
    if not isinstance(value, Mapping):
        return value
    return Nested(
        value,
        changed=lambda below: owner._changed({key: below}),
        dropped=lambda dotted: owner._dropped(f"{key}.{dotted}"),
    )
