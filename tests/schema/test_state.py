"""Whatever goes into a checkpoint comes back equal, or is refused with its path."""

from __future__ import annotations

import argparse
import collections
import datetime
import enum
import json
import pathlib
import random
import subprocess
import sys
import types
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from support.states import assert_same, plain_states, states

from gitexp.errors import NotStorable
from gitexp.schema.state import decode_state, encode_state


def round_trip(obj: Any, *, strict: bool = True) -> Any:
    encoded = encode_state(obj, strict=strict)
    skeleton = json.loads(json.dumps(encoded.skeleton, allow_nan=False))
    # Copies: the result must not lean on the original's memory.
    tensors = {name: copy_of(tensor) for name, tensor in encoded.tensors.items()}
    return decode_state(skeleton, tensors)


def copy_of(tensor: Any) -> Any:
    return tensor.clone() if isinstance(tensor, torch.Tensor) else tensor.copy()


@pytest.mark.filterwarnings("ignore:ComplexHalf")  # torch's own, once in a process
@given(states)
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_round_trip(obj: Any) -> None:
    assert_same(obj, round_trip(obj))


@given(plain_states)
@settings(deadline=None)
def test_same_object_same_skeleton(obj: Any) -> None:
    assert json.dumps(encode_state(obj).skeleton) == json.dumps(encode_state(obj).skeleton)


@pytest.mark.parametrize(
    "obj",
    [
        {"$": "tensor", "key": "not a node"},
        {"a": {"$": 1}},
        2**4000,
        -(2**63),
        [float("inf"), -float("inf"), -0.0],
        "\ud800 lone",
        b"x" * 10_000,
        bytearray(b"y" * 5000),
        bytearray(b"short"),
        {1, 2, "three", None, (4, 5)},
        range(2, 2**70, 3),
        datetime.datetime(2024, 1, 2, 3, 4, 5, 6, datetime.timezone.utc),
        datetime.date(2024, 1, 2),
        datetime.timedelta(days=-1, microseconds=3),
        collections.Counter("abca"),
        argparse.Namespace(lr=0.1, layers=(1, 2)),
        types.SimpleNamespace(a=[1]),
        random.Random(0).getstate(),
        torch.channels_last,
        torch.strided,
        np.random.default_rng(0).bit_generator.state,
        np.array(["2024-01-01", "NaT"], "M8[D]"),
        np.array(7.5),
        {},
        [],
        (),
        None,
    ],
    ids=lambda value: type(value).__name__,
)
def test_plain_values(obj: Any) -> None:
    back = round_trip(obj)
    assert type(back) is type(obj)
    if isinstance(obj, np.ndarray):
        assert_same(obj, back)
    else:
        assert back == obj


def test_nan_comes_back() -> None:
    assert repr(round_trip([float("nan")])) == "[nan]"


def test_default_dict_keeps_its_factory() -> None:
    back = round_trip(collections.defaultdict(list, {"a": [1]}))
    assert back == {"a": [1]}
    assert back.default_factory is list
    with pytest.raises(NotStorable, match=r"h: a defaultdict of <lambda>"):
        encode_state({"h": collections.defaultdict(lambda: 3)})


def test_path_comes_back_as_a_path() -> None:
    assert round_trip({"out": pathlib.Path("a/b")}) == {"out": pathlib.Path("a/b")}


def test_flat_dict_keeps_its_names_and_tensors() -> None:
    state = {"b.weight": torch.ones(2), "a": torch.zeros(3, dtype=torch.bfloat16)}
    encoded = encode_state(state)
    assert list(encoded.tensors) == ["b.weight", "a"]
    for name, tensor in state.items():
        assert encoded.tensors[name].data_ptr() == tensor.data_ptr()  # nothing is copied


def test_names_are_paths_and_unique() -> None:
    t = torch.ones
    encoded = encode_state(
        {
            "a": {"b": t(1)},
            "a.b": t(2),
            "__metadata__": t(3),
            "list": [t(4), (t(5),)],
            7: t(6),
            "\ud800": t(7),
        }
    )
    names = {name: len(tensor) for name, tensor in encoded.tensors.items()}
    assert names == {
        "a.b": 1,
        "a.b~2": 2,
        "__metadata__~2": 3,
        "list.0": 4,
        "list.1.0": 5,
        "7": 6,
        "\\ud800": 7,
    }
    assert list(encode_state(t(1)).tensors) == ["value"]


