"""What people do with wandb's Api, on runs of a repository: the recipes of its documentation."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support.cli import runs_of
from support.git import fsck
from support.schema import assert_valid_run
from support.scripts import script

import gitexp as wandb
from gitexp.errors import GitexpError


@pytest.fixture
def lab(repo: Path) -> Path:
    script(
        repo,
        """
        for i in range(3):
            run = wandb.init(
                project="demo", entity="ada", id=f"id{i}", name=f"run {i}", job_type="train",
                config={"lr": 10**-i, "opt": {"name": "adam"}}, tags=[f"t{i}"],
            )
            if i == 0:
                data = wandb.Artifact("data", type="dataset")
                with data.new_file("x.csv") as file:
                    file.write("1,2")
                run.log_artifact(data)
            else:
                run.use_artifact("data:latest").download("in")
            for step in range(6):
                run.log({"loss": 1 / (step + 1) + i, "val": {"acc": step / 10}})
            run.log({"preds": wandb.Table(columns=["id", "p"], data=[[1, i], [2, i + 0.5]])})
            open("model.pt", "w").write(f"weights {i}")
            model = wandb.Artifact("model", type="model"); model.add_file("model.pt")
            run.log_artifact(model, aliases=["best"] if i == 0 else [])
            run.summary["best"] = 0.9 - i / 10
            open("note.txt", "w").write(f"note {i}"); run.save("note.txt")
            run.finish()
        """,
    )
    return repo


def test_the_model_of_the_best_run(lab: Path, tmp_path: Path) -> None:
    api = wandb.Api()
    best = api.runs("ada/demo", order="-summary_metrics.best")[0]
    (model,) = [a for a in best.logged_artifacts() if a.type == "model"]
    folder = Path(model.download(root=tmp_path / "model"))
    assert (folder / "model.pt").read_text() == "weights 0"
    assert Path(model.file(tmp_path / "one")).read_text() == "weights 0"
    best.file("note.txt").download(root=tmp_path, replace=True).close()
    assert (tmp_path / "note.txt").read_text() == "note 0"


def test_all_runs_as_a_table(lab: Path) -> None:
    runs = wandb.Api().runs("ada/demo")
    frame = pd.DataFrame(
        {
            "summary": [run.summary._json_dict for run in runs],
            "config": [{k: v for k, v in r.config.items() if k[0] != "_"} for r in runs],
            "name": [run.name for run in runs],
        }
    )
    assert list(frame["name"]) == ["run 0", "run 1", "run 2"]
    assert frame["summary"][1]["best"] == pytest.approx(0.8)
    assert frame["config"][2] == {"lr": 0.01, "opt": {"name": "adam"}}
    histories = runs.histories(keys=["loss"], samples=3, format="pandas")
    assert list(histories.columns) == ["_step", "loss", "run_id"]
    assert list(histories["run_id"].unique()) == ["id0", "id1", "id2"]
    assert runs.histories(keys=["none"]) == []
    assert runs.histories(keys=["none"], format="pandas").shape == (0, 0)
    with pytest.raises(ValueError, match="is none of"):
        runs.histories(format="csv")


def test_lists_are_walked_as_pages(lab: Path) -> None:
    runs = wandb.Api().runs("ada/demo", per_page=1)
    assert (repr(runs), runs.entity, runs.project) == ("<Runs ada/demo>", "ada", "demo")
    assert (len(runs), runs.length, runs.more, len(runs.objects)) == (3, 3, False, 3)
    assert [next(runs).id, runs.next().id, next(runs).id] == ["id0", "id1", "id2"]
    with pytest.raises(StopIteration):
        next(runs)
    assert [run.id for run in runs] == [run.id for run in runs] == ["id0", "id1", "id2"]
    api = wandb.Api()
    names = [version.name for version in api.artifacts("model", "model")]
    paged = api.artifacts("model", "model", per_page=1)
    assert (next(paged).name, paged.cursor) == (names[0], "1")
    rest = api.artifacts("model", "model", start=paged.cursor)
    assert [version.name for version in rest] == names[1:]
    oldest = [
        version.version for version in api.artifacts("model", "model", order="version_index")
    ]
    assert oldest == ["v0", "v1", "v2"]


def test_a_finished_run_is_changed(lab: Path) -> None:
    run = wandb.Api().run("ada/demo/id1")
    run.job_type, run.name = "eval", "another"
    run.summary["val"]["acc"] = 7
    run.summary.own = {"deep": {"n": 1}}
    run.summary["own"]["deep"]["n"] = 2
    del run.summary["best"]
    run.update()
    again = wandb.Api().run("id1")
    assert (again.job_type, again.jobType, again.display_name) == ("eval", "eval", "another")
    assert (again.displayName, again.createdAt) == (again.name, again.created_at)
    assert (again.summary["val"]["acc"], again.summary["own"]["deep"]["n"]) == (7, 2)
    assert "best" not in again.summary
    with pytest.raises(KeyError):
        del again.summary["best"]
    stored = next(r for r in runs_of(lab) if r["capture"]["wandb"]["id"] == "id1")
    assert_valid_run(stored)


def test_files_are_added_and_deleted(lab: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/report.html").write_text("<b>done</b>")
    run = wandb.Api().run("id0")
    with pytest.raises(ValueError, match="both"):
        run.files(names=["a"], pattern="%")
    assert [file.name for file in run.files(pattern="%.txt")] == ["note.txt", "requirements.txt"]
    added = run.upload_file(str(tmp_path / "in/report.html"), root=str(tmp_path))
    assert (added.name, added.size) == ("in/report.html", 11)
    run.upload_file(tmp_path / "in/report.html", root=tmp_path / "model")
    again = wandb.Api().run("id0")
    assert again.file("__/in/report.html").content() == b"<b>done</b>"
    assert again.file("note.txt").content() == b"note 0"
    again.file("in/report.html").delete()
    last = wandb.Api().run("id0")
    assert [file.name for file in last.files(names=["in/report.html", "note.txt"])] == ["note.txt"]
    with pytest.raises(GitexpError, match="the run's own"):
        last.file("run.json").delete()
    fsck(lab)


def test_the_history_is_copied(lab: Path) -> None:
    said = script(
        lab,
        """
        old = wandb.Api().run("ada/demo/id2")
        new = wandb.init(project="copy", id="copied", config=old.config, name=old.name)
        for row in old.scan_history(keys=["_step", "loss"]):
            new.log({"loss": row["loss"]}, step=row["_step"])
        new.finish()
        scan = wandb.Api().run("copy/copied").scan_history(keys=["loss"], min_step=4)
        print(next(scan), list(scan), len(list(scan)), scan.max_step)
        """,
    )
    assert said == "{'loss': 2.2} [{'loss': 2.2}, {'loss': 2.1666666666666665}] 2 None"
    run = wandb.Api().run("copied")
    for keys in ("loss", [["loss"]], {"loss": 1}):
        assert run.history(keys=keys) == []  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="keys are a list"):
            run.scan_history(keys=keys)  # type: ignore[arg-type]
    assert run.history(keys=["loss"], stream="system") == []


def test_lineage_and_promotion(lab: Path) -> None:
    api = wandb.Api()
    model = api.artifact("ada/demo/model:v2")
    producer = model.logged_by()
    (data,) = producer.used_artifacts()
    assert (producer.id, data.name, data.logged_by().id) == ("id2", "data:v0", "id0")
    assert {run.id for run in data.used_by()} == {"id1", "id2"}
    model.aliases.append("production")
    model.tags = ["seen"]
    model.save()
    assert api.artifact("model:production").version == "v2"
    for version in api.artifact_versions("model", "ada/demo/model"):
        if not version.aliases:
            version.delete()
    assert [v.name for v in api.artifacts("model", "model")] == ["model:v2", "model:v0"]
    assert [v.name for v in api.artifacts("model", "model", tags="seen")] == ["model:v2"]
    with pytest.raises(GitexpError, match="aliases"):
        model.delete()


def test_collections(lab: Path) -> None:
    api = wandb.Api()
    kind = api.artifact_type("model", "ada/demo")
    (models,) = kind.collections()
    assert (models.name, models.type, models.entity, models.project) == (
        "model", "model", "ada", "demo",
    )  # fmt: skip
    assert models.aliases == ["best", "latest"]
    assert models.is_sequence()
    assert models.created_at < models.updated_at
    assert [c.name for c in api.artifact_collections("demo", "dataset")] == ["data"]
    found = api.project("demo").collections(filters={"name": {"$regex": "^d"}})
    assert [collection.name for collection in found] == ["data"]
    for name in ("name", "description", "tags"):
        with pytest.raises(wandb.UnsupportedError, match=f"ArtifactCollection.{name}"):
            setattr(models, name, "new")
    with pytest.raises(wandb.CommError, match="made by the tracker"):
        models.change_type("wandb-own")
    models.type = "weights"
    models.save()
    assert wandb.Api().artifact("model:v1").type == "weights"
    models.delete()
    assert not api.artifact_exists("model:v0")
    assert not api.artifact_collection_exists("model", "weights")


def test_tables_of_two_runs(lab: Path, tmp_path: Path) -> None:
    frames = []
    for run in wandb.Api().runs("ada/demo")[:2]:
        told = run.summary["preds"]
        with run.file(told["path"]).download(tmp_path, replace=True) as file:
            table = json.load(file)
        frames.append(pd.DataFrame(table["data"], columns=table["columns"]))
    both = frames[0].merge(frames[1], on="id")
    assert both.to_numpy().tolist() == [[1, 0, 1], [2, 0.5, 1.5]]


def test_paths_projects_and_people(lab: Path) -> None:
    api = wandb.Api()
    for path in ("ada/demo/id1", "ada/demo/runs/id1", "demo:id1"):
        assert api.run(path).id == "id1"
    assert api.from_path("ada/demo/runs/id0").id == "id0"
    project = api.from_path("ada/demo")
    assert (project.name, project.path, repr(project)) == (
        "demo", ["ada", "demo"], "<Project ada/demo>",
    )  # fmt: skip
    assert project.owner.name == api.viewer.username == "Ada Lovelace"
    assert project.created_at == api.run("id0").created_at
    assert [p.name for p in api.projects("ada")] == ["demo"]
    assert list(project.sweeps()) == []
    run = api.run("id0")
    assert (str(run.user), run.user.email, run.user.teams) == (
        "Ada Lovelace", "ada@example.org", [],
    )  # fmt: skip
    with pytest.raises(GitexpError, match="a path is entity/project"):
        api.from_path("a/b/c/d/e")


def test_what_is_not_there(lab: Path) -> None:
    api = wandb.Api()
    run, missing = api.run("id0"), (wandb.CommError, ValueError)
    for error in missing:
        with pytest.raises(error, match="Could not find run"):
            api.run("ada/demo/nothing")
        with pytest.raises(error, match="nothing is called"):
            api.artifact("ada/demo/nothing:v0")
        with pytest.raises(error, match="its type is"):
            api.artifact("model:v0", type="dataset")
    refused: list[tuple[Any, str]] = [
        (api, "reports"), (api, "team"), (api, "registry"), (api, "automations"),
        (api, "run_queue"), (run, "stop"), (run, "download_history_exports"),
    ]  # fmt: skip
    for owner, name in refused:
        with pytest.raises(wandb.UnsupportedError, match=rf"wandb\.\w+\.{name}: "):
            getattr(owner, name)
    for owner in (api, run, api.artifact_collection("model", "model"), run.user):
        with pytest.raises(AttributeError, match="has no 'nothing'"):
            _ = owner.nothing


def test_a_run_that_the_api_makes(repo: Path) -> None:
    run = wandb.Api().create_run(run_id="made", project="p")
    run.config["a"] = 1
    run.summary["b"] = 2
    run.update()
    again = wandb.Api().run("p/made")
    assert (again.config, again.summary["b"], again.state) == ({"a": 1}, 2, "finished")
    assert again.update_state("failed")
    assert wandb.Api().run("made").state == "failed"
    for state in ("failed", "pending"):
        with pytest.raises(wandb.Error, match="invalid state transition"):
            again.update_state(state)
    assert list(again.console_logs()) == []


def test_what_a_run_printed(repo: Path) -> None:
    script(repo, "wandb.init(id='said'); print('one'); print('two')")
    run = wandb.Api().run("said")
    assert [line.content for line in run.console_logs()] == ["one", "two"]
    assert [(line.number, line.content) for line in run.console_logs(last=1)] == [(1, "two")]


def test_runs_of_a_project_that_nobody_named(repo: Path) -> None:
    (repo / "sub").mkdir()
    (repo / "sub/t.py").write_text(
        "import gitexp as wandb\n"
        "run = wandb.init(); run.finish()\n"
        "print([r.id for r in wandb.Api().runs(f'{run.entity}/{run.project}')] == [run.id])\n"
    )
    done = subprocess.run(
        [sys.executable, "t.py"], cwd=repo / "sub", capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == "True", done.stderr
    with pytest.raises(ValueError, match="Could not find project"):
        wandb.Api().runs("nobody/other")
