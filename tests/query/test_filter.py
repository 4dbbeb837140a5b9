from __future__ import annotations

import math
from typing import Any

import pytest

from gitexp.errors import BadExpression
from gitexp.query.filter import Names, sort, where
from gitexp.schema.clock import from_iso, to_iso

NOW = from_iso("2026-03-10T12:00:00Z")


def facts(name: str = "a", **changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "name": name,
        "status": "finished",
        "created_at": "2026-03-10T09:00:00.000Z",
        "duration_s": 600.0,
        "tags": ["baseline", "v2"],
        "command": ["python", "train.py"],
        "config": {
            "lr": 0.01,
            "optimizer": {"name": "adam", "betas": [0.9, 0.999]},
            "a-b": 1,
            "model.depth": 3,
            "flag": False,
            "nothing": None,
        },
        "summary": {"note": "x", "score": 5},
        "metrics": {
            "val_loss": metric(0.5, 0.4, 0.9, "lower"),
            "train/loss": metric(0.3, 0.2, 2, "lower"),
            "val.acc": metric(0.8, 0.1, 0.85, "higher"),
            "bad": metric("NaN", None, None, "lower"),
        },
        "checkpoints": [{"label": "best"}],
        "git": {"branch": "main", "dirty": True},
        "hardware": {"energy_wh": 12.0, "mean": {"cpu.utilization_pct": 50.0}},
        "error": None,
    }
    return {**base, **changes}


def check(names: Names, *runs: dict[str, Any]) -> None:
    for run in runs:
        names.see(run)
    names.check(lambda: runs)


def metric(last: Any, low: Any, high: Any, goal: str | None) -> dict[str, Any]:
    return {
        "count": 10, "last": last, "last_step": 9, "min": low, "min_step": 7,
        "max": high, "max_step": 0, "goal": goal,
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        'status == "finished"',
        "config.lr < 0.1 and val_loss < 0.6",
        "lr == 0.01",
        "optimizer.name == 'adam'",
        "config.optimizer.betas[1] > 0.99",
        "config['a-b'] == 1",
        "config.model.depth == 3",
        "config['model.depth'] == 3",
        "metric['train/loss'].min <= 0.2",
        "metrics.val_loss.best == 0.4",
        "val.acc == 0.8",
        "val.acc.best == 0.85",
        "metrics.val.acc.best_step == 0",
        "val_loss.count == 10",
        "score == 5 and summary.note == 'x'",
        "'baseline' in tags and 'x' not in tags",
        "len(tags) == 2",
        "0.1 < val_loss <= 0.5 < 1",
        "val_loss - metric['train/loss'] < 0.3",
        "duration >= '10m' and duration < '1h'",
        "duration == 600",
        "created > '1 day ago' and created < 'now'",
        "created >= '2026-03-10T09:00:00Z'",
        "'2026-03-01' < created < '2026-04-01'",
        "age < '3h 30m'",
        "name.startswith('a') and not name.endswith('b')",
        "'train' in command",
        "status in ('failed', 'finished')",
        "max(val_loss, 2) == 2 and abs(-1) == 1 and round(val_loss * 10) == 5",
        "2 ** 10 == 1024 and 7 // 2 == 3 and 7 % 2 == 1",
        "not flag and dirty",
        "nothing == None and config.lr != None",
        "error is None",
        "energy_wh > 10 and hardware.mean['cpu.utilization_pct'] == 50",
        "'best' in checkpoints",
        "branch.upper() == 'MAIN'",
        "+lr > -1",
    ],
)
def test_holds(text: str) -> None:
    condition = where(text, NOW)
    check(condition.names, facts())
    assert condition(facts())


@pytest.mark.parametrize(
    "text",
    [
        "bad < 1 or bad > 1 or bad == bad",  # NaN
        "missing < 1 or missing >= 1 or missing == 1 or missing != 1",
        "missing in [1]",
        "missing not in [1]",
        "missing + 1 > 0",
        "missing.startswith('a')",
        "name < 3",
        "'a' * 1000000000 == 'a'",
        "'%999999999d' % 1 == ''",
        "9 ** 9 ** 9 > 0",
        "(-8) ** 0.5 > 0 or (-8) ** 0.5 < 0",
        "1 / 0 == 0",
        "len(3) == 1",
        "lr and 3 in lr",
        "status == None",
        "round(5, -999999999) > 1",
    ],
)
def test_what_cannot_be_compared_is_false_and_not_an_error(text: str) -> None:
    assert not where(text, NOW)(facts())


