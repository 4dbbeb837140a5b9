"""docs/capture.md says what is read from a command line; each of its rows must be so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from gitexp.capture.argv import config_from_argv
from gitexp.capture.launchers import LAUNCHERS

PAGE = (Path(__file__).parents[2] / "docs" / "capture.md").read_text("utf-8")
ROWS = re.findall(r"^\| (`.+`) \| (`.+`) \|$", PAGE, re.MULTILINE)
CASES = [
    (typed, re.findall(r"`([^`]+)`", row[1])[at if row[1].count("`") > 2 else 0 :])
    for row in ROWS
    for at, typed in enumerate(re.findall(r"`([^`]+)`", row[0]))
]


def test_there_are_rows() -> None:
    assert len(ROWS) >= 10


@pytest.mark.parametrize(("typed", "configs"), CASES, ids=[typed for typed, _ in CASES])
def test_a_row_of_the_table(typed: str, configs: list[str]) -> None:
    config = config_from_argv(["python", "train.py", *shlex.split(typed)])
    assert config == yaml.safe_load("{" + configs[0] + "}")


def test_the_launchers_that_are_named_are_known() -> None:
    named = re.search(r"Known are (.*?)\.", PAGE.replace("\n", " "))
    assert named
    words = set(re.findall(r"[A-Za-z]+", re.sub(r"\(.*?\)|shells|and some more", "", named[1])))
    assert words >= {"torchrun", "uv"}
    assert words <= set(LAUNCHERS)
