"""docs/wandb.md tells of every name that is there, and of every one that is not."""

from pathlib import Path

import pytest

import gitexp
from gitexp.wandb.names import HOMES
from gitexp.wandb.unsupported import INSTEAD

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "wandb.md").read_text("utf-8")


@pytest.mark.parametrize("name", [*HOMES, *INSTEAD])
def test_name_is_documented(name: str) -> None:
    assert f"`{name}" in PAGE or f"`wandb.{name}" in PAGE
    assert getattr(gitexp, name).__doc__


@pytest.mark.parametrize("name", INSTEAD)
def test_what_is_missing_says_so_when_it_is_used(name: str) -> None:
    with pytest.raises(AttributeError, match=f"wandb.{name}: "):
        getattr(gitexp, name)()
