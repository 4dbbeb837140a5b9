"""`run.config`: a mapping that tells the journal what changes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, KeysView, Mapping, MutableMapping
from typing import Any

from gitexp.errors import ConfigError
from gitexp.record.config_values import config_value
from gitexp.record.guard import warn
from gitexp.record.values import config_items

Changed = Callable[[dict[str, Any]], None]
Dropped = Callable[[str], None]


def _unheard(what: Any) -> None:
    """Nobody listens."""


class Config(MutableMapping[str, Any]):
    """Hyperparameters by attribute, item or `update`; nested mappings are dicts of that kind.

    Its keys are what the script itself set. What it does not set is looked up among the values
    that were there before it, e.g. those that `gitexp record` read from the command.
    """

    def __init__(
        self,
        values: Mapping[str, Any] | None = None,
        *,
        changed: Changed = _unheard,
        dropped: Dropped = _unheard,
        inherited: Mapping[str, Any] | None = None,
    ) -> None:
        """Make one.

        Args:
            values: what it begins with; the script may change it.
            changed: hears what is set.
            dropped: hears which key is removed.
            inherited: found by name where nothing was set; not among the keys.
        """
        object.__setattr__(self, "_values", {})
        object.__setattr__(self, "_changed", changed)
        object.__setattr__(self, "_dropped", dropped)
        object.__setattr__(self, "_inherited", dict(inherited or {}))
        object.__setattr__(self, "_locked", {})  # key → who set it for good
        object.__setattr__(self, "_may_change", False)
        self._hold(values or {})
        object.__setattr__(self, "_own", set())  # keys that this script has set

    def _hold(self, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            name = _name(key)
            self._values[name] = _wrapped(self, name, config_value(value))

    def update(
        self, d: Any = None, allow_val_change: bool | None = None, /, **values: Any
    ) -> None:
        """Set the keys of a mapping, a namespace or keywords; what is nested is replaced.

        Args:
            d: a mapping, a namespace, a dataclass or anything `init(config=)` takes.
            allow_val_change: whether keys may get another value than they have; as a keyword,
                too.
            values: keys to set.

        Raises:
            ConfigError: a key has another value; none is set.
            TypeError: `d` has no keys and values, or a value is a picture or the like.
        """
        allow_val_change = values.pop("allow_val_change", allow_val_change)
        fresh: dict[str, Any] = {}
        for source in (d, values):
            for key, value in _items(source):
                if not self._is_locked(key):
                    fresh[key] = self._checked(key, value, allow_val_change)
        for key, value in fresh.items():
            self._put(key, value)

    def update_locked(self, d: Mapping[str, Any], user: str | None = None) -> None:
        """Set keys for good: what a script says of them later is a warning."""
        for key, value in _items(d):
            self._put(key, config_value(value))
            self._locked[key] = user

    def merge_locked(self, d: Mapping[str, Any], user: str | None = None) -> None:
        """As `update_locked`; what is nested is joined with what is there."""
        for key, value in _items(d):
            below = self._values.get(key)
            value = config_value(value)
            if isinstance(below, Nested) and isinstance(value, dict):
                value = _joined(below.as_dict(), value)
            self._put(key, value)
            self._locked[key] = user

    def setdefaults(self, d: Any) -> None:
        """Set what is not set yet."""
        for key, value in _items(d):
            if key not in self._values:
                self[key] = value

    def persist(self) -> None:
        """Tell the journal once more what there is, e.g. after a nested list was changed."""
        self._changed(self.as_dict())

    def put_quietly(self, key: str, value: Any) -> None:
        """Have a value read as another object than the one that is kept."""
        self._values[key] = value

    def as_dict(self) -> dict[str, Any]:
        """A nested dict of the values."""
        return {k: v.as_dict() if isinstance(v, Nested) else v for k, v in self._values.items()}

    def _is_locked(self, key: str) -> bool:
        if key not in self._locked:
            return False
        warn(f"config {key!r} is kept as {self._locked[key]} has set it")
        return True

    def _checked(self, key: str, value: Any, allow: bool | None = None) -> Any:
        if _is_media(value):
            raise TypeError("a config holds plain values, no media: log() keeps them")
        value = config_value(value)
        may = self._may_change if allow is None else allow
        if not may and key in self._own and value != self._values[key]:
            raise ConfigError(
                f"config {key!r} is {self._values[key]} and was to become {value}",
                "config.update({…}, allow_val_change=True) changes it",
            )
        return value

    def _put(self, key: str, value: Any) -> None:
        if isinstance(self._values.get(key), Nested) and value != self._values[key]:
            self._dropped(key)  # the journal joins what is nested
        self._values[key] = _wrapped(self, key, value)
        self._own.add(key)
        self._changed({key: value})

    def __getitem__(self, key: str) -> Any:
        if key not in self._values and key in self._inherited:
            return self._inherited[key]
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        key = _name(key)
        if not self._is_locked(key):
            self._put(key, self._checked(key, value))

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._own.discard(key)
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
            return self[key]
        except KeyError:
            known = ", ".join(list(self._values)[:10]) or "nothing yet"
            raise AttributeError(
                f"config object has no attribute {key!r}; it has {known}"
            ) from None

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __delattr__(self, key: str) -> None:
        del self[key]

    def __repr__(self) -> str:
        return repr(self.as_dict())


# No methods, as these names may be keys: `config.own`.


def hold(config: Config, values: Mapping[str, Any]) -> None:
    """Let a config have values that the journal has heard of already."""
    config._hold(values)


def own(config: Config, values: Mapping[str, Any]) -> None:
    """As `hold`, for those that the script itself gave to init()."""
    config._hold(values)
    config._own.update(map(_name, values))


def permit_changes(config: Config) -> None:
    """Let values change from now on, as in a notebook, whose cells run again and again."""
    object.__setattr__(config, "_may_change", True)


def set_by_nobody(config: Config) -> None:
    """Let each value be set once more, as where another task of a worker gets the run."""
    config._own.clear()


class ConfigStatic:
    """A config as it was, which nobody can change."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    def __getitem__(self, key: str) -> Any:
        return self.__dict__[key]

    def keys(self) -> KeysView[str]:
        """Its keys, so that `dict()` and `**` take it."""
        return self.__dict__.keys()

    def __setattr__(self, key: str, value: Any) -> None:
        raise AttributeError("config_static cannot be changed")

    def __setitem__(self, key: str, value: Any) -> None:
        raise AttributeError("config_static cannot be changed")

    def __repr__(self) -> str:
        return repr(self.__dict__)


