"""The documents tell all of it, and nothing that is not so."""

import dataclasses
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gitexp.cli import cli
from gitexp.cli._group import LazyGroup
from gitexp.schema import names, run
from gitexp.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    *sorted(DOCS.rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def rows(text: str) -> dict[str, list[str]]:
    """The rows of all tables by what stands in backquotes in their first cell."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `"):
            for word in re.findall(r"`([^`]+)`", cells[0]):
                found[word] = cells
    return found


# Configuration -------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_setting_is_documented(setting: dataclasses.Field[object]) -> None:
    key, default, meaning = rows(text_of("configuration.md"))[setting.metadata["key"]]
    assert meaning.replace("`", "") == setting.metadata["doc"].replace("`", "")
    shown = {None: "none", (): "[]"}.get(setting.default, str(setting.default))  # type: ignore[call-overload]
    assert default.strip("`").strip('"') == shown, key


def test_every_environment_variable_is_documented_and_none_beside_them() -> None:
    # A name in the documents may stand for a variable that others read: NO_COLOR.
    used = set()
    for path in (ROOT / "gitexp").rglob("*.py"):
        used |= set(re.findall(r"\bGITEXP_[A-Z_]+\b", path.read_text("utf-8")))
    told = {name for name in rows(text_of("configuration.md")) if name.startswith("GITEXP_")}
    assert told == used


# The command line ----------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that is not hidden, subcommands as `hooks install`."""
    assert isinstance(cli, LazyGroup)
    for name, entry in cli.entries.items():
        if entry.hidden:
            continue
        found = cli.get_command(click.Context(cli), name)
        assert found is not None
        yield name, found
        if isinstance(found, click.Group):
            for below, command in found.commands.items():
                yield f"{name} {below}", command


COMMANDS = dict(commands())


def section(name: str) -> str:
    """What docs/cli.md says under a command's heading."""
    parts = re.split(r"(?m)^##+ `gitexp ([^`]*)`.*$", text_of("cli.md"))
    told = {
        " ".join(w for w in title.split() if w.islower() and w.isalpha()): body
        for title, body in zip(parts[1::2], parts[2::2], strict=True)
    }
    return told[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_command_and_its_options_are_documented(name: str) -> None:
    told = rows(section(name))
    options = {
        option
        for parameter in COMMANDS[name].params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    documented = {word.split()[0] for word in told if word.startswith("-")}
    assert documented == options


def test_no_command_is_documented_that_is_not_there() -> None:
    titles = re.findall(r"(?m)^##+ `gitexp ([^`]*)`", text_of("cli.md"))
    told = {" ".join(w for w in title.split() if w.islower() and w.isalpha()) for title in titles}
    assert told == set(COMMANDS)


# The format ----------------------------------------------------------------------------------


def test_every_file_of_a_run_is_documented() -> None:
    text = text_of("format.md")
    for constant in (
        names.README, names.RUN, names.CONFIG, names.METRICS, names.HARDWARE, names.OUTPUT,
        names.ENVIRONMENT, names.MODEL, names.HISTOGRAMS, names.DIAGNOSTICS,
        f"{names.CHECKPOINTS}/", f"{names.MEDIA}/", f"{names.PLOTS}/", f"{names.CODE}/",
    ):  # fmt: skip
        assert f"`{constant}" in text, constant
    for trailer in (names.TRAILER_RUN, names.TRAILER_ID, names.TRAILER_STATUS):
        assert f"`{trailer}`" in text
    assert names.REF_PREFIX in text
    assert f"{names.PART_BYTES // 2**20} MiB" in text


@pytest.mark.parametrize(
    "part",
    [run.Run, run.GitFacts, run.HardwareSummary, run.CheckpointEntry, run.Lineage, run.ErrorInfo],
    ids=lambda part: part.__name__,
)
def test_every_field_of_run_json_is_documented(part: type) -> None:
    text = text_of("format.md")
    for field in dataclasses.fields(part):
        assert re.search(rf'[`"]{field.name}[`"]', text), field.name


def test_every_status_is_documented() -> None:
    assert all(f"`{status}`" in text_of("format.md") for status in run.STATUSES)


# All pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            file = page.parent / path if path else page
            assert file.exists(), target
            if anchor:
                headings = re.findall(r"(?m)^#+ (.*)$", file.read_text("utf-8"))
                anchors = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}
                assert anchor in anchors, target


def test_the_readme_links_every_page() -> None:
    linked = set(re.findall(r"\]\((docs/[^)#]+\.md)[)#]", PAGES[0].read_text("utf-8")))
    assert linked == {page.relative_to(ROOT).as_posix() for page in DOCS.rglob("*.md")}


def console_lines(page: Path) -> list[str]:
    """What a reader is told to type: the `$ ` lines of console blocks, continued lines joined."""
    blocks = re.findall(r"(?s)```console[^\n]*\n(.*?)```", page.read_text("utf-8"))
    joined = "\n".join(blocks).replace("\\\n", " ")
    return [line[2:] for line in joined.splitlines() if line.startswith("$ ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_console_blocks_are_understood(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for line in console_lines(page):
        words = shlex.split(line, comments=True)
        if not words or words[0] != "gitexp":
            continue
        for word in words:
            if word.endswith(".yaml"):  # options may ask for a file that exists
                Path(word).touch()
        command: click.Command = cli
        context = click.Context(cli, info_name="gitexp")
        arguments = words[1:]
        while isinstance(command, click.Group) and arguments and arguments[0][0] != "-":
            below = command.get_command(context, arguments[0])
            assert below is not None, line
            command, arguments = below, arguments[1:]
        try:
            command.make_context(command.name, list(arguments), parent=context)
        except click.exceptions.Exit:  # --help, --version
            continue
        except click.ClickException as error:
            pytest.fail(f"{line}: {error.format_message()}")
