"""The types that run.json must have: a fetched one may have been written by anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_NONE = type(None)
_TEXT, _MAYBE_TEXT = (str,), (str, _NONE)
_WHOLE, _MAYBE_WHOLE = (int,), (int, _NONE)
_MAYBE_NUMBER = (int, float, _NONE)
_METRIC_VALUE = (int, float, str, _NONE)  # non-finite ones are strings
_FLAG = (bool,)

_CHECKPOINT = {
    "label": _TEXT,
    "step": _MAYBE_WHOLE,
    "bytes": _WHOLE,
    "tensors": _WHOLE,
    "metrics": {"*": _METRIC_VALUE},
    "created_at": _MAYBE_TEXT,
}

# A dict: some keys of an object. A list: an array of that. "*": whatever keys there are.
_SHAPE: dict[str, Any] = {
    **dict.fromkeys(("name", "id", "created_at", "status", "cwd", "author", "host"), _TEXT),
    **dict.fromkeys(("notes", "config_digest"), _TEXT),
    **dict.fromkeys(("finished_at", "group", "job_type", "signal"), _MAYBE_TEXT),
    **{key: [_TEXT] for key in ("command", "tags", "warnings")},
    **{key: {} for key in ("config", "summary", "capture")},
    "duration_s": _MAYBE_NUMBER,
    "exit_code": _MAYBE_WHOLE,
    "git": {
        "base_commit": _MAYBE_TEXT,
        "branch": _MAYBE_TEXT,
        "dirty": _FLAG,
        "code_tree": _MAYBE_TEXT,
        "skipped": [{"path": _TEXT, "bytes": _WHOLE, "reason": _TEXT}],
    },
    "metrics": {
        "*": {
            **dict.fromkeys(("last", "min", "max"), _METRIC_VALUE),
            **dict.fromkeys(("min_step", "max_step"), _MAYBE_WHOLE),
            "count": _WHOLE,
            "last_step": _WHOLE,
            "goal": _MAYBE_TEXT,
        }
    },
    "hardware": {
        "samples": _WHOLE,
        "mean": {"*": _MAYBE_NUMBER},
        "peak": {"*": _MAYBE_NUMBER},
        **dict.fromkeys(("energy_wh", "co2_g", "cost"), _MAYBE_NUMBER),
        **dict.fromkeys(("energy_source", "currency"), _MAYBE_TEXT),
    },
    "checkpoints": [_CHECKPOINT],
    "dropped_checkpoints": [_CHECKPOINT],
    "artifacts": [
        {
            **dict.fromkeys(("name", "type", "digest", "created_at"), _TEXT),
            **dict.fromkeys(("version", "bytes", "files"), _WHOLE),
            **dict.fromkeys(("description", "source"), _MAYBE_TEXT),
            "metadata": {},
            "tags": [_TEXT],
            "aliases": {"*": _TEXT},
            "dropped_aliases": {"*": _TEXT},
            "ttl_days": _MAYBE_WHOLE,
        }
    ],
    "error": {"type": _TEXT, "message": _TEXT, "traceback": _TEXT},
    "verdicts": [
        {
            **dict.fromkeys(("run", "id", "role", "outcome", "created_at"), _TEXT),
            **dict.fromkeys(
                ("metrics", "points", "differing_metrics", "tensors", "differing_tensors"), _WHOLE
            ),
            **dict.fromkeys(
                ("original_value", "repeat_value", "largest", "tensor_distance"), _METRIC_VALUE
            ),
            "tolerance": (int, float),
            "metric": _MAYBE_TEXT,
            "step": _MAYBE_WHOLE,
            "environment": [_TEXT],
        }
    ],
    "lineage": {
        **dict.fromkeys(("resumed_from", "forked_from", "reproduced_from"), _MAYBE_TEXT),
        **dict.fromkeys(("sweep", "forked_id", "forked_checkpoint"), _MAYBE_TEXT),
        **dict.fromkeys(("trial", "forked_step"), _MAYBE_WHOLE),
        "resumptions": [
            {
                **dict.fromkeys(("at", "commit", "status", "host"), _TEXT),
                "step": _MAYBE_WHOLE,
                "duration_s": (int, float),
            }
        ],
        "used": [
            {
                **dict.fromkeys(("name", "type", "digest", "run", "id", "used_at"), _TEXT),
                "version": _WHOLE,
                "use_as": _MAYBE_TEXT,
            }
        ],
    },
}


def check_run_shape(data: Mapping[str, Any]) -> None:
    """Refuse a run.json whose values have other types than the format says.

    Keys may be missing, and there may be more; at the top, null stands for an empty object or
    array.

    Raises:
        ValueError: what is wrong, with its place: `'checkpoints[2].step' is a str`.
    """
    given = {
        key: value
        for key, value in data.items()
        if value is not None or isinstance(_SHAPE.get(key), tuple)
    }
    _check(given, _SHAPE, ())


def _check(value: Any, shape: Any, path: tuple[str | int, ...]) -> None:
    if type(value) is not type(shape):
        raise _wrong(value, path)
    items: Iterable[tuple[Any, Any]]
    if isinstance(value, list):
        every, items = shape[0], enumerate(value)
    else:
        every = shape.get("*")
        if type(every) is tuple and {*map(type, value.values())}.issubset(every):
            return  # an index checks ten thousand runs at once
        items = value.items() if every else [(key, value[key]) for key in shape if key in value]
    for key, item in items:
        below = every or shape[key]
        if type(below) is not tuple:
            _check(item, below, (*path, key))
        # The exact type: JSON's true is no number, though Python's True is an int.
        elif type(item) not in below:
            raise _wrong(item, (*path, key))


def _wrong(value: Any, path: tuple[str | int, ...]) -> ValueError:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return ValueError(f"'{place[1:]}' is a {type(value).__name__}")
