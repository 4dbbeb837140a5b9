"""fire: the arguments of each function of the script's that fire calls, with their defaults."""

from __future__ import annotations

import inspect
from typing import Any

from gitexp.capture.inside import config, guard


def install(module: Any) -> None:
    """Observe where fire makes the function that reads the arguments."""
    original = module._MakeParseFn

    def make(fn: Any, metadata: Any) -> Any:
        parse = original(fn, metadata)

        def observed(args: Any) -> Any:
            result = parse(args)
            guard.run("fire", lambda: _parsed(fn, result))
            return result

        return observed

    module._MakeParseFn = make


def _parsed(fn: Any, result: Any) -> None:
    function = fn.__init__ if inspect.isclass(fn) else inspect.unwrap(fn)
    code = getattr(function, "__code__", None)
    if code is None or not guard.is_users(code.co_filename):
        return
    positional, named = result[0]
    bound = inspect.signature(fn).bind(*positional, **named)
    bound.apply_defaults()
    values: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            values.update(value)
        elif kind is not inspect.Parameter.VAR_POSITIONAL or value:
            values[name] = value
    config.add(config.PARSER, "fire", values)
