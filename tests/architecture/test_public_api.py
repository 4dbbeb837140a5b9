"""What `import gitexp` offers: all of it listed, documented, and resolved lazily."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import gitexp

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def idle_run() -> Iterator[None]:
    """A run that records nothing: `gitexp.config` exists only while there is a run."""
    gitexp.init(mode="disabled")
    yield
    gitexp.finish()


def test_all_is_listed_once_and_by_dir() -> None:
    assert len(set(gitexp.__all__)) == len(gitexp.__all__)
    assert dir(gitexp) == sorted(gitexp.__all__)


@pytest.mark.usefixtures("idle_run")
@pytest.mark.parametrize("name", gitexp.__all__)
def test_name_resolves_and_is_documented(name: str) -> None:
    found = getattr(gitexp, name)
    assert found is not None
    assert not callable(found) or found.__doc__
    assert f"`gitexp.{name}" in (DOCS / "python-api.md").read_text("utf-8")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        gitexp.nonsense  # noqa: B018
