from __future__ import annotations

import math
from pathlib import Path

import pytest

from gitexp.capture.config_file import read_config_file
from gitexp.errors import BadConfig

NESTED = {"lr": 1e-3, "model": {"layers": [64, 10], "name": "mlp", "bias": True}, "seed": None}
YAML = "lr: 1e-3\nmodel:\n  layers: [64, 10]\n  name: mlp\n  bias: true\nseed:\n"
JSON = '{"lr": 1e-3, "model": {"layers": [64, 10], "name": "mlp", "bias": true}, "seed": null}'
TOML = 'lr = 1e-3\n[model]\nlayers = [64, 10]\nname = "mlp"\nbias = true\n'


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", ["c.yaml", "c.YML", "c.cfg", "config"])
def test_reads_yaml(tmp_path: Path, name: str) -> None:
    assert read_config_file(written(tmp_path, name, YAML)) == NESTED


@pytest.mark.parametrize("name", ["c.json", "c.cfg"])
def test_reads_json(tmp_path: Path, name: str) -> None:
    assert read_config_file(written(tmp_path, name, JSON)) == NESTED


@pytest.mark.parametrize("text", [TOML, "# about\n\n[model]\nlayers = [1]\n"])
def test_reads_toml_by_extension_and_by_content(tmp_path: Path, text: str) -> None:
    by_extension = read_config_file(written(tmp_path, "c.toml", text))
    assert by_extension == read_config_file(written(tmp_path, "c.conf", text))
    assert by_extension["model"]["layers"]


def test_keeps_the_order_of_the_file(tmp_path: Path) -> None:
    assert list(read_config_file(written(tmp_path, "c.yaml", "z: 1\na: 2\nm: 3\n"))) == list("zam")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3), ("1.5E+3", 1500.0), ("-1e5", -1e5), (".5", 0.5), ("1.", 1.0), ("7", 7),
        ("010", 10), ("0o10", 8), ("0x1F", 31), ("+3", 3), (".inf", math.inf),
        ("-.Inf", -math.inf), ("no", "no"), ("on", "on"), ("True", True), ("~", None), ("", None),
        ("Null", None), ("2024-01-01", "2024-01-01"), ("12:30:00", "12:30:00"), ("1_000", "1_000"),
        ("'1e-3'", "1e-3"), ("!!str 5", "5"), ("!!set {a, b}", {"a": None, "b": None}),
    ],
)  # fmt: skip
def test_yaml_scalars_are_those_of_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    found = read_config_file(written(tmp_path, "c.yaml", f"x: {text}\n"))["x"]
    if isinstance(value, dict):
        found = dict.fromkeys(sorted(found))
    assert (found, type(found)) == (value, type(value))


def test_yaml_anchors_and_merges(tmp_path: Path) -> None:
    text = "base: &b {lr: 1, wd: 2}\nrun:\n  <<: *b\n  lr: 3\n"
    assert read_config_file(written(tmp_path, "c.yaml", text))["run"] == {"wd": 2, "lr": 3}


def test_keys_become_strings(tmp_path: Path) -> None:
    text = "2: a\n2.5: b\ntrue: c\nnull: d\n"
    assert list(read_config_file(written(tmp_path, "c.yaml", text))) == [
        "2",
        "2.5",
        "true",
        "null",
    ]


def test_dates_in_toml_are_text(tmp_path: Path) -> None:
    assert read_config_file(written(tmp_path, "c.toml", "day = 2024-01-31\n")) == {
        "day": "2024-01-31"
    }


@pytest.mark.parametrize("name", ["c.yaml", "c.toml", "c"])
def test_an_empty_file_is_an_empty_config(tmp_path: Path, name: str) -> None:
    assert read_config_file(written(tmp_path, name, "# nothing\n")) == {}


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert read_config_file(written(tmp_path, "c.json", '\ufeff{"a": 1}')) == {"a": 1}


@pytest.mark.parametrize(
    ("name", "text", "line", "why"),
    [
        ("c.yaml", "lr: 1\nmodel: [1, 2\nseed: 3\n", 3, "expected ',' or ']'"),
        ("c.yaml", "lr: 1\nx: !include other.yaml\n", 2, "could not determine a constructor"),
        ("c.yaml", "x: !!python/object/apply:os.system [ls]\n", 1, "could not determine"),
        ("c.json", '{\n "lr": 1,\n "x": \n}', 4, "Expecting value"),
        ("c.toml", "lr = 1\nx = \n", 2, "Invalid value"),
        ("c.yaml", "- 1\n- 2\n", None, "it holds a list"),
        ("c.json", "3", None, "it holds a int"),
        ("c.yaml", "a: &a\n  b: *a\n", None, "it contains itself"),
        ("c.yaml", "[" * 5000, None, "nested too deeply"),
    ],
)
def test_errors_name_the_file_and_the_line(
    tmp_path: Path, name: str, text: str, line: int | None, why: str
) -> None:
    path = written(tmp_path, name, text)
    with pytest.raises(BadConfig) as caught:
        read_config_file(path)
    place = f"{path} line {line}: " if line else f"{path}: "
    assert caught.value.message.startswith(place)
    assert why in caught.value.message
    assert caught.value.line == line


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(b"a: 1\nb: \xff\xfe\n")
    with pytest.raises(BadConfig, match="line 2: it is not UTF-8 text"):
        read_config_file(path)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="No such file"):
        read_config_file(tmp_path / "c.yaml")
