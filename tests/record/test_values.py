"""What people log and configure, as JSON keeps it."""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gitexp.record.values import NotKept, config_mapping, plain_config, plain_metric


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (1, 1),
        (0.5, 0.5),
        (True, True),
        (None, None),
        ("text", "text"),
        ("\udcff", "?"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (2**63, 2.0**63),
        (10**400, "Infinity"),
        (-(10**400), "-Infinity"),
        (np.float32(0.5), 0.5),
        (np.float16("nan"), "NaN"),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array(0.25), 0.25),
        (np.array([[7]]), 7),
        (np.datetime64("2024-01-01"), "2024-01-01"),
        (torch.tensor(0.5), 0.5),
        (torch.tensor([3]), 3),
        (torch.tensor(0.5, dtype=torch.bfloat16, requires_grad=True), 0.5),
        (torch.tensor(float("inf")), "Infinity"),
        (Fraction(1, 4), 0.25),
        ([1, np.float64(2.5), "x"], [1, 2.5, "x"]),
        (datetime.date(2024, 1, 31), "2024-01-31"),
    ],
)
def test_numbers_of_all_kinds(value: Any, plain: Any) -> None:
    kept = plain_metric(value)
    assert kept == plain
    assert type(kept) is type(plain)
    orjson.dumps(kept)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (np.zeros(3), "numpy ndarray of shape (3,)"),
        (torch.zeros(2, 2), "torch Tensor of shape (2, 2)"),
        (object(), "object"),
        (1j, "complex"),
        (np.complex64(1j), "numpy complex64 holding a complex"),
        (b"bytes", "bytes"),
        ({1, 2}, "set"),
        (list(range(10_001)), "list of 10001 values"),
    ],
)
def test_what_cannot_be_kept_is_named(value: Any, named: str) -> None:
    with pytest.raises(NotKept, match=r"^a ") as caught:
        plain_metric(value)
    assert named in str(caught.value)


@given(st.floats() | st.integers() | st.text() | st.booleans())
def test_whatever_is_kept_is_valid_json_and_comes_back(value: Any) -> None:
    kept = orjson.loads(orjson.dumps(plain_metric(value)))
    if isinstance(value, float):
        assert repr(float(kept)) == repr(value) or float(kept) == value
    elif isinstance(value, int) and abs(value) < 2**63:
        assert kept == value


@dataclasses.dataclass
class Options:
    lr: float = 0.1
    sizes: tuple[int, ...] = (1, 2)


class Plain:
    def __init__(self) -> None:
        self.lr = 0.1
        self._private = 1


@pytest.mark.parametrize(
    ("source", "config"),
    [
        (None, {}),
        ({"a": {"b": 1}, 2: "x"}, {"a": {"b": 1}, "2": "x"}),
        (argparse.Namespace(lr=0.1, path=Path("/tmp")), {"lr": 0.1, "path": "/tmp"}),
        (Options(), {"lr": 0.1, "sizes": [1, 2]}),
        (Plain(), {"lr": 0.1}),
        ({"f": math.sqrt, "t": torch.float32}, {"f": "math.sqrt", "t": "torch.float32"}),
        ({"a": np.arange(3), "s": {3, 1}}, {"a": [0, 1, 2], "s": [1, 3]}),
        ({"cls": Options}, {"cls": f"{__name__}.Options"}),
    ],
)
def test_configs_of_all_kinds(source: Any, config: dict[str, Any]) -> None:
    assert config_mapping(source) == config


def test_what_is_no_plain_data_is_a_text_and_dataclasses_are_opened() -> None:
    @dataclasses.dataclass
    class Optimizer:
        lr: float
        device: Any

    kept = plain_config({"opt": Optimizer(0.1, torch.device("cpu")), "path": Path("a/b")})
    assert kept == {"opt": {"lr": 0.1, "device": "cpu"}, "path": "a/b"}


def test_what_is_no_config_is_refused() -> None:
    with pytest.raises(TypeError, match="not a int"):
        config_mapping(3)


def test_a_config_that_holds_itself_ends(recwarn: pytest.WarningsRecorder) -> None:
    loop: dict[str, Any] = {"lr": 0.1}
    loop["self"] = loop
    kept = plain_config(loop)
    assert kept["lr"] == 0.1
    orjson.dumps(kept)
