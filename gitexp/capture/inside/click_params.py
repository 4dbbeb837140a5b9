"""click and typer: the parameters of each command that is invoked."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from gitexp.capture.inside import config, guard


def install(module: ModuleType) -> None:
    """Observe Command.invoke, before the command runs."""
    original = module.Command.invoke

    def invoke(self: Any, ctx: Any) -> Any:
        guard.run("click", lambda: _invoked(self, ctx))
        try:
            return original(self, ctx)
        except BaseException as error:  # click ends its commands with exceptions
            guard.unseen(error)
            raise

    module.Command.invoke = invoke


def _invoked(command: Any, ctx: Any) -> None:
    callback = inspect.unwrap(command.callback) if command.callback else None
    code = getattr(callback, "__code__", None)
    if code is None or not guard.is_users(code.co_filename):
        return
    values: dict[str, Any] = {}
    above = ctx
    while above is not None:
        values = {**above.params, **values}
        above = above.parent
    config.add(config.PARSER, "click", values)