# Tensors that share memory -------------------------------------------------------------------


def test_tied_weights_are_stored_once_and_stay_tied() -> None:
    weight = torch.randn(4, 3)
    state = {"wte": weight, "head": weight, "same": weight.view(4, 3)}
    assert list(encode_state(state).tensors) == ["wte"]
    back = round_trip(state)
    back["wte"][0, 0] = 42
    assert back["head"][0, 0] == back["same"][0, 0] == 42


def test_views_of_a_stored_tensor() -> None:
    weight = torch.arange(24.0).reshape(4, 6)
    state = {
        "row": weight[1],
        "t": weight.t(),
        "all": weight,
        "strided": weight[::2, 1::2],
        "as_int": weight[2:].view(torch.int32),
        "complex": torch.view_as_complex(weight.view(4, 3, 2)),
    }
    encoded = encode_state(state)
    assert list(encoded.tensors) == ["all"]
    back = round_trip(state)
    for name, tensor in state.items():
        assert_same(tensor, back[name])
        assert back[name].stride() == tensor.stride()
        assert back[name].untyped_storage().data_ptr() == back["all"].data_ptr()


def test_views_that_nobody_covers() -> None:
    memory = torch.arange(10.0)
    state = {"left": memory[1:6], "right": memory[4:9]}
    encoded = encode_state(state)
    assert {name: len(tensor) for name, tensor in encoded.tensors.items()} == {"left~memory": 8}
    back = round_trip(state)
    back["left"][3] = -1
    assert back["right"][0] == -1
    assert_same(state["right"][1:], back["right"][1:])


def test_views_of_unlike_elements_that_nobody_covers() -> None:
    memory = torch.arange(32, dtype=torch.uint8)
    state = {"bytes": memory[3:18], "ints": memory[8:24].view(torch.int32)}
    back = round_trip(state)
    for name, tensor in state.items():
        assert_same(tensor, back[name])
    back["bytes"][5] = 255
    assert back["ints"][0] != state["ints"][0]


def test_parts_of_one_buffer_are_stored_each_for_itself() -> None:
    flat = torch.arange(10.0)
    encoded = encode_state({"w": flat[:6], "b": flat[6:], "none": flat[3:3]})
    assert {n: len(t) for n, t in encoded.tensors.items()} == {"w": 6, "b": 4, "none": 0}


def test_expanded_tensor_is_stored_in_its_own_size() -> None:
    big = torch.ones(1).expand(1_000_000)
    encoded = encode_state([big])
    assert sum(tensor.numel() for tensor in encoded.tensors.values()) == 1
    back = round_trip([big])[0]
    assert back.shape == big.shape
    assert back.stride() == (0,)


def test_permuted_tensors_keep_their_layout() -> None:
    conv = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    back = round_trip({"conv": conv, "t": torch.randn(3, 4).t()})
    assert back["conv"].is_contiguous(memory_format=torch.channels_last)
    assert back["t"].stride() == (1, 4)
    assert torch.equal(back["conv"], conv)


def test_arrays_share_memory_too() -> None:
    base = np.arange(12.0).reshape(3, 4)
    state = {"base": base, "column": base[:, 1], "back": base[::-1], "F": np.asfortranarray(base)}
    assert list(encode_state(state).tensors) == ["base", "F"]
    back = round_trip(state)
    back["base"][1, 1] = -5
    assert back["column"][1] == -5
    assert back["back"][1, 1] == -5
    assert back["F"].flags.f_contiguous
    assert not back["F"].flags.c_contiguous


def test_arrays_that_nobody_covers() -> None:
    memory = np.arange(20, dtype=np.int16)
    state = [memory[2:9], memory[8:3:-1], memory[5:11].view(np.int32)]
    back = round_trip(state)
    for old, new in zip(state, back, strict=True):
        assert_same(old, new)
    back[0][4] = 99
    assert back[1][2] == 99


def test_a_field_of_records_is_a_plain_array() -> None:
    records = np.array([(1, 2.5), (3, 4.5)], dtype=[("a", "i1"), ("b", "f8")])
    assert_same(records["b"].copy(), round_trip(records["b"]))


