"""What the app gets of runs, media, histograms and source, made of plain objects."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
from typing import Any

import pytest
from render import factory

from gitexp.render.app.compare import compare_document
from gitexp.render.app.embed import chunk, json_bytes, json_in_html
from gitexp.render.app.histograms import HistogramSeries
from gitexp.render.app.media import is_media_path, media_items, media_type, paths_of
from gitexp.render.app.runs import count_findings, page_document, run_detail, run_row
from gitexp.render.app.source import source_document, source_lines
from gitexp.schema.diff import MetricDelta, RunDiff, ValueDelta


def test_a_row_is_run_json_and_more() -> None:
    run = factory.training_run().but(tags=("hidden", "a"))
    row = run_row(run.to_json(), oid="1" * 40, media=3, findings={"error": 1})
    assert {key: row[key] for key in ("name", "config", "oid", "media", "live", "malformed")} == {
        "name": run.name,
        "config": run.config,
        "oid": "1" * 40,
        "media": 3,
        "live": False,
        "malformed": None,
    }
    assert row["hidden"] is True
    assert row["findings"] == {"error": 1}


def test_a_malformed_run_has_all_fields_of_a_run() -> None:
    row = run_row({"name": "x"}, oid="1", malformed="run.json is not an object")
    sound = run_row(factory.training_run().to_json(), oid="1")
    assert row.keys() == sound.keys()
    assert (row["name"], row["malformed"]) == ("x", "run.json is not an object")


def test_the_page_names_all_metrics_and_the_first_goal_that_is_known() -> None:
    rows = [
        {"metrics": {"fid": {"goal": None}, "loss": {"goal": "lower"}}},
        {"metrics": {"fid": {"goal": "lower"}}, "hardware": {"mean": {"cpu.b": 1, "cpu.a": 1}}},
    ]
    page = page_document(rows, mode="report", title="T", repository="lab", generated_s=1.0, x=2)
    assert page["metrics"] == {"fid": {"goal": "lower"}, "loss": {"goal": "lower"}}
    assert page["hardware"] == ["cpu.a", "cpu.b"]
    assert page["x"] == 2


def test_the_detail_of_every_kind_of_run_is_json() -> None:
    views = [factory.training(), factory.failed(), factory.bare(), factory.hostile()]
    for view in views:
        row = run_row(view.run.to_json(), oid=view.oid)
        detail = json.loads(json_bytes(run_detail(view, row, chain=[("1", "subject", 3)])))
        assert detail["chain"] == [{"oid": "1", "subject": "subject", "time_s": 3}]
        assert len(detail["checkpoints"]) == len(view.run.checkpoints)
        assert all(group["lines"] for group in detail["commands"])


def test_findings_are_counted() -> None:
    found = [{"severity": "error"}, {"severity": "note"}, {"severity": "odd"}, 3]
    assert count_findings(found) == {"error": 1, "warning": 0, "info": 3}


@pytest.mark.parametrize("text", factory.EVIL)
def test_no_text_leaves_the_script_element(text: str) -> None:
    written = json_in_html({text: [text]})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {
        text.encode("utf-8", "replace").decode(): [text.encode("utf-8", "replace").decode()]
    }


def test_a_chunk_is_the_same_for_the_same_bytes() -> None:
    assert chunk(b"abc" * 99) == chunk(b"abc" * 99)
    assert gzip.decompress(base64.b64decode(chunk(b"abc"))) == b"abc"


IMAGE = {"_type": "image", "path": "media/x/1.png", "caption": "a"}


def test_media_are_taken_out_of_rows_and_lists() -> None:
    rows: list[dict[str, Any]] = [
        {"_step": 1, "_time": 2.0, "loss": 1, "x": IMAGE},
        {"_step": 2, "y": {"_type": "images", "count": 2, "items": [IMAGE, IMAGE, 3]}},
        {"_step": "no", "x": IMAGE},
        {"_step": 3, "x": {"_type": 5}, "z": {"a": 1}},
    ]
    found = media_items(rows)
    assert [(item["key"], item["step"], item["index"]) for item in found] == [
        ("x", 1, 0), ("y", 2, 0), ("y", 2, 1),
    ]  # fmt: skip
    assert found[0]["type"] == "image"
    assert found[0]["caption"] == "a"


@pytest.mark.parametrize(
    "path",
    [
        "run.json", "media/../run.json", "media", "media/", "/media/a", "media//a", "media/./a",
        "media/a\0", 3, None, "media\\..\\a",
    ],
)  # fmt: skip
def test_paths_that_lead_out_of_media_are_dropped(path: object) -> None:
    assert not is_media_path(path)
    image = {"_type": "image", "path": path}
    assert (
        media_items([{"_step": 0, "x": image, "y": {"_type": "images", "items": [image]}}]) == []
    )
    masked = {**IMAGE, "masks": {"m": {"_type": "mask", "path": path}}}
    histogram = {"_type": "histogram", "path": path}
    first, second = media_items([{"_step": 0, "x": masked, "y": histogram}])
    assert list(paths_of(first)) == [IMAGE["path"]]
    assert "path" not in second


def test_a_chart_is_shown_under_the_key_that_it_was_logged_under() -> None:
    chart = {"_type": "chart", "path": "media/roc_table/1.table.json"}
    table = {"_type": "table", "path": "media/a_table/1.table.json"}
    row = {"_step": 0, "roc_table": chart, "Custom Chart Tables/pr_table": chart, "a_table": table}
    assert [item["key"] for item in media_items([row])] == ["roc", "pr", "a_table"]


def test_types_of_files() -> None:
    assert media_type("media/a/b.PNG") == "image/png"
    assert media_type("media/a.table.json") == "application/json"
    assert media_type("media/x.exe") == "application/octet-stream"


def line(step: int, **more: Any) -> dict[str, Any]:
    base = {"_step": step, "kind": "gradient", "name": "w", "bins": [-1, 1], "counts": [1, 3]}
    return {**base, "mean": 0.5, **more}


def test_histograms_over_steps() -> None:
    series = HistogramSeries()
    for at, more in enumerate([{}, {"bins": None, "counts": [], "mean": "NaN"}, {"kind": "odd"}]):
        series.add(line(at, **more))
    series.add_logged(
        [{"type": "histogram", "key": "h", "step": 4, "bins": [0, 1], "values": [2]}]
    )
    first, logged = series.to_json()["series"]
    assert first["name"] == "gradients/w"
    assert first["steps"] == [0, 1]
    assert first["edges"] == [[-1, 0, 1], None]
    assert first["counts"] == [[1, 3], []]
    assert first["stats"] == {"mean": [0.5, None]}
    assert (logged["kind"], logged["edges"], logged["counts"]) == ("logged", [[0, 1]], [[2]])


def test_long_histograms_are_thinned() -> None:
    series = HistogramSeries(steps=16)
    for step in range(1000):
        series.add(line(step))
    steps = series.to_json()["series"][0]["steps"]
    assert 8 <= len(steps) <= 16
    assert len({b - a for a, b in itertools.pairwise(steps)}) == 1


def test_source_has_lines_of_tokens() -> None:
    lines = source_lines("a/train.py", 'x = """a\nb"""\r\n\n# end')
    assert ["".join(text for _, text in row) for row in lines] == ['x = """a', 'b"""', "", "# end"]
    assert lines[3] == [("c1", "# end")]
    assert source_lines("data.unknown", "a b") == [[("", "a b")]]


def test_source_of_any_bytes() -> None:
    assert source_document("a.bin", b"a\0b")["binary"] is True
    assert source_document("a.py", b"")["lines"] == []
    assert source_document("a.txt", b"\xff<script>")["lines"] == [[("", "�<script>")]]
    long = source_document("a.txt", b"line\n" * 30_000)
    assert (len(long["lines"]), long["truncated"]) == (20_000, True)


def test_a_comparison_is_json() -> None:
    nan = float("nan")
    diff = RunDiff(
        names=("a", "b"),
        statuses=("finished", "failed"),
        config=(ValueDelta("lr", (0.1, nan)),),
        metrics=(MetricDelta("loss", "lower", (1.0, nan), (0.5, None), (3, None)),),
        code=(),
        environment=(),
        hardware=(),
        checkpoints=(),
    )
    read = json.loads(json_bytes(compare_document(diff)))
    assert read["config"] == [{"key": "lr", "values": [0.1, "NaN"]}]
    assert read["metrics"][0]["last"] == [1.0, "NaN"]
    assert read["command"] is None
