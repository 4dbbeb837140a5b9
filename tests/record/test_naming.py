"""Memorable names and the pool that keeps them at hand."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import coolname
import pytest

from gitexp.record.naming import candidate_names, fill_pool, memorable_name, use_up


@pytest.fixture
def common(tmp_path: Path) -> Path:
    (tmp_path / "gitexp").mkdir()
    return tmp_path


def pool(common: Path) -> list[str]:
    return (common / "gitexp" / "names").read_text().split()


def test_a_name_is_used_once_and_the_pool_is_filled_when_few_are_left(common: Path) -> None:
    fill_pool(common)
    names = pool(common)
    assert len(set(names)) == 40
    assert set(islice(candidate_names(common), 40)) == set(names)
    for name in names[:30]:
        use_up(common, name)
    assert pool(common) == names[30:]
    fill_pool(common)
    assert pool(common) == names[30:]
    use_up(common, names[30])
    fill_pool(common)
    assert pool(common)[:9] == names[31:]
    assert len(pool(common)) == 40


def test_without_a_pool_there_are_names(tmp_path: Path) -> None:
    fill_pool(tmp_path / "nowhere")
    assert all(name.count("-") == 2 for name in islice(candidate_names(tmp_path / "nowhere"), 3))


def test_unfit_words_make_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    given = iter(
        [["sexy", "red", "owl"], ["a", "b"], ["two-part", "red", "owl"], ["calm", "red", "owl"]]
    )
    monkeypatch.setattr(coolname, "generate", lambda words: next(given))
    assert memorable_name() == "calm-red-owl"
