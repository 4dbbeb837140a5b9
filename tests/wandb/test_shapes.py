"""What was logged, as wandb's readers know it: summaries, histories, names of files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from support.scripts import script

import gitexp as wandb
from gitexp.wandb.shapes import SUMMARY, Shapes, table_artifact, whole

pytest.importorskip("PIL.Image")

_LOGS = """
    import numpy as np
    red = np.zeros((4, 6, 3), np.uint8)
    run = wandb.init(id="abc", project="p")
    masks = {"m": {"mask_data": np.zeros((4, 6), int), "class_labels": {0: "a"}}}
    boxes = {"b": {"box_data": [{"position": {}, "class_id": 0}], "class_labels": {0: "a"}}}
    wandb.log({"image": wandb.Image(red, caption="c", masks=masks, boxes=boxes)})
    wandb.log({"val/images": [wandb.Image(red, caption="c"), wandb.Image(red)]})
    wandb.log({"table": wandb.Table(columns=["a"], data=[[1]]), "hist": np.arange(100.0)})
    wandb.log({"text": "one", "list": [1.0, 2.5], "flag": True, "none": None, "n": 3, "f": 4.0})
    wandb.log({"text": "two", "nest": {"deep": {"x": 1, "s": "t"}}, "mixed": 1, "nan": np.nan})
    wandb.log({"mixed": "word", "flag": False, "n": None})
    run.summary["picture"] = wandb.Image(red)
    run.summary["empty"] = None
    run.summary["own"] = {"a": 1.0, "array": np.arange(3)}
"""


def test_the_live_summary_has_the_newest_of_everything(repo: Path) -> None:
    said = script(
        repo,
        _LOGS
        + """
    s = run.summary
    assert (s["text"], s["list"], s["n"], s["mixed"]) == ("two", [1, 2.5], 3, "word")
    assert "none" not in s.keys() and s["flag"] is False and type(s["f"]) is int
    assert s["image"]["_type"] == "image-file" and s["image"]["masks"]["m"]["_type"] == "mask"
    assert s["nest"]["deep"]["s"] == "t" and s["hist"]["_type"] == "histogram"
    assert s["picture"]["path"].startswith("media/images/picture_summary_")
    assert (s["own"]["array"], s["own"]["a"]) == ([0, 1, 2], 1)
    assert np.isnan(s["nan"]) and s.get("empty", 7) == 7
    s["nan"] = float("inf")
    print(s["nan"])
    """,
    )
    assert said == "inf"


def test_the_api_has_the_same(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(repo, _LOGS)
    monkeypatch.chdir(repo)
    for _ in range(2):  # read from the run, and remembered
        run = wandb.Api().run("abc")
        summary = run.summary
        assert [summary[key] for key in ("text", "list", "flag", "n", "f", "mixed")] == [
            "two", [1, 2.5], False, 3, 4, "word"
        ]  # fmt: skip
        assert type(summary["n"]) is type(summary["f"]) is int
        assert "none" not in summary
        assert summary["nest"]["deep"]["s"] == summary["nest.deep.s"] == "t"
        assert summary["own.a"] == 1
        assert summary["empty"] is None
        assert summary.own["array"] == [0, 1, 2]
        assert summary["_step"] == run.lastHistoryStep == 5
        assert summary["_timestamp"] > 1e9
        with pytest.raises(KeyError):
            _ = summary["nest.other"]
    rows = list(run.scan_history())
    assert rows[0]["image"] == summary["image"]
    pictures = rows[1]["val/images"]
    assert pictures["_type"] == "images/separated"
    assert pictures["captions"] == ["c", None]
    assert pictures["filenames"][0] == pictures["filenames"][1]
    assert [pictures[key] for key in ("width", "height", "format", "count")] == [6, 4, "png", 2]
    table = rows[2]["table"]
    assert [table[key] for key in ("_type", "ncols", "nrows", "log_mode")] == [
        "table-file", 1, 1, "IMMUTABLE"
    ]  # fmt: skip
    assert rows[2]["hist"]["bins"][0] == 0
    assert type(rows[2]["hist"]["bins"][0]) is int


def test_files_have_the_names_that_rows_and_summary_tell(
    repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script(repo, _LOGS)
    monkeypatch.chdir(repo)
    run = wandb.Api().run("abc")
    image, table = run.summary["image"], run.summary["table"]
    told = [image, image["masks"]["m"], image["boxes"]["b"], table, run.summary["picture"]]
    for one in told:
        content = run.file(one["path"]).content()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["size"], one["sha256"])
    with run.file(table["path"]).download(tmp_path) as file:
        assert json.load(file)["data"] == [[1]]
    listed = [file.name for file in run.files() if file.name.startswith("media/")]
    assert {one["path"] for one in told} < set(listed)
    assert run.summary["val/images"]["filenames"][0] in listed
    assert len(listed) == len(set(listed))
    own = f"media/image/{image['sha256'][:20]}.png"
    assert own not in listed
    assert run.file(own).size == image["size"]


def test_filters_over_metrics_read_no_rows(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(repo, _LOGS)
    monkeypatch.chdir(repo)
    monkeypatch.setattr("gitexp.wandb.public.last_values._read", None)
    (run,) = wandb.Api().runs("p", filters={"summary_metrics.n": {"$lt": 4}})
    assert run.id == "abc"


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("audio", {"_type": "audio", "sampleRates": [8], "durations": [0.5], "captions": ["c"]}),
        ("video", {"_type": "videos", "captions": ["c"]}),
        ("html", {"_type": "html"}),
        ("object3D", {"_type": "object3D", "filenames": ["k_3_12.x"]}),
        ("molecule", {"_type": "molecule", "filenames": ["media/molecule/k_3_12.x"]}),
    ],
)
def test_lists_of_media(kind: str, shown: dict[str, Any]) -> None:
    one = {"_type": kind, "path": "media/k/12.x", "bytes": 1, "caption": "c"}
    item = {**one, "sample_rate": 8, "duration_s": 0.5}
    found = Shapes("id").shown({"_type": f"{kind}s", "items": [item], "count": 1}, "k", 3)
    assert {key: found[key] for key in shown} == shown
    assert found["count"] == 1


def test_odd_values_are_left_as_they_are() -> None:
    shapes = Shapes("id")
    for value in (
        {"_type": "image", "path": "../x"},
        {"_type": "mine", "x": 1},
        {"_type": 3, "x": 1.5},
        None,
        "text",
    ):
        assert shapes.shown(value, "k", 0) == value
    assert shapes.files == {}
    mixed = {"_type": "media", "items": [{"_type": "histogram", "bins": [1.0]}, {"_type": "x"}]}
    assert shapes.shown(mixed, "k", 0) == [{"_type": "histogram", "bins": [1]}, {"_type": "x"}]
    image = {"_type": "image", "path": "media/k/12.png"}
    shown = shapes.shown(image, "/a/../k", SUMMARY)
    assert shown["path"] == "media/images/a/__/k_summary_12.png"


def test_whole_numbers() -> None:
    for value, shown in ((3.0, "3"), (-0.0, "0"), (1e6, "1000000.0"), (0.5, "0.5")):
        assert repr(whole(value)) == shown


def test_names_of_the_artifacts_of_tables() -> None:
    assert table_artifact("abc", "val_table") == "run-abc-val_table"
    assert table_artifact("abc", "val/t").startswith("run-abc-valt-")
    assert table_artifact("abc", "val/t") != table_artifact("abc", "va/lt")
    assert len(table_artifact("abc", "x" * 300)) == 128