def test_facts_come_before_metrics_and_metrics_before_config() -> None:
    run = facts(
        config={"status": "c", "x": "c"},
        metrics={"status": metric(1, 1, 1, None), "x": metric(2, 2, 2, None)},
    )
    assert where("status == 'finished' and x == 2", NOW)(run)
    assert where("config.status == 'c' and metrics.status == 1 and config.x == 'c'", NOW)(run)


def test_a_running_runs_duration_is_until_now() -> None:
    run = facts(status="running", duration_s=None)
    assert where("duration == '3h' and age == '3h'", NOW)(run)


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ("lr > 0 and val_los < 1", 12, "val_loss"),
        ("train < 1", 1, 'metric["train/loss"]'),
        ("config.lrr > 1", 1, "lr"),
    ],
)
def test_a_name_that_no_run_has_is_an_error(text: str, column: int, hint: str) -> None:
    condition = where(text, NOW)
    check(condition.names)  # nothing can be said of no runs
    with pytest.raises(BadExpression) as caught:
        check(condition.names, facts())
    assert caught.value.column == column
    assert hint in (caught.value.hint or "")


def test_a_name_that_some_run_has_is_none() -> None:
    condition = where("special > 1", NOW)
    runs = [facts(), facts(config={"special": 2})]
    check(condition.names, *runs)
    assert [condition(run) for run in runs] == [False, True]


@pytest.mark.parametrize("text", ["created > 'sometime'", "duration > '10 parsecs'"])
def test_a_text_that_is_no_time_is_an_error(text: str) -> None:
    with pytest.raises(BadExpression, match=r"is no (time|duration)"):
        where(text, NOW)


def order(key: str, *runs: dict[str, Any]) -> list[str]:
    keys = sort(key, NOW)
    return [runs[i]["name"] for i in keys.order([keys.values(run) for run in runs])]


def test_metrics_sort_best_first_and_missing_last() -> None:
    runs = [
        facts("none", metrics={}),
        facts("nan", metrics={"acc": metric("NaN", None, None, "higher")}),
        facts("low", metrics={"acc": metric(0.1, 0, 1, "higher")}),
        facts("inf", metrics={"acc": metric("Infinity", 0, 1, "higher")}),
        facts("high", metrics={"acc": metric(0.9, 0, 1, "higher")}),
    ]
    assert order("acc", *runs) == ["inf", "high", "low", "none", "nan"]
    assert order("-acc", *runs) == ["low", "high", "inf", "none", "nan"]
    assert order("metrics.acc", *runs)[:2] == ["inf", "high"]


def test_losses_sort_ascending_and_steps_have_no_best() -> None:
    runs = [facts("a", metrics={"loss": metric(2, 2, 3, "lower")}), facts("b")]
    runs[1]["metrics"] = {"loss": {**metric(1, 1, 3, "lower"), "last_step": 99}}
    assert order("loss", *runs) == ["b", "a"]
    assert order("loss.last_step", *runs) == ["a", "b"]
    assert order("loss + 1", *runs) == ["b", "a"]


def test_several_keys_and_stability() -> None:
    runs = [
        facts(str(i), status=status, created_at=to_iso(NOW + i))
        for i, status in enumerate(["finished", "failed", "finished", "failed"])
    ]
    assert order("status, -created", *runs) == ["3", "1", "2", "0"]
    assert order("status", *runs) == ["1", "3", "0", "2"]
    assert order("-created", *runs) == ["3", "2", "1", "0"]


def test_mixed_kinds_have_an_order() -> None:
    values = ["text", 3, None, [1], True, {"a": 1}, math.nan, "NaN"]
    runs = [facts(str(i), config={"k": value}) for i, value in enumerate(values)]
    assert order("config.k", *runs) == ["4", "1", "3", "0", "5", "2", "6", "7"]


def test_an_unknown_sort_key_names_its_option() -> None:
    with pytest.raises(BadExpression, match="--sort, column 9"):
        check(sort("status, val_los", NOW).names, facts())


@pytest.mark.parametrize(
    "broken", ["config", "metrics", "summary", "git", "hardware", "lineage", "error"]
)
def test_strange_run_json_is_only_missing_values(broken: str) -> None:
    for value in ([], 3, "x", None):
        run = facts(**{broken: value})
        assert not where(f"{broken}.x == 1 or branch == 1 or zzz == 1", NOW)(run)
