"""log() and its relatives: steps, values, warnings, threads, forks."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import torch

from gitexp.journal import folders
from gitexp.journal.tail import LineTail
from gitexp.record import guard
from gitexp.record.active import ActiveRun
from gitexp.schema.run import Run


@pytest.fixture(autouse=True)
def fresh_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_told", set())


@pytest.fixture
def active(tmp_path: Path) -> Iterator[ActiveRun]:
    run = Run(name="a-b-c", id="1", created_at="2024-01-01T00:00:00.000Z", config={"lr": 0.1})
    folders.write_json(tmp_path / folders.RUN, run.to_json())
    (tmp_path / folders.CHECKPOINTS).mkdir()
    opened = ActiveRun(tmp_path, run, owns=True)
    yield opened
    opened.finish()


def rows(run: ActiveRun) -> list[dict[str, Any]]:
    """metrics.jsonl without the times."""
    lines = LineTail(run._folder / folders.METRICS).objects(final=True)
    return [{k: v for k, v in row.items() if k != "_time"} for row in lines]


def events(run: ActiveRun, kind: str) -> list[dict[str, Any]]:
    lines = LineTail(run._folder / folders.EVENTS).objects(final=True)
    return [event for event in lines if event["type"] == kind]


def test_a_call_without_step_advances_by_one(active: ActiveRun) -> None:
    for n in range(3):
        active.log({"loss": n})
    assert rows(active) == [{"_step": n, "loss": n} for n in range(3)]
    assert active.step == 3


def test_steps_follow_wandb(active: ActiveRun) -> None:
    active.log({"a": 1}, step=5)
    active.log({"b": 2})  # completes step 5
    active.log({"c": 3})
    active.log({"d": 4}, commit=False)
    active.log({"e": 5})
    active.log({"f": 6}, step=9, commit=True)
    active.log({"g": 7})
    assert [(row["_step"], [k for k in row if k != "_step"]) for row in rows(active)] == [
        (5, ["a"]),
        (5, ["b"]),
        (6, ["c"]),
        (7, ["d"]),
        (7, ["e"]),
        (9, ["f"]),
        (10, ["g"]),
    ]


def test_a_lower_step_is_kept_under_the_newest_with_one_warning(
    active: ActiveRun, capsys: pytest.CaptureFixture[str]
) -> None:
    active.log({"a": 1}, step=5)
    active.log({"a": 2}, step=3)
    active.log({"a": 3}, step=2)
    assert [row["_step"] for row in rows(active)] == [5, 5, 5]
    assert capsys.readouterr().err.count("lower than 5") == 1


@pytest.mark.parametrize(
    ("data", "row"),
    [
        ({"a": 1.5, "b": 2}, {"a": 1.5, "b": 2}),
        ({"a": float("nan"), "b": 1.0}, {"a": "NaN", "b": 1.0}),
        ({"a": float("-inf")}, {"a": "-Infinity"}),
        (
            {"train": {"loss": 1.0, "acc": {"top1": 0.5}}},
            {"train.loss": 1.0, "train.acc.top1": 0.5},
        ),
        ({"verlust/größe 🦊": 1.0}, {"verlust/größe 🦊": 1.0}),
        ({"a": np.float32(0.5), "b": torch.tensor(2)}, {"a": 0.5, "b": 2}),
        ({"a": True, "b": None, "c": "text"}, {"a": True, "b": None, "c": "text"}),
        ({1: 2.0, 3.5: 4}, {"1": 2.0, "3.5": 4}),
        ({"a": 2**70}, {"a": float(2**70)}),
        ({"\udcff": 1}, {"?": 1}),
        ({}, {}),
    ],
)
def test_values(active: ActiveRun, data: dict[Any, Any], row: dict[str, Any]) -> None:
    active.log(data)
    assert rows(active) == [{"_step": 0, **row}]


def test_the_journal_is_valid_json_whatever_is_logged(active: ActiveRun) -> None:
    active.log({"a": float("nan"), "b": [float("inf"), np.nan]})
    for line in (active._folder / folders.METRICS).read_bytes().splitlines():
        orjson.loads(line)


def test_what_cannot_be_kept_is_named_and_the_rest_is_kept(
    active: ActiveRun, capsys: pytest.CaptureFixture[str]
) -> None:
    active.log({"loss": 0.5, "weights": iter("raw"), "thing": object(), "_step": 7})
    active.log({"weights": iter("raw")})
    assert rows(active)[0] == {"_step": 0, "loss": 0.5}
    said = capsys.readouterr().err
    assert "'weights' was left out: a str_" in said
    assert "'thing' was left out: a object" in said
    assert "'_step' is gitexp's own" in said
    assert said.count("weights") == 1


@pytest.mark.parametrize("nonsense", [None, 3, "loss", ["loss"], object()])
def test_nonsense_never_raises(
    active: ActiveRun, nonsense: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    active.log(nonsense)
    active.log({"a": 1}, step="x")  # type: ignore[arg-type]
    assert "gitexp:" in capsys.readouterr().err
    active.log({"a": 2})
    assert rows(active)[-1]["a"] == 2


def test_an_evil_value_never_raises(active: ActiveRun, capsys: pytest.CaptureFixture[str]) -> None:
    class Evil:
        @property
        def shape(self) -> Any:
            raise RuntimeError("no")

    active.log({"x": Evil()})
    assert "'x' was left out: RuntimeError: no" in capsys.readouterr().err


def test_each_part_that_no_checkpoint_holds_is_told_once(
    active: ActiveRun, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        active.save_checkpoint({"model": {"hook": print}})
    active.save_checkpoint({"sampler": object()})
    said = capsys.readouterr().err
    assert said.count("cannot store model.hook: a builtin_function_or_method") == 1
    assert "cannot store sampler: a object" in said
    assert said.count("strict=False") == 2


def test_threads_share_the_steps(active: ActiveRun) -> None:
    def work() -> None:
        for _ in range(300):
            active.log({"a": 1.0})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["_step"] for row in rows(active)] == list(range(1200))


def test_a_signal_handler_may_log(active: ActiveRun) -> None:
    before = signal.signal(signal.SIGALRM, lambda *_: active.log({"from_handler": 1.0}))
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    try:
        for n in range(3000):
            active.log({"n": n})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert [row["n"] for row in rows(active) if "n" in row] == list(range(3000))
    assert any("from_handler" in row for row in rows(active))


def test_a_forked_child_that_is_given_the_run_logs_to_it(active: ActiveRun) -> None:
    active.log({"a": 1})
    active.log({"b": 1}, commit=False)
    pid = os.fork()
    if pid == 0:
        active.log({"a": 2})
        active.log({"a": 3})
        active.config.x = 1
        active.summary["best"] = 5
        active.finish()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert active.step == 3
    active.log({"a": 4})
    logged = [(row["_step"], row.get("a"), row.get("b")) for row in rows(active)]
    assert logged == [(0, 1, None), (1, None, 1), (1, 2, None), (2, 3, None), (3, 4, None)]
    assert [event["values"] for event in events(active, "config")] == [{"x": 1}]
    assert active.summary["best"] == 5
    assert events(active, "finish") == []


def test_forked_children_of_an_ended_run_are_silent(active: ActiveRun) -> None:
    active.finish()
    pid = os.fork()
    if pid == 0:
        active.log({"a": 2})
        os._exit(0 if active.ended else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert rows(active) == []


def test_children_that_log_at_once_take_their_steps_in_turn(active: ActiveRun) -> None:
    children = []
    for _ in range(4):
        if not (pid := os.fork()):
            for n in range(50):
                active.log({"n": n})
            os._exit(0)
        children.append(pid)
    for n in range(50):
        active.log({"own": n})
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 4
    active.log({"own": 50})
    assert [row["_step"] for row in rows(active)] == list(range(251))
    assert active.step == 251


def test_data_loader_workers_do_not_write(active: ActiveRun) -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        pool.map(_log_in_worker, range(4))
    active.log({"a": 1})
    assert len(rows(active)) == 1


def _log_in_worker(n: int) -> None:
    import gitexp

    gitexp.log({"worker": n})


def test_what_comes_after_the_end_is_told_once(
    active: ActiveRun, capsys: pytest.CaptureFixture[str]
) -> None:
    active.finish()
    active.log({"a": 1})
    active.log({"a": 1})
    active.config.x = 1
    assert capsys.readouterr().err.count("the run is finished") == 1
    assert rows(active) == []


def test_define_metric(active: ActiveRun, capsys: pytest.CaptureFixture[str]) -> None:
    active.define_metric("val/*", step_metric="epoch", summary="min,mean", goal="minimize")
    active.define_metric("score", summary="max")
    active.define_metric("x", goal="up")
    first, second, third = events(active, "metric")
    assert (first["pattern"], first["step_metric"], first["goal"], first["summary"]) == (
        "val/*",
        "epoch",
        "lower",
        ["min", "mean"],
    )
    assert second["goal"] == "higher"
    assert third["goal"] is None
    assert "goal 'up' is unknown" in capsys.readouterr().err


def test_config_changes_reach_the_journal_without_secrets(active: ActiveRun) -> None:
    active.config.update({"lr": 0.2, "api_key": "sk-verysecretverysecretverysecret"})
    (event,) = [e for e in events(active, "config") if "api_key" in e["values"]]
    assert "verysecret" not in orjson.dumps(event).decode()
    assert active.config.api_key.startswith("sk-")


def test_the_end_of_a_with_block_says_how_it_went(active: ActiveRun) -> None:
    with pytest.raises(ValueError, match="boom"), active:
        raise ValueError("boom")
    (error,) = events(active, "error")
    assert error["error"]["type"] == "ValueError"
    assert error["error"]["message"] == "boom"
    assert "raise ValueError" in error["error"]["traceback"]
    (finish,) = events(active, "finish")
    assert (finish["status"], finish["exit_code"]) == ("failed", 1)