class Nested(dict[Any, Any]):
    """A nested mapping of a config: a dict, so that json, yaml and `**` take it, that is heard.

    Its values are attributes, too; the methods of dict come first.
    """

    def __init__(self, values: Mapping[Any, Any], *, changed: Changed, dropped: Dropped) -> None:
        self.__dict__.update(_changed=changed, _dropped=dropped)
        super().__init__({key: _wrapped(self, str(key), item) for key, item in values.items()})

    def as_dict(self) -> dict[Any, Any]:
        """A plain nested dict."""
        return {k: v.as_dict() if isinstance(v, Nested) else v for k, v in self.items()}

    def update(self, *sources: Any, **values: Any) -> None:
        """Set the keys of mappings, or keys and values; what is nested is replaced."""
        for source in (*sources, values):
            for key, value in dict(source).items():
                self[key] = value

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The value; one that is not set yet is set."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: Any, *default: Any) -> Any:
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
        """Keys are texts in the journal: in a run that goes on `labels[3]` finds "3"."""
        if isinstance(key, str) or str(key) not in self:
            raise KeyError(key)
        return self[str(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(dict.get(self, key), Nested):
            self._dropped(str(key))
        super().__setitem__(key, _wrapped(self, str(key), value))
        self._changed({str(key): value})

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(key)
        self._dropped(str(key))

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        try:
            return self[key]
        except KeyError:
            known = ", ".join(map(str, list(self)[:10])) or "nothing yet"
            raise AttributeError(
                f"config object has no attribute {key!r}; it has {known}"
            ) from None

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __delattr__(self, key: str) -> None:
        del self[key]

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles are plain dicts: the journal hears of the original only."""
        return dict, (self.as_dict(),)


def _items(source: Any) -> list[tuple[str, Any]]:
    return [(_name(key), value) for key, value in config_items(source).items()]


def _is_media(value: Any) -> bool:
    """Whether it is a picture or the like; nobody has one who has not imported them."""
    media = sys.modules.get("gitexp.record.media._base")
    return media is not None and isinstance(value, media.Media)


def _name(key: Any) -> str:
    """Keys are given as options, too: `--lr` is `lr`."""
    return str(key).strip("-")


def _joined(values: dict[Any, Any], more: Mapping[Any, Any]) -> dict[Any, Any]:
    """Nested dicts joined, the second counting more."""
    for key, value in more.items():
        below = values.get(key)
        both = isinstance(below, dict) and isinstance(value, Mapping)
        values[key] = _joined(below, value) if both and isinstance(below, dict) else value
    return values


def _wrapped(owner: Config | Nested, key: str, value: Any) -> Any:
    """A value as a config holds it: what is set below it is told with the key before it."""
    if not isinstance(value, Mapping):
        return value
    return Nested(
        value,
        changed=lambda below: owner._changed({key: below}),
        dropped=lambda dotted: owner._dropped(f"{key}.{dotted}"),
    )
