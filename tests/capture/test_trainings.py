"""Settings of several trainings in one process: what differs is a list, then nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gitexp.capture.inside import config, metrics, trainings


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def add(layer: int, source: str, values: Mapping[str, Any]) -> None:
        found.update(values)

    monkeypatch.setattr(config, "add", add)
    monkeypatch.setattr(config, "drop", found.pop)
    monkeypatch.setattr(trainings, "_known", {})
    return found


def test_what_differs_is_a_list(said: dict[str, Any]) -> None:
    trainings.tell("xgboost", {"eta": 0.1, "max_depth": 3})
    trainings.tell("xgboost", {"eta": 0.2, "max_depth": 3, "gamma": 1})
    assert said == {"eta": [0.1, 0.2], "max_depth": 3, "gamma": 1}


def test_what_a_search_varies_is_no_config(said: dict[str, Any]) -> None:
    for trial in range(20):
        trainings.tell("xgboost", {"eta": trial / 10, "max_depth": 3})
    assert said == {"max_depth": 3}


def test_a_second_training_goes_on_behind_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[int] = []
    for name in ("_rounds", "_counted"):
        monkeypatch.setattr(metrics, name, {})
    monkeypatch.setattr(metrics, "_begun", set())
    monkeypatch.setattr(metrics.same, "is_new", lambda *_: True)
    monkeypatch.setattr(metrics, "_write", lambda source, at, time_s, row: rows.append(at))
    for first in (0, 0, 2):  # the third was told to go on where the second ended
        metrics.begin_training("keras")
        for epoch in range(first, first + 2):
            metrics.log("keras", {"loss": 0.5}, epoch)
    assert rows == [0, 1, 2, 3, 4, 5]
