"""The table that `gitexp --help` is printed from tells the truth about the command files."""

import pytest
from click import Command, Context, Group

from gitexp.cli import cli
from gitexp.cli._group import LazyGroup

assert isinstance(cli, LazyGroup)
ENTRIES = cli.entries


def command(name: str) -> Command:
    found = cli.get_command(Context(cli), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ENTRIES)
def test_command_is_as_the_table_says(name: str) -> None:
    entry = ENTRIES[name]
    found = command(name)
    assert found.get_short_help_str(limit=200) == entry.help
    assert found.hidden == entry.hidden
    assert len(entry.help) <= 60


@pytest.mark.parametrize("name", ENTRIES)
def test_every_option_has_a_help_text(name: str) -> None:
    found = command(name)
    below = list(found.commands.values()) if isinstance(found, Group) else []
    for each in [found, *below]:
        assert each.help
        for parameter in each.params:
            if parameter.param_type_name == "option":
                assert getattr(parameter, "help", None), f"{each.name} {parameter.opts}"
