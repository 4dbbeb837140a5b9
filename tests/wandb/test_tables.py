"""Tables that grow, tables that are joined, and media in the summary and on a run's page."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.git import git
from support.scripts import script

import gitexp
from gitexp.record.media._base import MediaFolder
from gitexp.record.media.tables import PartitionedTable
from gitexp.schema.media import newest_media
from gitexp.schema.metrics import MetricsFold


def content(folder: Path, path: str) -> dict[str, Any]:
    found = json.loads((folder / path).read_text())
    assert isinstance(found, dict)
    return found


def test_an_incremental_table_keeps_each_row_once(tmp_path: Path) -> None:
    table = gitexp.Table(columns=["n"], log_mode="INCREMENTAL")
    kept = []
    for n in range(3):
        table.add_data(n)
        kept.append(table.keep(MediaFolder(tmp_path), "t"))
    assert [one["nrows"] for one in kept] == [1, 2, 3]
    parts = kept[-1]["parts"]
    assert parts[:2] == kept[1]["parts"]
    assert [content(tmp_path, path)["data"] for path in parts] == [[[0]], [[1]], [[2]]]


def test_a_table_that_is_logged_again_has_all_rows(tmp_path: Path) -> None:
    table = gitexp.Table(columns=["n"], data=[[0]])
    table.keep(MediaFolder(tmp_path), "t")
    table.add_data(1)
    assert content(tmp_path, table.keep(MediaFolder(tmp_path), "t")["path"])["data"] == [[0], [1]]


def test_rows_columns_and_numbers_as_names(tmp_path: Path) -> None:
    table = gitexp.Table(columns=[1, "b"], data=[[1, 2], [3, 4]])
    table.add_computed_columns(lambda n, row: {"sum": row["1"] + row["b"] + n})
    assert table.get_column("sum") == [3, 8]
    assert [row for _, row in table.iterrows()] == [[1, 2, 3], [3, 4, 8]]
    assert content(tmp_path, table.keep(MediaFolder(tmp_path), "t")["path"])["columns"][0] == 1


def test_joined_tables(tmp_path: Path) -> None:
    one = gitexp.Table(columns=["id", "a"], data=[[1, "x"], [2, "y"]])
    other = gitexp.Table(columns=["id", "a"], data=[[2, "Y"], [3, "Z"]])
    table = gitexp.JoinedTable(one, other, "id")
    kept = table.keep(MediaFolder(tmp_path), "t")
    found = content(tmp_path, kept["path"])
    assert found["columns"] == ["id", "a", "a.2"]
    assert found["data"] == [[1, "x", None], [2, "y", "Y"], [3, None, "Z"]]
    assert [part["nrows"] for part in kept["joined"]] == [2, 2]
    with pytest.raises(ValueError, match="no column 'key'"):
        gitexp.JoinedTable(one, other, "key")


def test_media_in_the_summary_and_in_the_readme(repo: Path) -> None:
    pytest.importorskip("PIL")
    (repo / "t.py").write_text(
        textwrap.dedent(
            """
            import gitexp, numpy as np
            run = gitexp.init(name="m")
            run.summary["sample"] = gitexp.Image(np.eye(3), caption="best")
            image = gitexp.Image(np.eye(2), caption="a | [cat](http://x.org)")
            run.log({"img": image, "word": "w"})
            rows = [["x|y", gitexp.Image(np.eye(4))]] * 7
            table = gitexp.Table(columns=["a|b", "pic"], data=rows)
            run.log({"table": table})
            assert run.summary["img"]["caption"].startswith("a |") and run.summary["word"] == "w"
            """
        )
    )
    subprocess.run([sys.executable, "t.py"], cwd=repo, check=True, timeout=120)
    run = json.loads(git(repo, "show", "refs/experiments/m:run.json"))
    sample = run["summary"]["sample"]
    assert (sample["_type"], sample["caption"]) == ("image", "best")
    git(repo, "cat-file", "-e", f"refs/experiments/m:{sample['path']}")
    media = git(repo, "show", "refs/experiments/m:README.md").partition("## Media")[2]
    media = media.partition("\n## ")[0]
    assert "![a \\| \\[cat\\]" in media
    assert "http://" not in media
    assert "| a\\|b | pic |" in media
    assert media.count("| x\\|y | ![](media/table/") == 5
    assert ", 2 more: [table](media/table/" in media
    # A tag is a commit of its own, whose README.md is written from git alone.
    subprocess.run([sys.executable, "-m", "gitexp", "tag", "m", "good"], cwd=repo, check=True)
    assert media in git(repo, "show", "refs/experiments/m:README.md")


@pytest.mark.parametrize(
    "value",
    [
        {"_type": "image", "path": "../../etc/passwd.png"},
        {"_type": "image", "path": "media/x.exe"},
        {"_type": "image", "path": ["media/x.png"]},
        {"_type": "images", "items": [{"_type": "image"}, 3]},
        {"_type": "table", "path": "media/t.table.json"},
        {"_type": "table", "path": "media/broken.json"},
        {"_type": "table", "path": "media/large.json", "bytes": 10**9},
        "text",
    ],
)
def test_what_cannot_be_shown_is_left_out(value: Any) -> None:
    fold = MetricsFold()
    fold.add({"_step": 1, "_time": 0, "k": value, "n": 2, "nan": "NaN"})
    files = {"media/broken.json": b"{", "media/large.json": b'{"columns": ["a"], "data": []}'}
    assert newest_media(fold.others, files.get) == ()
    assert set(fold.others) == {"k"}


def test_the_tables_of_a_folder_are_read_as_one(repo: Path) -> None:
    script = """
        import gitexp as wandb
        run = wandb.init(name="r")
        artifact = wandb.Artifact("all", "dataset")
        for n in range(2):
            artifact.add(wandb.Table(columns=["n"], data=[[n], [10 + n]]), f"parts/{n}")
        artifact.add(wandb.data_types.PartitionedTable("parts"), "whole")
        run.log_artifact(artifact).wait()
        whole = run.use_artifact("all:latest").get("whole")
        assert whole == wandb.PartitionedTable("parts")
        assert whole.columns == ["n"]
        print(list(whole.iterrows()))
    """
    (repo / "t.py").write_text(textwrap.dedent(script))
    done = subprocess.run(
        [sys.executable, "t.py"], cwd=repo, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[(0, [0]), (1, [10]), (2, [1]), (3, [11])]\n"


def test_an_incremental_artifact_adds_to_the_newest_version(repo: Path) -> None:
    script = """
        import gitexp as wandb
        for n in range(3):
            run = wandb.init()
            artifact = wandb.Artifact("t", "table", incremental=True)
            if n == 0:
                artifact.add(wandb.PartitionedTable("parts"), "whole")
            artifact.add(wandb.Table(columns=["n"], data=[[n]]), f"parts/{n}")
            run.log_artifact(artifact)
            run.finish()
        artifact = wandb.Api().artifact("t:latest")
        print(artifact.version, [row for _, row in artifact.get("whole").iterrows()])
        print(wandb.Api().artifact("t:v0").file_count)
    """
    (repo / "t.py").write_text(textwrap.dedent(script))
    done = subprocess.run(
        [sys.executable, "t.py"], cwd=repo, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "v2 [[0], [1], [2]]\n2\n"


def test_parts_of_other_columns_are_refused() -> None:
    parts = [gitexp.Table(columns=["a"], data=[[1]]), gitexp.Table(columns=["b"], data=[[1]])]
    whole = PartitionedTable("p", parts)
    with pytest.raises(ValueError, match="other columns"):
        list(whole.iterrows())


def test_an_evaluation_says_what_its_columns_are_for(tmp_path: Path) -> None:
    table = gitexp.EvalTable(
        input_columns=["q"], output_columns=["a"], score_columns=["s"], data=[["1+1", "2", 1.0]]
    )
    kept = table.keep(MediaFolder(tmp_path), "t")
    assert kept["columns"] == ["q", "a", "s"]
    assert kept["roles"] == {"input": ["q"], "output": ["a"], "score": ["s"]}
    other = gitexp.EvalTable(columns=["q", "a"], data=[["x", "y"]], input_columns=["q"])
    assert other.roles["output"] == ["a"]


def test_a_graph_has_nodes_and_edges(tmp_path: Path) -> None:
    graph = gitexp.Graph()
    first = graph.add_node(id="in", class_name="Input", output_shape=(None, 4))
    second = graph.add_node(gitexp.Node("dense", "Dense", num_parameters=20))
    graph.add_edge(first, second)
    assert graph["dense"] is second
    kept = graph.keep(MediaFolder(tmp_path), "g")
    assert (kept["_type"], kept["nodes"], kept["edges"]) == ("graph", 2, 1)
    found = content(tmp_path, kept["path"])
    assert found["edges"] == [["in", "dense"]]
    assert found["nodes"][0] == {"id": "in", "class_name": "Input", "output_shape": [None, 4]}


def test_a_box_is_turned_about_its_center() -> None:
    quarter = [0.5**0.5, 0, 0, 0.5**0.5]  # about z: x becomes y
    box = gitexp.box3d(center=(1, 2, 3), size=(4, 2, 1), orientation=quarter, color=(1, 0, 0))
    corners = box["corners"]
    spans = [round(max(c[n] for c in corners) - min(c[n] for c in corners), 9) for n in range(3)]
    assert spans == [2, 4, 1]
    assert box["label"] is None
    with pytest.raises(ValueError, match="quaternion"):
        gitexp.box3d(center=(1, 2, 3), size=(1, 1, 1), orientation=[0, 0, 0, 0], color=(1, 0, 0))


def test_columns_hold_one_kind_of_value() -> None:
    table = gitexp.Table(columns=["n", "s", "b"], data=[[1, "a", True], [None, None, None]])
    table.add_data(np.float32(2), np.str_("b"), np.bool_(False))
    table.add_data(float("nan"), float("nan"), None)
    for row in (["x", "a", True], [1, 2, True], [1, "a", 1], [True, "a", True]):
        with pytest.raises(TypeError, match="holds"):
            table.add_data(*row)
    with pytest.raises(TypeError):
        table.add_column("odd", [1, "a", 2, 3])
    with pytest.raises(TypeError):
        table.cast("s", float)
    assert len(table.data) == 4
    free = gitexp.Table(columns=["x"], data=[[1], ["a"]], allow_mixed_types=True)
    assert free.get_column("x") == [1, "a"]
    with pytest.raises(TypeError):
        gitexp.Table(columns=["x"], data=[["a"]], dtype=float)
    with pytest.raises(TypeError):
        gitexp.Table(columns=["x", "y"], data=[[1, None]], optional=[True, False])
    arrays = gitexp.Table(columns=["x"], data=[[np.zeros(3)], [[1, 2, 3]]])
    with pytest.raises(TypeError):
        arrays.add_data(np.zeros(4))
    with pytest.raises(TypeError):
        gitexp.Table(columns=["x"], data=[[gitexp.Html("x")], ["x"]])


def test_what_is_no_table() -> None:
    rows = [["a", 1], ["b", 2]]
    frame = pd.DataFrame(rows)
    for wrong in ({"columns": rows}, {"dataframe": rows}, {"columns": frame}, {"log_mode": "x"}):
        with pytest.raises(AssertionError):
            gitexp.Table(**wrong)
    table = gitexp.Table(columns=["s", "n"], data=rows)
    with pytest.raises(AssertionError):
        table.add_column("n", [1, 2])
    with pytest.raises(AssertionError):
        table.add_column("m", [1])
    grows = gitexp.Table(columns=["s", "n"], data=rows, log_mode="INCREMENTAL")
    with pytest.raises(gitexp.Error, match="INCREMENTAL"):
        grows.add_column("m", [1, 2])
    with pytest.raises(gitexp.Error, match="INCREMENTAL"):
        grows.add_computed_columns(lambda n, row: {"m": n})
    assert table == grows
    assert table != gitexp.Table(columns=["s", "n"], data=rows[:1])
    arrays = gitexp.Table(columns=["x"], data=[[np.zeros(2)]])
    assert arrays == gitexp.Table(columns=["x"], data=[[np.zeros(2)]])
    assert arrays != gitexp.Table(columns=["x"], data=[[np.ones(2)]])


# As artifacts ----------------------------------------------------------------------------------


_TABLES = """
    import numpy as np
    run = wandb.init(id="abc")
    table = wandb.Table(columns=["n", "image"], data=[[1, wandb.Image(np.zeros((2, 3)))]])
    wandb.log({"t": table})
    table.add_data(2, wandb.Image(np.ones((2, 3))))
    bars = wandb.Table(["l", "v"], [["a", 1]])
    wandb.log({"t": table, "val/bar": wandb.plot.bar(bars, "l", "v")})
    wandb.log({"again": bars})
    wandb.log({"joined": wandb.JoinedTable(table, wandb.Table(["n"], [[1]]), "n")})
    grown = wandb.Table(columns=["x"], log_mode="INCREMENTAL")
    for n in range(2):
        grown.add_data(n)
        wandb.log({"grown": grown})
    run.summary["last"] = wandb.Table(columns=["x"], data=[[1]])
