"""config and summary behave like the mappings that scripts expect."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from gitexp.record.mappings import Config, Summary
from gitexp.schema import tree


class Heard:
    """What the journal would hear."""

    def __init__(self) -> None:
        self.config: dict[str, Any] = {}
        self.dropped: list[str] = []

    def changed(self, values: dict[str, Any]) -> None:
        tree.merge(self.config, values)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def config(heard: Heard) -> Config:
    return Config(
        {"lr": 0.1, "model": {"depth": 2}}, changed=heard.changed, dropped=heard.dropped.append
    )


def test_reading_by_attribute_item_and_get(config: Config) -> None:
    assert config.lr == config["lr"] == config.get("lr") == 0.1
    assert config.model.depth == 2
    assert config.get("none", 3) == 3
    assert "lr" in config
    assert dict(config.items())["lr"] == 0.1
    assert {**config}["lr"] == 0.1
    assert list(config) == ["lr", "model"]


def test_all_ways_of_writing_are_heard(config: Config, heard: Heard) -> None:
    config.epochs = 5
    config["seed"] = 1
    config.update({"lr": 0.2, "model": {"width": 8}}, batch=32)
    config.update(argparse.Namespace(noise=0.5))
    config.model.depth = 3
    config.setdefaults({"lr": 9, "fresh": True})
    assert heard.config == {
        "epochs": 5,
        "seed": 1,
        "lr": 0.2,
        "model": {"width": 8, "depth": 3},
        "batch": 32,
        "noise": 0.5,
        "fresh": True,
    }
    assert config.as_dict()["model"] == {"depth": 3, "width": 8}


def test_deleting(config: Config, heard: Heard) -> None:
    del config.model["depth"]
    del config.lr
    assert heard.dropped == ["model.depth", "lr"]
    assert "lr" not in config


def test_the_object_that_was_set_comes_back(config: Config) -> None:
    marker = object()
    config.marker = marker
    assert config.marker is marker


def test_an_absent_key_is_an_attribute_error_that_helps(config: Config) -> None:
    with pytest.raises(AttributeError, match="config has no 'learning_rate'; it has lr, model"):
        config.learning_rate  # noqa: B018
    assert getattr(config, "learning_rate", None) is None
    assert not hasattr(config, "__deepcopy__")


def test_summary_shows_what_was_logged_under_what_was_set() -> None:
    said: dict[str, Any] = {}
    dropped: list[str] = []
    summary = Summary(lambda: {"loss": 0.5, "acc": 0.9}, said.update, dropped.append)
    assert summary["loss"] == summary.loss == 0.5
    summary["best"] = {"acc": 0.95}
    summary.loss = 0.1
    assert summary["best.acc"] == 0.95
    assert dict(summary) == {"loss": 0.1, "acc": 0.9, "best.acc": 0.95}
    assert said == {"best.acc": 0.95, "loss": 0.1}
    del summary["loss"]
    assert summary["loss"] == 0.5
    assert dropped == ["loss"]
    assert len(summary) == 3
