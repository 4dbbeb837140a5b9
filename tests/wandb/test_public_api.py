"""wandb's Api over the runs of a repository."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.cli import runs_of
from support.git import git
from support.runs import make_run
from support.schema import assert_valid_run
from support.scripts import script

import gitexp as wandb
from gitexp.errors import RunNotFound, UsageError
from gitexp.wandb.public.filters import MISSING, matches

RUN = {"config": {"lr": 0.1, "model": {"depth": 3}}, "tags": ["a", "b"], "state": "finished"}


def lookup(key: str) -> Any:
    value: Any = RUN
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            return MISSING
        value = value[part]
    return value


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        (None, True),
        ({}, True),
        ({"state": "finished"}, True),
        ({"state": "failed"}, False),
        ({"config.lr": 0.1, "state": "finished"}, True),
        ({"config.lr": {"$gt": 0.05, "$lte": 0.1}}, True),
        ({"config.lr": {"$lt": 0.1}}, False),
        ({"config.lr": {"$ne": 0.1}}, False),
        ({"config.model.depth": {"$in": [1, 3]}}, True),
        ({"config.model.depth": {"$nin": [1, 3]}}, False),
        ({"tags": "a"}, True),
        ({"tags": {"$in": ["c", "b"]}}, True),
        ({"tags": {"$nin": ["c", "b"]}}, False),
        ({"$and": [{"tags": "a"}, {"tags": "b"}]}, True),
        ({"$or": [{"tags": "x"}, {"state": "finished"}]}, True),
        ({"$nor": [{"tags": "x"}, {"state": "failed"}]}, True),
        ({"$nor": [{"tags": "a"}, {"state": "failed"}]}, False),
        ({"$not": {"tags": "x"}}, True),
        ({"config.lr": {"$not": {"$gt": 1}}}, True),
        ({"config.none": {"$exists": False}}, True),
        ({"config.lr": {"$exists": True}}, True),
        ({"config.none": None}, True),
        ({"config.none": {"$gt": 1}}, False),
        ({"state": {"$regex": "^fin"}}, True),
        ({"state": {"$regex": "^ish"}}, False),
        ({"config.lr": {"$gt": "text"}}, False),
    ],
)
def test_filters(filters: Any, fits: bool) -> None:
    assert matches(filters, lookup) is fits


@pytest.mark.parametrize(
    ("filters", "why"),
    [
        ({"state": {"$like": 1}}, "is unknown"),
        ({"$where": 1}, "is unknown"),
        ({"$or": {"a": 1}}, "takes a list"),
        ({"state": {"$regex": "("}}, "regex"),
        (["state"], "must be a mapping"),
    ],
)
def test_filters_that_cannot_be_read(filters: Any, why: str) -> None:
    with pytest.raises(UsageError, match=why.replace("$", r"\$")):
        matches(filters, lookup)


@pytest.fixture
def lab(repo: Path) -> Path:
    script(
        repo,
        """
        for i, project in enumerate(["one", "one", "two"]):
            run = wandb.init(
                project=project, entity="e", id=f"id{i}", name=f"name {i}", tags=["t", f"t{i}"],
                group="g" if i else None, config={"lr": 10.0 ** -i, "sub": {"n": i}}, notes="n",
            )
            for step in range(4):
                wandb.log({"loss": i + 1 / (step + 1), "acc": step * i})
                if step == 2:
                    wandb.log({"val": {"loss": 0.5}})
            run.define_metric("acc", summary="max")
            run.summary["best"] = i
            print("run", i)
            open(os.path.join(run.dir, "model.h5"), "w").write(f"weights {i}")
            run.finish(exit_code=i == 2)
        """,
    )
    return repo


def test_a_run(lab: Path) -> None:
    api = wandb.Api()
    for path in ("e/one/id1", "one/id1", "id1", "/e/one/runs/id1", "other/one/id1"):
        run = api.run(path)
        assert (run.id, run.name, run.project, run.entity) == ("id1", "name 1", "one", "e")
    assert (run.state, run.tags, run.group, run.notes) == ("finished", ["t", "t1"], "g", "n")
    assert run.path == ["e", "one", "id1"]
    assert run.config == {"lr": 0.1, "sub": {"n": 1}}
    assert run.summary["loss"] == 1.25
    assert run.summary["acc"] == {"max": 3}
    assert run.summary.get("best") == 1
    assert run.summary["val.loss"] == 0.5
    assert (run.summary["_step"], run.lastHistoryStep) == (4, 4)
    assert run.summary._json_dict["best"] == 1
    assert run.created_at.startswith("20")
    assert run.url.endswith("#refs/experiments/name-1")
    assert api.run("id2").state == "failed"
    assert json.loads(run.json_config)["lr"] == {"value": 0.1, "desc": None}
    assert run.metadata["python"].startswith("3.")
    with pytest.raises(RunNotFound):
        api.run("e/one/nothing")


def test_history(lab: Path) -> None:
    run = wandb.Api().run("id1")
    frame = run.history()
    assert list(frame.columns)[:3] == ["_step", "_runtime", "_timestamp"]
    assert list(frame["loss"].dropna()) == [2, 1.5, 1 + 1 / 3, 1.25]
    rows = run.history(keys=["acc"], pandas=False)
    assert rows == [{"_step": s, "acc": a} for s, a in [(0, 0), (1, 1), (2, 2), (4, 3)]]
    assert [row["_step"] for row in run.history(samples=2, pandas=False)] == [0, 4]
    assert list(run.scan_history(keys=["val.loss", "_step"])) == [{"val.loss": 0.5, "_step": 3}]
    assert [row["_step"] for row in run.scan_history(min_step=1, max_step=3)] == [1, 2]
    assert "system.memory.used_pct" in run.history(stream="system").columns


def test_runs_by_filters_and_orders(lab: Path) -> None:
    api = wandb.Api()

    def ids(*args: Any, **how: Any) -> list[str]:
        return [run.id for run in api.runs(*args, **how)]

    assert ids() == ["id0", "id1", "id2"]
    assert ids("e/one") == ["id0", "id1"]
    assert ids("lab", order="-created_at") == ["id2", "id1", "id0"]
    assert ids(filters={"config.lr": {"$lt": 0.5}}, order="+config.lr") == ["id2", "id1"]
    assert ids(filters={"$or": [{"display_name": "name 0"}, {"state": "failed"}]}) == [
        "id0",
        "id2",
    ]
    assert ids(filters={"tags": {"$in": ["t1"]}}) == ["id1"]
    assert ids(filters={"summary_metrics.loss": {"$gt": 1}, "group": "g"}) == ["id1", "id2"]
    assert ids(filters={"config.sub.n": 2}) == ["id2"]
    assert ids(order="-summary_metrics.best") == ["id2", "id1", "id0"]
    runs = api.runs("one")
    assert len(runs) == 2
    assert runs[-1].id == "id1"
    assert [run.id for run in runs[:1]] == ["id0"]
    assert len(runs.histories(keys=["loss"])) == 8
    with pytest.raises(ValueError, match="Could not find project nothing"):
        api.runs("e/nothing")
    assert [project.name for project in api.projects()] == ["one", "two"]


def test_files(lab: Path, tmp_path: Path) -> None:
    run = wandb.Api().run("id1")
    names = {file.name for file in run.files()}
    assert {"model.h5", "output.log", "config.yaml", "wandb-summary.json"} <= names
    with run.file("model.h5").download(tmp_path) as file:
        assert file.read() == "weights 1"
    with pytest.raises(ValueError, match="replace=True"):
        run.file("model.h5").download(tmp_path)
    run.file("model.h5").download(tmp_path, exist_ok=True).close()
    run.file("model.h5").download(tmp_path, replace=True).close()
    assert json.loads(run.file("wandb-summary.json").content())["best"] == 1
    assert b"orjson==" in run.file("requirements.txt").content()
    with pytest.raises(ValueError, match="has no file"):
        run.file("nothing")


def test_changes_are_commits(lab: Path) -> None:
    run = wandb.Api().run("id1")
    run.config["new"] = [1, 2]
    run.tags.append("seen")
    run.notes, run.group, run.name = "better", "h", "renamed"
    run.summary["score"] = 7
    run.update()
    again = wandb.Api().run("id1")
    assert again.config == {"lr": 0.1, "sub": {"n": 1}, "new": [1, 2]}
    assert (again.tags, again.notes, again.group) == (["t", "t1", "seen"], "better", "h")
    assert (again.name, again.summary["score"]) == ("renamed", 7)
    stored = next(r for r in runs_of(lab) if r["capture"]["wandb"]["id"] == "id1")
    assert_valid_run(stored)
    again.summary.update({"score": 8, "nested": {"a": 1}})
    assert wandb.Api().run("id1").summary["nested"] == {"a": 1}
    again.delete()
    with pytest.raises(RunNotFound):
        wandb.Api().run("id1")


def test_a_run_that_runs_is_changed_through_its_journal(repo: Path) -> None:
    said = script(
        repo,
        """
        run = wandb.init(id="abc", config={"a": 1})
        wandb.log({"loss": 1.0})
        live = wandb.Api().run("abc")
        assert live.state == "running" and live.summary["loss"] == 1.0
        live.config["b"] = 2; live.tags.append("t"); live.summary["x"] = 3
        live.update()
        print([row["loss"] for row in live.scan_history()])
        """,
    )
    assert said == "[1]"
    (run,) = runs_of(repo)
    assert (run["config"], run["tags"], run["summary"]) == ({"a": 1, "b": 2}, ["t"], {"x": 3})


def test_artifacts(repo: Path) -> None:
    script(
        repo,
        """
        for text in "ab":
            run = wandb.init(id=text)
            if text == "b":
                run.use_artifact("ds:latest")
            artifact = wandb.Artifact("ds", "dataset")
            with artifact.new_file("f") as file:
                file.write(text)
            run.log_artifact(artifact, aliases=["best"])
            run.finish()
        """,
    )
    api = wandb.Api()
    found = api.artifact("e/p/ds:best", type="dataset")
    assert (found.name, found.logged_by().id, found.used_by()) == ("ds:v1", "b", [])
    assert [user.id for user in api.artifact("ds:v0").used_by()] == ["b"]
    assert [version.name for version in api.artifacts("dataset", "p/ds")] == ["ds:v1", "ds:v0"]
    assert [t.name for t in api.artifact_types()] == ["dataset"]
    assert api.artifact_type("dataset").collection("ds").aliases == ["latest", "best"]
    assert api.artifact_exists("ds:v0")
    assert not api.artifact_exists("ds:v9")
    assert not api.artifact_exists("ds:v0", type="model")
    assert not api.artifact_collection_exists("other", "dataset")
    run = api.run("b")
    assert [a.name for a in run.logged_artifacts()] == ["ds:v1"]
    assert [a.name for a in run.used_artifacts()] == ["ds:v0"]
    run.use_artifact(found, use_as="eval")
    assert [a.name for a in api.run("b").used_artifacts()] == ["ds:v0", "ds:v1"]
    with pytest.raises(AttributeError, match=r"wandb\.Api\.reports: `gitexp report`"):
        api.reports()
    git(repo, "status", "--porcelain")


def test_it_reads_runs_that_wandb_knows_nothing_of(repo: Path) -> None:
    make_run(repo, "plain-run", metrics=[{"loss": 3.0}, {"loss": 2.0}], config={"lr": 1})
    run = wandb.Api().run("plain-run")
    assert (run.name, run.project, run.config) == ("plain-run", "uncategorized", {"lr": 1})
    assert list(run.history(keys=["loss"])["loss"]) == [3.0, 2.0]
    assert wandb.Api().run("latest").id == run.id


def test_restore(lab: Path) -> None:
    said = script(
        lab,
        """
        print(wandb.restore("model.h5", run_path="e/one/id1", root="back").read())
        run = wandb.init(id="id0", resume="must")
        print(open(wandb.restore("model.h5").name).read())
        print(run.restore("model.h5", run_path="one/id1", replace=True).read())
        for wrong in ({"name": "nothing"}, {"name": "x", "run_path": "e/one/nothing"}):
            try:
                wandb.restore(**wrong)
            except ValueError:
                print("ValueError")
        """,
    )
    assert said.splitlines() == [
        "weights 1", "weights 0", "weights 1", "ValueError", "ValueError",
    ]  # fmt: skip
    assert (lab / "back/model.h5").read_text() == "weights 1"
    assert "model.h5" not in os.listdir(lab)


def test_restore_without_a_run() -> None:
    with pytest.raises(ValueError, match="needs run_path"):
        wandb.restore("x")