"""


def test_logged_tables_are_artifacts(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("PIL.Image")
    script(repo, _TABLES)
    monkeypatch.chdir(repo)
    run = gitexp.Api().run("abc")
    logged = {artifact.name: artifact for artifact in run.logged_artifacts()}
    assert [name for name in logged if not name.startswith("run-abc-valbar_table-")] == [
        "run-abc-t:v0",
        "run-abc-t:v1",
        "run-abc-joined:v0",
        "run-abc-incr-grown:v0",
        "run-abc-incr-grown:v1",
        "run-abc-last:v0",
    ]
    newest = gitexp.Api().artifact("run-abc-t:latest")
    assert (newest.type, newest.version, newest.aliases) == ("run_table", "v1", ["latest"])
    got = newest.get("t")
    assert (got.columns, got.get_column("n")) == (["n", "image"], [1, 2])
    assert (got.data[1][1].width, got.data[1][1].height) == (3, 2)
    assert len(gitexp.Api().artifact("e/p/run-abc-t:v0", type="run_table").get("t").data) == 1
    assert newest.logged_by().id == "abc"
    joined = logged["run-abc-joined:v0"].get("joined")
    assert joined.joined().get_column("n") == [1, 2]
    parts = logged["run-abc-incr-grown:v1"]
    assert parts.type == "wandb-run-incremental-table"
    assert sorted(path[0] for path in parts.manifest.entries) == ["0", "1"]
    for name in ("run-abc-t:v7", "run-abc-none:latest", "run-other-t:latest"):
        with pytest.raises(gitexp.Error):
            gitexp.Api().artifact(name)
    with pytest.raises(gitexp.Error):
        gitexp.Api().artifact("run-abc-t:v0", type="model")


def test_a_run_uses_the_table_of_a_run_that_runs(repo: Path) -> None:
    said = script(
        repo,
        """
        run = wandb.init(id="abc")
        wandb.log({"t": wandb.Table(columns=["n"], data=[[1]])})
        used = run.use_artifact("run-abc-t:latest")
        print(used.get("t").data, used.digest)
        run.finish()
        (found,) = wandb.Api().run("abc").used_artifacts()
        print(found.name, found.digest)
        assert wandb.Api().artifact(f"run-abc-t:{found.digest}").name == found.name
        """,
    )
    data, digest, name, again = said.split()
    assert (data, name) == ("[[1]]", "run-abc-t:v0")
    assert digest == again
