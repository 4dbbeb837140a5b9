"""Which columns a table of runs has, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.git import git
from support.runs import make_run

from gitexp.errors import BadExpression, UsageError
from gitexp.query.listing import flat_listing, list_runs
from gitexp.query.runs import Runs
from gitexp.schema.clock import from_iso
from gitexp.schema.listing import AGE, DURATION, METRIC, NAME, STATUS, TAGS, TIME, VALUE
from gitexp.store.repository import Repository

NOW = from_iso("2024-01-05T00:00:00Z")


@pytest.fixture
def runs(repo: Path) -> Iterator[Runs]:
    for i, lr in enumerate((0.1, 0.01, 0.001), 1):
        config = {"lr": lr, "same": 1, "opt": {"name": "sgd"}, "a-b": i % 2}
        if i == 2:
            config["extra"] = True
        rows = [{"train/loss": 1.0 / i, "val/loss": 2.0 / i, "lr": lr, "epoch": 1}]
        created = f"2024-01-0{i}T00:00:00.000Z"
        make_run(repo, f"r{i}", config=config, metrics=rows, created_at=created,
                 tags=["x"] if i == 1 else [], summary={"note": "=1+1"})  # fmt: skip
    with Runs(Repository.open(repo), now_s=NOW) as runs:
        yield runs


def test_the_default_is_what_tells_the_runs_apart(runs: Runs) -> None:
    listing = list_runs(runs, runs.newest())
    assert [(c.key, c.kind) for c in listing.columns] == [
        ("name", NAME),
        ("status", STATUS),
        ("age", AGE),
        ("duration", DURATION),
        ("config.lr", VALUE),
        ("config.a-b", VALUE),
        ("config.extra", VALUE),
        ("metrics.val/loss", METRIC),
        ("tags", TAGS),
    ]
    assert listing.rows[0] == (
        "r3", "finished", 2 * 86400, 60.0, 0.001, 1, None, pytest.approx(2 / 3), [],
    )  # fmt: skip
    assert listing.names == ("r3", "r2", "r1")
    assert listing.total == 3
    ranks = sorted(listing.columns, key=lambda column: column.rank)
    assert [c.key for c in ranks][:4] == ["name", "status", "metrics.val/loss", "config.lr"]


def test_a_single_run_has_no_config_that_differs(runs: Runs) -> None:
    listing = list_runs(runs, runs.newest(1))
    assert not any(c.key.startswith("config.") for c in listing.columns)


@pytest.mark.parametrize(
    ("key", "kind", "value"),
    [
        ("created", TIME, from_iso("2024-01-03T00:00:00Z")),
        ("duration", DURATION, 60.0),
        ("age", AGE, 2 * 86400),
        ("lr", METRIC, 0.001),  # the metric comes before the config key
        ("config.lr", VALUE, 0.001),
        ("opt.name", VALUE, "sgd"),
        ("config.a-b", VALUE, 1),
        ('config["a-b"]', VALUE, 1),
        ("val/loss", METRIC, pytest.approx(2 / 3)),
        ("metrics.train/loss", METRIC, pytest.approx(1 / 3)),
        ('metric["val/loss"].min', METRIC, pytest.approx(2 / 3)),
        ("extra", VALUE, None),
        ("note", VALUE, "=1+1"),
    ],
)
def test_columns_by_name(runs: Runs, key: str, kind: str, value: object) -> None:
    listing = list_runs(runs, runs.newest(1), [key])
    assert listing.columns[0].kind == kind
    assert listing.rows == ((value,),)


def test_the_goal_of_a_metric_is_in_its_column(runs: Runs) -> None:
    listing = list_runs(runs, runs.newest(), ["val/loss", "epoch", 'metric["val/loss"].min_step'])
    assert [column.goal for column in listing.columns] == ["lower", None, None]


def test_unknown_columns(runs: Runs) -> None:
    with pytest.raises(BadExpression, match=r"--columns, column 1: .*'val/los'"):
        list_runs(runs, runs.newest(), ["name", "val/los"])
    with pytest.raises(UsageError, match="is no name"):
        list_runs(runs, runs.newest(), ["lr[0] + 1"])


def test_malformed_runs_have_only_a_name(runs: Runs) -> None:
    top = runs.repo.top
    git(top, "update-ref", "refs/experiments/bad", git(top, "rev-parse", "HEAD"))
    with Runs(runs.repo) as again:
        listing = list_runs(again, again.glob("bad"), ["name", "lr", "tags"])
    assert listing.rows == (("bad", None, None),)
    assert listing.malformed == ("it has no run.json",)


def test_flat_columns_hold_everything(runs: Runs) -> None:
    listing = flat_listing(runs, runs.newest())
    keys = [column.key for column in listing.columns]
    assert keys[:3] == ["name", "id", "status"]
    for key in ("config.opt.name", "config.extra", "metrics.val/loss", "summary.note"):
        assert key in keys
    row = dict(zip(keys, listing.rows[1], strict=True))
    assert row["config.opt.name"] == "sgd"
    assert row["config.extra"] is True
    assert row["config.a-b"] == 0
