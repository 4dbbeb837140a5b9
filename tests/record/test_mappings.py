"""config and summary behave like the mappings that scripts expect."""

from __future__ import annotations

import argparse
import copy
import enum
import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gitexp.errors import ConfigError
from gitexp.record.mappings import Config, permit_changes
from gitexp.record.summary import Summary
from gitexp.schema import tree


class Kind(enum.Enum):
    """Of which a config holds the name."""

    ONE = 1


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
    config["--gamma-"] = 0.9
    config.setdefaults({"lr": 9, "fresh": True})
    assert heard.config == {
        "epochs": 5,
        "seed": 1,
        "lr": 0.2,
        "model": {"width": 8, "depth": 3},
        "batch": 32,
        "noise": 0.5,
        "fresh": True,
        "gamma": 0.9,
    }
    assert config.as_dict()["model"] == {"depth": 3, "width": 8}
    assert heard.dropped == ["model"]  # what is nested is replaced


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config.update({"batch": 1, "seed": 3}),
        lambda config: config.update({"seed": 3}, False),
        lambda config: config.__setitem__("seed", 3),
        lambda config: setattr(config, "net", {"depth": 3}),
        lambda config: config.update({"-seed": 3}),
    ],
)
def test_what_the_script_set_changes_only_where_it_says_so(
    config: Config, heard: Heard, change: Any
) -> None:
    config.update({"seed": 1, "net": {"depth": 2}})
    with pytest.raises(ConfigError, match="was to become"):
        change(config)
    assert config.as_dict()["seed"] == 1
    assert "batch" not in heard.config
    config.update({"seed": 1, "net": {"depth": 2}})
    config.update({"seed": 2}, allow_val_change=True)
    config.update({"seed": 3}, True)
    permit_changes(config)
    config.net = {"width": 1}
    assert config.as_dict() == {"lr": 0.1, "model": {"depth": 2}, "seed": 3, "net": {"width": 1}}


def test_what_others_said_of_a_run_is_found_by_name_and_may_change(heard: Heard) -> None:
    config = Config(inherited={"lr": 0.1}, changed=heard.changed)
    assert config.lr == config["lr"] == config.get("lr") == 0.1
    assert dict(config) == {}
    assert "lr" not in config
    config.update({"lr": 0.2})
    assert dict(config) == heard.config == {"lr": 0.2}


def test_a_key_that_is_locked_is_left_as_it_is(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    config.merge_locked({"lr": 0.5, "model": {"width": 1}}, user="sweep")
    config.update({"lr": 7, "more": 1})
    config.model = 3
    assert dict(config) == {"lr": 0.5, "model": {"depth": 2, "width": 1}, "more": 1}
    assert "config 'lr' is kept as sweep has set it" in capsys.readouterr().err


def test_values_are_read_as_plain_ones(config: Config) -> None:
    config.update(
        {
            "shape": (1, 2),
            "names": {"a"},
            "path": Path("/x"),
            "rate": np.float32(1.5),
            "few": np.arange(3),
            "many": np.zeros(40),
            "nothing": float("nan"),
            "all": math.inf,
            "classes": {0: "cat"},
            "kind": Kind.ONE,
            "cut": slice(1, 5, None),
            "text": b"abc",
            "when": date(2026, 1, 2),
            "of": argparse.Namespace,
        }
    )
    assert config.shape == [1, 2]
    assert config.names == ["a"]
    assert config.path == "/x"
    assert type(config.rate) is float
    assert config.few == [0, 1, 2]
    assert config.many.startswith("[0. 0.")
    assert config.nothing is None
    assert config.all == math.inf
    assert list(config.classes) == [0]
    assert config.kind == "ONE"
    assert config.cut == {"slice_start": 1, "slice_step": None, "slice_stop": 5}
    assert (config.text, config.when) == ("abc", "2026-01-02")
    assert config.of == "argparse.Namespace"


def test_keys_are_not_hidden_by_ours(config: Config) -> None:
    config.update({"own": 1, "hold": 2, "inherited": 3})
    assert (config.own, config.hold, config.inherited) == (1, 2, 3)


def test_a_picture_is_no_value_of_a_config(config: Config) -> None:
    from gitexp.record.media.documents import Html

    with pytest.raises(TypeError, match="plain values, no media"):
        config.page = Html("<p>")


def test_deleting(config: Config, heard: Heard) -> None:
    del config.model["depth"]
    del config.lr
    assert heard.dropped == ["model.depth", "lr"]
    assert "lr" not in config


def test_an_absent_key_is_an_attribute_error_that_helps(config: Config) -> None:
    with pytest.raises(
        AttributeError, match="config object has no attribute 'learning_rate'; it has lr, model"
    ):
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


def test_what_is_nested_in_a_config_is_a_dict(config: Config, heard: Heard) -> None:
    assert isinstance(config.model, dict)
    assert json.loads(json.dumps(dict(config))) == {"lr": 0.1, "model": {"depth": 2}}
    assert copy.deepcopy(config.model) == {"depth": 2}
    config.labels = {"0": "cat"}  # as it is in a run that goes on
    assert config.labels[0] == config.labels["0"] == "cat"
    assert config.model.setdefault("width", 4) == 4
    assert config.model.pop("depth") == 2
    assert heard.config["model"] == {"width": 4}
    assert heard.dropped == ["model.depth"]
    with pytest.raises(
        AttributeError, match="config object has no attribute 'nothing'; it has width"
    ):
        config.model.nothing  # noqa: B018


def test_nested_values_of_a_summary_are_reached_below_their_name() -> None:
    said: dict[str, Any] = {}
    summary = Summary(lambda: {"val.loss": 0.5, "_step": 3}, said.update, said.pop)
    assert summary["val"]["loss"] == summary.val.loss == 0.5
    assert summary["_step"] == 3
    assert list(summary) == ["val.loss"]
    summary["best"] = {"top": {"acc": 1}}
    summary["best"]["top"]["acc"] = 2
    summary["best"].update({"at": 7})
    assert summary.get("best") == {"top": {"acc": 2}, "at": 7}
    assert said == {"best.top.acc": 2, "best.at": 7}
    assert "best" in summary
    del summary["best"]
    assert said == {}
    with pytest.raises(KeyError):
        summary["best"]["top"]


def test_a_summary_is_put_together_once_for_what_was_logged() -> None:
    logged = [{"loss": 1.0}]
    summary = Summary(lambda: logged[-1], lambda values: None, lambda key: None)
    first = summary.flat()
    assert summary.flat() is first
    summary["acc"] = 2
    assert summary.flat() == {"loss": 1.0, "acc": 2}
    logged.append({"loss": 0.5})
    assert summary.flat() == {"loss": 0.5, "acc": 2}
    del summary["acc"]
    assert dict(summary) == {"loss": 0.5}
