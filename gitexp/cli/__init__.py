"""The command line: parse, one library call, one renderer, echo."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitexp._version import __version__
from gitexp.cli._group import Entry, LazyGroup
from gitexp.programs import run_group

_SECTIONS = {
    "Run": {
        "record": Entry("gitexp.cli.record", "Run a command as a tracked run."),
    },
    "Look": {
        "ls": Entry("gitexp.cli.ls", "List runs, the newest first."),
        "show": Entry("gitexp.cli.show", "Show one run: facts, curves, files."),
        "diff": Entry("gitexp.cli.diff", "Show what sets runs apart, and what it did."),
        "metrics": Entry("gitexp.cli.metrics", "Print or plot metric series."),
        "blame": Entry("gitexp.cli.blame", "Tell which runs ran a line of code."),
        "report": Entry("gitexp.cli.report", "Write a static HTML report."),
        "ui": Entry("gitexp.cli.ui", "Show the runs in a live dashboard."),
        "checkpoint": Entry("gitexp.cli.checkpoint", "List checkpoints and get them back."),
        "artifact": Entry("gitexp.cli.artifact", "List artifacts and get their files."),
    },
    "Repeat": {
        "tried": Entry("gitexp.cli.tried", "Say whether this has been run before."),
        "reproduce": Entry("gitexp.cli.reproduce", "Run a run again and compare."),
        "checkout": Entry("gitexp.cli.checkout", "Check out the code of a run."),
    },
    "Sum up": {
        "whence": Entry("gitexp.cli.whence", "Say which run a model came from."),
        "energy": Entry("gitexp.cli.energy", "Sum up energy, CO2 and cost."),
    },
    "Annotate": {
        "tag": Entry("gitexp.cli.tag", "Add or remove tags."),
        "note": Entry("gitexp.cli.note", "Write a note on a run."),
        "rename": Entry("gitexp.cli.rename", "Give a run another name."),
        "rm": Entry("gitexp.cli.rm", "Remove runs."),
    },
    "Share": {
        "push": Entry("gitexp.cli.push", "Send runs to a remote."),
        "fetch": Entry("gitexp.cli.fetch", "Get everybody's runs."),
        "browse": Entry("gitexp.cli.browse", "Open a run on its git host."),
        "publish": Entry("gitexp.cli.publish", "Show the runs on an ordinary branch."),
    },
    "Keep up": {
        "init": Entry("gitexp.cli.init", "Set a repository up for sharing."),
        "recover": Entry("gitexp.cli.recover", "Commit runs whose processes died."),
        "gc": Entry("gitexp.cli.gc", "Free what removed runs and dropped checkpoints leave."),
        "doctor": Entry("gitexp.cli.doctor", "Check git, runs, locks, disk space and probes."),
        "hooks": Entry("gitexp.cli.hooks", "Install or remove the git hooks."),
        "hook": Entry("gitexp.cli.hook", "What an installed git hook calls.", hidden=True),
    },
}


@click.group(
    cls=LazyGroup,
    sections=_SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "--version", "-V", prog_name="gitexp")
def cli() -> None:
    """Git-native experiment tracking: every run is a chain of commits on its own ref.

    \b
    gitexp record python train.py --lr 0.1    track a training, no code change
    gitexp ls                                 what was run, what came out
    gitexp diff RUN RUN                       why is this one better
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 ok, 1 gitexp failed, 2 usage."""
    return run_group(cli, argv, "gitexp")