# What torch makes ----------------------------------------------------------------------------


def test_module_optimizer_and_scheduler_become_their_state_dicts() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.8, 0.9))
    model(torch.randn(4, 3)).sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=10)
    state = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "epoch": 3}
    encoded = encode_state(state)
    assert "model.0.weight" in encoded.tensors
    assert "optimizer.state.0.exp_avg" in encoded.tensors
    assert encoded.skeleton["root"]["model"]["of"] == "torch.nn.modules.container.Sequential"
    back = round_trip(state)
    for part in ("model", "optimizer", "scheduler"):
        assert_same(dict(state[part].state_dict()), dict(back[part]))
    assert back["model"]._metadata == model.state_dict()._metadata
    model.load_state_dict(back["model"])
    optimizer.load_state_dict(back["optimizer"])
    scheduler.load_state_dict(back["scheduler"])


@pytest.mark.parametrize(
    "make",
    [
        lambda o: torch.optim.lr_scheduler.StepLR(o, 3),
        lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda epoch: 0.9**epoch),
        lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 5),
        lambda o: torch.optim.lr_scheduler.SequentialLR(
            o,
            [
                torch.optim.lr_scheduler.ConstantLR(o),
                torch.optim.lr_scheduler.ExponentialLR(o, 0.9),
            ],
            milestones=[2],
        ),
    ],
)
def test_schedulers(make: Any) -> None:
    weight = torch.nn.Parameter(torch.ones(1))
    scheduler = make(torch.optim.SGD([weight], lr=0.1))
    assert_same(scheduler.state_dict(), round_trip(scheduler.state_dict()))


def test_lazily_conjugated_and_negated() -> None:
    z = torch.tensor([1 + 2j, 3 - 4j])
    back = round_trip([z.conj(), z.conj().imag])
    assert torch.equal(back[0], z.conj())
    assert torch.equal(back[1], z.conj().imag)


def test_four_bit_floats() -> None:
    raw = torch.arange(6, dtype=torch.uint8).reshape(2, 3)
    four = raw.view(torch.float4_e2m1fn_x2)
    back = round_trip({"four": four})["four"]
    assert back.dtype == four.dtype
    assert torch.equal(back.view(torch.uint8), raw)


# What is refused -----------------------------------------------------------------------------


class Colour(enum.IntEnum):
    RED = 1


class Mine(torch.Tensor):
    pass


@pytest.mark.filterwarnings("ignore")  # torch says of some of these that they are new or old
@pytest.mark.parametrize(
    ("make", "where", "kind"),
    [
        (lambda: {"a": [1, {"hook": print}]}, "a.1.hook", "builtin_function_or_method"),
        (lambda: {"model": {"w": torch.eye(2).to_sparse()}}, "model.w", "sparse tensor"),
        (lambda: {"w": torch.eye(2).to_sparse_csr()}, "w", "sparse tensor"),
        (
            lambda: {"w": torch.quantize_per_tensor(torch.ones(2), 1, 0, torch.qint8)},
            "w",
            "quantized",
        ),
        (lambda: {"w": torch.nested.nested_tensor([torch.ones(1), torch.ones(2)])}, "w", "nested"),
        (lambda: {"w": torch.empty(2, device="meta")}, "w", "meta tensor"),
        (lambda: {"w": torch.ones(2).as_subclass(Mine)}, "w", "Mine"),
        (lambda: [np.array([object()])], "0", "numpy.ndarray of object"),
        (lambda: [np.ma.array([1])], "0", "MaskedArray"),
        (lambda: [np.zeros(2, [("a", "i4")])], "0", "numpy.ndarray of"),
        (lambda: {"x": np.longdouble(1)}, "x", "longdouble"),
        (lambda: {"c": Colour.RED}, "c", "Colour"),
        (lambda: {"k": {torch.ones(1): 2}}, "k.torch.Tensor", "as a key"),
        (lambda: {"f": {print: 2}}, "f.builtin_function_or_method", "builtin"),
        (lambda: {"t": torch.nn.Linear}, "t", "type"),
        (lambda: print, "the object", "builtin_function_or_method"),
    ],
)
def test_refused_by_path_and_kind(make: Any, where: str, kind: str) -> None:
    with pytest.raises(NotStorable) as refused:
        encode_state(make())
    assert refused.value.where == where
    assert kind in refused.value.kind
    assert where in refused.value.message


