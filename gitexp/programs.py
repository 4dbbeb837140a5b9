"""Run a click group as a program: exit codes, and errors as `error:` and `hint:`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from gitexp.errors import GitexpError


def run_group(group: click.Group, argv: Sequence[str] | None, name: str) -> int:
    """Run a command line and return its exit code: 0 ok, 1 failed, 2 usage, 130 Ctrl-C.

    Args:
        group: its commands.
        argv: words after the program's name; by default this process's.
        name: the program's, for its usage lines.
    """
    try:
        code = group.main(
            args=None if argv is None else list(argv), prog_name=name, standalone_mode=False
        )
    except GitexpError as error:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {error.message}", err=True)
        if error.hint:
            click.echo(f"{click.style('hint:', fg='cyan')} {error.hint}", err=True)
        return error.exit_code
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output went away (`gitexp ls | head`); nothing is wrong.
        sys.stderr.close()
        return 0
    return code if isinstance(code, int) else 0
