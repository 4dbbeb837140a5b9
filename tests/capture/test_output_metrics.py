"""Metrics from output: known kinds of lines give exactly their series, and nothing else."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import pytest
from capture.printed_cases import CASES, Case

from gitexp.capture import output_metrics
from gitexp.capture.output_metrics import OutputMetrics
from gitexp.capture.printed.bare import bare_name
from gitexp.errors import BadSetting
from gitexp.journal import folders
from gitexp.record.observer import Found


def read(output: str, folder: Path, size: int = 1 << 16, **options: Any) -> Found:
    metrics = OutputMetrics(**options)
    metrics.begin(folder)
    raw = output.encode()
    for at in range(0, len(raw), size):
        metrics.feed(raw[at : at + size], 1)
    return metrics.take(final=True)


def series_of(found: Found) -> dict[str, list[tuple[int, float]]]:
    series: dict[str, list[tuple[int, float]]] = {}
    for row in found.rows:
        for key, value in row.items():
            if key not in ("_step", "_time"):
                number = float(
                    value.replace("Infinity", "inf") if isinstance(value, str) else value
                )
                series.setdefault(key, []).append((row["_step"], number))
    return series


def same(
    got: dict[str, list[tuple[int, float]]], want: dict[str, list[tuple[int, float]]]
) -> bool:
    if got.keys() != want.keys():
        return False
    return all(
        len(got[key]) == len(want[key])
        and all(
            a == b and (math.isclose(x, y, rel_tol=1e-9) or (math.isnan(x) and math.isnan(y)))
            for (a, x), (b, y) in zip(got[key], want[key], strict=True)
        )
        for key in want
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_output_gives_its_series(case: Case, tmp_path: Path) -> None:
    found = read(case.output, tmp_path)
    got = series_of(found)
    assert same(got, case.series), got
    assert found.summary == case.summary


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_in_whatever_pieces_it_comes(case: Case, tmp_path: Path) -> None:
    assert same(series_of(read(case.output, tmp_path, 7)), series_of(read(case.output, tmp_path)))


def test_a_pattern_of_ones_own(tmp_path: Path) -> None:
    pattern = r"quality is (?P<quality>\S+) after (?P<step>\d+) rounds"
    found = read("quality is 0.5 after 3 rounds\nnothing\n", tmp_path, patterns=[pattern])
    assert series_of(found) == {"quality": [(3, 0.5)]}


@pytest.mark.parametrize("pattern", ["(", "no group"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(BadSetting, match=r"capture\.patterns"):
        OutputMetrics([pattern])


def test_json_lines_in_the_file_are_metrics_at_once(tmp_path: Path) -> None:
    metrics = OutputMetrics()
    metrics.begin(tmp_path)
    (tmp_path / folders.METRICS_IN).write_text(
        '{"step": 7, "loss": 0.5}\n{"step": 8, "loss": 0.4, "x": 1}\n'
    )
    found = metrics.take()
    assert series_of(found) == {"loss": [(7, 0.5), (8, 0.4)], "x": [(8, 1)]}
    assert found.sources == {"loss": "GITEXP_METRICS", "x": "GITEXP_METRICS"}


@pytest.mark.parametrize("name", ["loss", "train/loss", "anything"])
def test_the_printed_twin_of_a_logged_number_is_dropped(tmp_path: Path, name: str) -> None:
    logged = [0.51234, 0.41234, 0.31234]
    metrics = OutputMetrics()
    metrics.begin(tmp_path)
    metrics.feed(b"".join(b"epoch %d: loss %.4f\n" % (n, v) for n, v in enumerate(logged)), 1)
    (tmp_path / folders.METRICS).write_text(
        "".join(
            json.dumps({"_step": n, "_time": 1.0, name: v}) + "\n" for n, v in enumerate(logged)
        )
    )
    assert metrics.take(final=True).rows == []


def test_another_number_beside_logged_ones_is_kept(tmp_path: Path) -> None:
    metrics = OutputMetrics()
    metrics.begin(tmp_path)
    metrics.feed(b"epoch 1: loss 0.7123\nepoch 2: loss 0.6123\n", 1)
    (tmp_path / folders.METRICS).write_text('{"_step": 1, "_time": 1.0, "lr": 0.5}\n')
    assert series_of(metrics.take(final=True)) == {"loss": [(1, 0.7123), (2, 0.6123)]}


def test_a_rate_that_is_logged_and_printed_is_one_metric(tmp_path: Path) -> None:
    metrics = OutputMetrics()
    metrics.begin(tmp_path)
    metrics.feed(b"SPS: 3114\nSPS: 2855\nSPS: 3178\n", 1)
    rows = [{"_step": n, "_time": 1.0, "charts/SPS": 3000.5 + n} for n in range(3)]
    written(tmp_path, rows)
    assert metrics.take(final=True).rows == []


def test_the_best_so_far_stands_beside_what_it_is_the_best_of(tmp_path: Path) -> None:
    metrics = OutputMetrics()
    metrics.begin(tmp_path)
    values = [0.94737, 0.95123, 0.96789]
    metrics.feed(b"".join(b"trial %d: best value %.5f\n" % pair for pair in enumerate(values)), 1)
    written(tmp_path, [{"_step": n, "_time": 1.0, "value": v} for n, v in enumerate(values)])
    assert series_of(metrics.take(final=True)) == {"best_value": list(enumerate(values))}


def test_printed_numbers_wait_for_the_library_that_logs_them(tmp_path: Path) -> None:
    metrics = OutputMetrics()
    metrics.begin(tmp_path)
    metrics.feed(b"epoch 1: loss 0.7123\nepoch 2: loss 0.6123\n", 1)
    assert metrics.take().rows == []
    assert len(metrics.take(final=True).rows) == 2


def written(folder: Path, rows: list[dict[str, Any]]) -> None:
    with (folder / folders.METRICS).open("a") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_two_lines_of_one_step_are_known_as_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output_metrics, "_HOLD_S", 0.0)
    metrics = OutputMetrics()
    metrics.begin(tmp_path)
    found = []
    for step in range(4):
        lines = f"step {step}: train loss {step}.5\niter {step}: loss {step}.25, lr 0.1\n"
        metrics.feed(lines.encode(), 1)
        rows = metrics.take().rows
        written(tmp_path, rows)
        found += rows
    found += metrics.take(final=True).rows
    assert [row["loss"] for row in found if "loss" in row] == [0.25, 1.25, 2.25, 3.25]


def test_what_was_logged_long_before_is_no_twin(tmp_path: Path) -> None:
    metrics = OutputMetrics()
    metrics.begin(tmp_path)
    now = time.time()
    rows = [{"_step": n, "_time": now - 1000 + n, "train/accuracy": n / 500} for n in range(500)]
    written(tmp_path, rows)
    metrics.feed(b"epoch 1 accuracy 0.200\nepoch 2 accuracy 0.300\n", 1)
    assert series_of(metrics.take(final=True)) == {"accuracy": [(1, 0.2), (2, 0.3)]}


def test_what_bars_are_told_stands_for_what_they_show(tmp_path: Path) -> None:
    metrics = OutputMetrics()
    metrics.begin(tmp_path)
    told = [
        {"_step": n, "_time": 1.0, "_source": "tqdm", "_desc": "train", "loss": f"{n / 4:.3f}"}
        for n in range(3)
    ]
    (tmp_path / folders.METRICS_IN).write_text("".join(json.dumps(row) + "\n" for row in told))
    metrics.feed(b"train: 50%|##  | 1/2 [00:00<00:01, 3it/s, loss=0.25]\n" * 2, 1)
    found = metrics.take(final=True)
    assert series_of(found) == {"train_loss": [(0, 0.0), (1, 0.25), (2, 0.5)]}
    assert found.sources == {"train_loss": "tqdm"}


def test_what_is_printed_once_is_kept_beside_what_was_logged(tmp_path: Path) -> None:
    metrics = OutputMetrics()
    metrics.begin(tmp_path)
    written(tmp_path, [{"_step": 1, "_time": 1.0, "loss": 0.51234}])
    metrics.feed(b"Test accuracy: 0.93\nFinal loss: 0.5123\n", 1)
    assert metrics.take(final=True).summary == {"test_accuracy": 0.93}


def test_more_output_than_can_be_read_is_let_go(tmp_path: Path) -> None:
    metrics = OutputMetrics()
    metrics.begin(tmp_path)
    for _ in range(400):
        metrics.feed(b"x" * 65536, 1)
    metrics.feed(b"epoch 1: loss 0.7123\nepoch 2: loss 0.6123\n", 1)
    assert metrics.take(final=True).rows == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("print(t, loss.item())", "loss"),
        ("print(t, loss.data[0])", "loss"),
        ("print(t, float(total_loss))", "total_loss"),
        ("print(t, loss)\nprint(t, accuracy)", None),
        ("print('loss', loss)", None),
        ("print(", None),
    ],
)
def test_a_bare_number_has_the_name_that_the_script_has_for_it(
    tmp_path: Path, source: str, name: str | None
) -> None:
    script = tmp_path / "train.py"
    script.write_text(source)
    assert bare_name(["python", "-u", str(script), "x"]) == name


def test_a_script_that_logs_itself_leaves_what_was_asked_for(tmp_path: Path) -> None:
    metrics = OutputMetrics([r"quality (?P<quality>\S+) at (?P<step>\d+)"])
    metrics.begin(tmp_path)
    metrics.feed(b"step 1 loss 0.5\nstep 2 loss 0.4\nquality 3 at 7\nbest accuracy: 0.9\n", 1)
    (tmp_path / "metrics-in.jsonl").write_text(
        '{"_source":"script"}\n{"_source":"tqdm","_step":1,"_time":1,"loss":2}\n{"step":3,"a":1}\n'
    )
    found = metrics.take(final=True)
    assert [{k: v for k, v in row.items() if k != "_time"} for row in found.rows] == [
        {"_step": 7, "quality": 3},
        {"_step": 3, "a": 1},
    ]
    assert found.summary == {}