def test_cycles_are_refused_and_repeats_are_not() -> None:
    loop: dict[str, Any] = {"a": {}}
    loop["a"]["up"] = loop
    with pytest.raises(NotStorable, match=r"a\.up: a dict that contains itself"):
        encode_state(loop)
    shared = [1]
    assert round_trip([shared, shared]) == [[1], [1]]


def test_too_deep_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(NotStorable, match="nested deeper"):
        encode_state(deep)


def test_not_strict_leaves_out_and_lists() -> None:
    obj = {
        "w": torch.ones(2),
        "hook": print,
        "list": [1, print, {"x": print, "y": 2}],
        "set": {1, print},
        print: 1,
    }
    encoded = encode_state(obj, strict=False)
    left_out = {item.where for item in encoded.left_out}
    assert left_out >= {"hook", "list.1", "list.2.x", "builtin_function_or_method"}
    assert {item.kind for item in encoded.left_out} == {"builtin_function_or_method"}
    assert len(encoded.left_out) == 5
    back = round_trip(obj, strict=False)
    assert back["list"] == [1, None, {"y": 2}]
    assert back["set"] == {1}
    assert set(back) == {"w", "list", "set"}
    assert str(encoded.left_out[0]) == "hook (builtin_function_or_method)"
    with pytest.raises(NotStorable):
        encode_state(print, strict=False)


# Strangers' skeletons ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "root",
    [
        {"$": "no such kind"},
        {"$": "tensor", "key": "missing"},
        {"$": "tensor"},
        {"$": "tensor", "key": "w", "view": {"dtype": "F32", "shape": [9], "stride": [1]}},
        {"$": "tuple"},
        {"$": "int", "hex": "zz"},
        {"$": "torch", "value": "load"},
        {"$": "namedtuple", "name": "x; import os", "items": {"a": 1}},
        {"$": "namedtuple", "name": "x", "items": {"__class__": 1}},
        {"$": "numpy.scalar", "dtype": "O", "hex": "00" * 8},
        {"$": "defaultdict", "factory": "eval", "items": {}},
        {"$": "bytes", "base64": "!"},
        {"$": "tensor", "key": "w", "stride": [0, 1]},
        {"$": "tensor", "key": "w", "stride": [2**40, 1]},
        {"$": "tensor", "key": "w", "as": "complex128"},
        {"$": "ndarray", "key": "n", "as": "O"},
        {"$": "ndarray", "key": "n", "as": "U7"},
        *(
            {
                "$": kind,
                "key": key,
                "view": {"dtype": "F32", "shape": shape, "stride": stride, "offset": offset},
            }
            for kind, key in (("tensor", "w"), ("ndarray", "n"))
            for shape, stride, offset in [
                ([7], [1], 0),
                ([6], [1], 4),
                ([2, 3], [1], 0),
                ([-1], [1], 0),
                ([2], [-1], 0),
                ([2], [2**61], 0),
                ([1], [1], -4),
                ([1.5], [1], 0),
                ([True], [1], 0),
            ]
        ),
    ],
    ids=json.dumps,
)
def test_hostile_nodes_are_errors(root: Any) -> None:
    tensors = {"w": torch.ones(2, 3), "n": np.ones((2, 3), np.float32)}
    with pytest.raises(ValueError):  # noqa: PT011
        decode_state({"format": 1, "root": root}, tensors)


def test_newer_format_is_an_error() -> None:
    with pytest.raises(ValueError, match="newer gitexp"):
        decode_state({"format": 2, "root": None}, {})
    with pytest.raises(ValueError, match="no format"):
        decode_state({"root": None}, {})


def test_numpy_alone_needs_no_torch() -> None:
    code = (
        "import sys, numpy as np, json\n"
        "from gitexp.schema.state import encode_state, decode_state\n"
        "e = encode_state({'w': np.arange(3), 1: [2.5]})\n"
        "b = decode_state(json.loads(json.dumps(e.skeleton)), e.tensors)\n"
        "assert (b['w'] == np.arange(3)).all() and b[1] == [2.5]\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    plain = "import sys, gitexp.schema.state; assert not {'numpy', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", plain], check=True)
