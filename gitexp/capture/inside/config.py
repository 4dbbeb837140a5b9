"""Config as the observers find it, in layers: a parser's values count more than a file's."""

from __future__ import annotations

import sys
from binascii import crc32
from collections.abc import Callable, Mapping
from typing import Any

from gitexp.capture.inside import journal, same
from gitexp.record.values import plain_config
from gitexp.schema import tree
from gitexp.schema.redact import redact_mapping

FILE, SCRIPT, OBJECTS, PARSER = range(4)
_GUESSED = (SCRIPT, OBJECTS)  # nobody said that these are hyperparameters

_layers: dict[int, dict[str, Any]] = {}
_sources: list[str] = []
_parsed: list[tuple[str, Callable[[], Mapping[str, Any]]]] = []
_said: dict[str, Any] = {}
_guesses = True


def has_parser() -> bool:
    """Whether a parser of the command line was observed."""
    return PARSER in _layers


def add(layer: int, source: str, values: Mapping[str, Any]) -> None:
    """Add what a source says; the run's config is updated with it.

    Args:
        layer: FILE, SCRIPT, OBJECTS or PARSER.
        source: the capture that found it.
        values: any values; what is no plain data is kept as its repr.
    """
    if layer in _GUESSED and not _guesses:
        return
    plain = _public(plain_config(unpacked(values)))
    if not plain:
        return
    known = _layers.setdefault(layer, {})
    # A second parser that has not seen an option says None: the first one knows better.
    tree.merge(known, {k: v for k, v in plain.items() if v is not None or k not in known})
    merged: dict[str, Any] = {}
    for _, found in sorted(_layers.items()):
        tree.merge(merged, found)
    _say(redact_mapping(merged), source)


def add_parsed(source: str, read: Callable[[], Mapping[str, Any]]) -> None:
    """Add what a parser has made, now and again when the training begins.

    Args:
        source: the capture.
        read: gives the values, as they are by then: scripts complete what was parsed
            (`args.batch_size = args.num_envs * args.num_steps`).
    """
    add(PARSER, source, read())
    _parsed.append((source, read))


def look_again() -> None:
    """The training is about to begin."""
    for source, read in _parsed:
        add(PARSER, source, read())


def leave_guesses() -> None:
    """Keep what parsers and files say and nothing else: the script itself says the rest."""
    global _guesses
    _guesses = False
    guessed = [key for layer in _GUESSED for key in tree.flatten(_layers.pop(layer, {}))]
    kept = {key for layer in _layers.values() for key in tree.flatten(layer)}
    kept.update(tree.flatten(same.own_config()))
    for key in guessed:
        if key not in kept:
            drop(key)


def _say(merged: dict[str, Any], source: str) -> None:
    for key in journal.fact("set") or ():  # `gitexp record --set` is the last word
        _drop(merged, key)
    own = tree.flatten(same.own_config())
    if has_parser() and not _said and _is_its_command():
        flat = tree.flatten(merged) | own
        for key in journal.fact("argv") or ():
            if key not in flat:
                journal.say("config_drop", key=key)
    # What the script gave to its run counts more than what was found on the way.
    for key in own:
        _drop(merged, key)
    if merged != _said:
        _said.clear()
        _said.update(merged)
        journal.say("config", values=merged)
    if source not in _sources:
        _sources.append(source)
        journal.say("capture", values={"config": list(_sources)})


def drop(key: str) -> None:
    """Take back a key (with dots) that was said before."""
    for layer in _layers.values():
        _drop(layer, key)
    _drop(_said, key)
    journal.say("config_drop", key=key)


def drop_argv(prefix: str) -> None:
    """Arguments below this key are a library's own, whatever else becomes of the config."""
    for key in journal.fact("argv") or ():
        if key.startswith(f"{prefix}.") and _is_its_command():
            journal.say("config_drop", key=key)


def _is_its_command() -> bool:
    """Whether this process has the arguments that `gitexp record` read, and read as a parser
    does that knows what they mean."""
    return bool(journal.fact("digest") == digest_of(sys.argv[1:]))


def digest_of(arguments: list[str]) -> int:
    """Tells a command's arguments from others; hashlib takes long to import."""
    return crc32("\0".join(arguments).encode("utf-8", "replace"))


def unpacked(value: Any) -> Any:
    """Dataclasses, namespaces, enums and open files as plain data, at any depth."""
    if isinstance(value, Mapping):
        return {key: unpacked(item) for key, item in value.items()}
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None and not isinstance(value, type):
        return {name: unpacked(getattr(value, name, None)) for name in fields}
    if type(value).__name__ in ("Namespace", "SimpleNamespace", "Munch", "EasyDict", "AttrDict"):
        return {key: unpacked(item) for key, item in vars(value).items()}
    name = getattr(value, "name", None)
    if type(value).__module__ == "_io" and isinstance(name, str):
        return name  # argparse.FileType
    if hasattr(type(value), "__members__") and isinstance(name, str):
        return name  # an Enum
    return value


def _public(plain: dict[str, Any]) -> dict[str, Any]:
    """Without `_names`; names with dots nest."""
    public: dict[str, Any] = {}
    for key, value in plain.items():
        if key.startswith("_"):
            continue
        if "." in key and not key.startswith(".") and not key.endswith("."):
            tree.put(public, key, value)
        else:
            public[key] = value
    return public


def _drop(config: dict[str, Any], dotted: str) -> None:
    *path, last = dotted.split(".")
    for part in path:
        below = config.get(part)
        if not isinstance(below, dict):
            return
        config = below
    config.pop(last, None)
