"""Hyperparameters from the command line of any command, without knowing its parser.

What is read (the script's own arguments only, see `launchers`):

    --lr 0.1  --lr=0.1  -lr 0.1  -e 5  -e5     {"lr": 0.1, "e": 5}
    --layers 64 64 10                          {"layers": [64, 64, 10]}
    --tag a --tag b                            {"tag": ["a", "b"]}
    --amp  --no-compile  -v -v                 {"amp": True, "compile": False, "v": 2}
    lr=0.1  +a.b=2  ++hydra.style=1  ~x        {"lr": 0.1, "a": {"b": 2}, …, "x": None}
    data.csv                                   {"args": ["data.csv"]}

As in argparse, `--learning-rate` becomes `learning_rate`. Arguments without a key are kept in
order under `args`: two runs that differ only there are not the same experiment. Without the
parser nobody can know whether `--verbose data.csv` is a flag and a file: it is read as a key and
its value, and further values join a list only if they are of the same kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gitexp.capture.launchers import own_arguments
from gitexp.capture.values import is_number, typed_value
from gitexp.errors import UsageError
from gitexp.schema.redact import redact_mapping
from gitexp.schema.tree import flatten, put

ARGS = "args"
_OPTION = re.compile(r"--?(?P<key>[^\W\d][\w.-]*)(?:=(?P<value>.*))?", re.DOTALL)
_ATTACHED = re.compile(r"-(?P<key>[A-Za-z])(?P<value>\d.*)", re.DOTALL)
_ASSIGNMENT = re.compile(
    r"\+{0,2}(?P<key>[^\W\d][\w-]*(?:[./@][\w-]+)*)=(?P<value>(?!=).*)", re.DOTALL
)
_DELETION = re.compile(r"~(?P<key>[^\W\d][\w-]*(?:[./@][\w-]+)*)(?:=.*)?", re.DOTALL)


def config_from_argv(command: Sequence[str]) -> dict[str, Any]:
    """The config, nested, in the order of the command line; credentials are redacted.

    Args:
        command: the whole command, `["python", "-u", "train.py", "--lr", "0.1"]`.

    Returns:
        Plain data: None, bools, ints, floats (`inf` and `nan` among them), strings, lists, dicts.
    """
    reader = _Reader()
    arguments = own_arguments(command)
    at = 0
    while at < len(arguments):
        if arguments[at] == "--":
            reader.positionals += map(typed_value, arguments[at + 1 :])
            break
        at += reader.take(arguments, at)
    return redact_mapping(_nested(reader.config()))


def parse_assignment(text: str) -> tuple[str, Any]:
    """`a.b=3` → ("a.b", 3), as `--set` takes it.

    Raises:
        UsageError: there is no `=`, or no key before it.
    """
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key or not all(key.split(".")):
        raise UsageError(f"cannot read {text!r}", "write KEY=VALUE, as in --set optimizer.lr=0.1")
    return key, typed_value(value)


class _Reader:
    """Collects what stands under each key; keys are dotted."""

    def __init__(self) -> None:
        self.options: dict[str, list[Any]] = {}
        self.positionals: list[Any] = []

    def take(self, arguments: Sequence[str], at: int) -> int:
        """Read what begins at a position; how many arguments it took."""
        argument = arguments[at]
        if _is_value(argument):
            self.positionals.append(typed_value(argument))
            return 1
        if match := _ASSIGNMENT.fullmatch(argument):
            self.options[match["key"]] = [typed_value(match["value"])]  # the last one wins
            return 1
        if match := _DELETION.fullmatch(argument):
            self.options[match["key"]] = [None]
            return 1
        match = _ATTACHED.fullmatch(argument)
        if match and is_number(match["value"]):
            self._add(match["key"], typed_value(match["value"]))
            return 1
        match = _OPTION.fullmatch(argument)
        if match is None:
            self.positionals.append(argument)
            return 1
        key = match["key"].replace("-", "_")
        if match["value"] is not None:
            self._add(key, typed_value(match["value"]))
            return 1
        values = _values(arguments, at + 1)
        if values:
            self._add(key, values[0] if len(values) == 1 else values)
        elif key.startswith("no_") and len(key) > 3:
            self._add(key[3:], False)
        else:
            self._add(key, True)
        return 1 + len(values)

    def _add(self, key: str, value: Any) -> None:
        self.options.setdefault(key, []).append(value)

    def config(self) -> dict[str, Any]:
        """Dotted keys and their values; a repeated option is a list, a repeated flag a count."""
        config: dict[str, Any] = {}
        for key, values in self.options.items():
            if len(values) > 1 and all(value is True for value in values):
                config[key] = len(values)
            else:
                config[key] = values[0] if len(values) == 1 else values
        if self.positionals:
            config.setdefault(ARGS, self.positionals)
        return config


def _is_value(argument: str) -> bool:
    """Whether an argument is neither an option nor an assignment; `-1e-3` and `-` are values."""
    if argument.startswith("-") and argument != "-":
        return is_number(argument)
    return not (_ASSIGNMENT.fullmatch(argument) or _DELETION.fullmatch(argument))


def _values(arguments: Sequence[str], start: int) -> list[Any]:
    """The values that follow an option: one, or several of the same kind."""
    values: list[Any] = []
    for argument in arguments[start:]:
        if not _is_value(argument):
            break
        value = typed_value(argument)
        if values and _kind(value) != _kind(values[0]):
            break
        values.append(value)
    return values


def _kind(value: Any) -> str:
    if isinstance(value, list | dict):
        return "structure"
    if not isinstance(value, str):
        return "number"
    return "path" if re.search(r"[/\\]|\w\.[A-Za-z]\w{0,7}\Z", value) else "word"


def _nested(dotted: dict[str, Any]) -> dict[str, Any]:
    """`{"a.b": 1}` → `{"a": {"b": 1}}`.

    Hydra's `model=resnet model.depth=3` gives a key both a value and keys below it; the ones
    below then stay dotted, so that nothing is lost.
    """
    flat = flatten(dotted)
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        parts = key.split(".")
        above = (".".join(parts[:n]) for n in range(1, len(parts)))
        if not all(parts) or any(prefix in flat for prefix in above):
            nested[key] = value
        else:
            put(nested, key, value)
    return nested
