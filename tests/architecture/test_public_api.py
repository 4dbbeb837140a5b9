"""What `import gitexp` offers: all of it listed, documented, and resolved lazily."""

from pathlib import Path

import pytest

import gitexp

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_all_is_sorted_and_complete() -> None:
    listed = [name for name in gitexp.__all__ if name != "__version__"]
    assert listed == sorted(listed, key=lambda name: (name.lower(), name))
    assert set(gitexp.__all__) <= set(dir(gitexp))


@pytest.mark.parametrize("name", gitexp.__all__)
def test_name_resolves_and_is_documented(name: str) -> None:
    getattr(gitexp, name)
    text = (DOCS / "python-api.md").read_text("utf-8")
    assert f"gitexp.{name}" in text or f"`{name}`" in text


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        gitexp.nonsense  # noqa: B018
