"""What log() keeps beside numbers."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.git import git
from support.watched import journal_run

import gitexp
from gitexp.journal.tail import LineTail

pillow = pytest.importorskip("PIL.Image")
Log = Callable[..., Any]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    """Log one value; returns what stands in metrics.jsonl of it."""
    with journal_run(tmp_path) as run:

        def one(value: Any, key: str = "key", read: str | None = None) -> Any:
            run.log({key: value, "after": 1})
            rows = list(LineTail(tmp_path / "metrics.jsonl").objects(final=True))
            assert rows[-1]["after"] == 1
            return rows[-1].get(read or key)

        yield one


def opened(folder: Path, kept: dict[str, Any]) -> Any:
    return pillow.open(io.BytesIO((folder / kept["path"]).read_bytes()))


# Pictures --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "size", "corner"),
    [
        (np.full((4, 6), 200, np.uint8), (6, 4), 200),
        (np.full((4, 6, 1), 0.5), (6, 4), 127),
        (np.full((4, 6, 3), 300), (6, 4), (255, 255, 255)),
        (np.full((3, 4, 6), 9, np.uint8), (6, 4), (9, 9, 9)),
        (np.array([[-1.0, 1.0], [0.0, 0.0]]), (2, 2), 0),
        (np.full((4, 6, 4), np.nan, np.float32), (6, 4), (0, 0, 0, 0)),
        (np.eye(2, dtype=bool), (2, 2), 255),
    ],
)
def test_arrays_as_pictures(
    log: Log, tmp_path: Path, array: Any, size: tuple[int, int], corner: Any
) -> None:
    kept = log(gitexp.Image(array, caption="a cat"))
    assert kept["_type"] == "image"
    assert kept["caption"] == "a cat"
    image = opened(tmp_path, kept)
    assert image.size == size == (kept["width"], kept["height"])
    assert image.getpixel((0, 0)) == corner


def test_tensors_as_pictures_and_grids(log: Log, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    kept = log(gitexp.Image(torch.linspace(-3, 5, 3 * 4 * 6).reshape(3, 4, 6)))
    assert (kept["width"], kept["height"]) == (6, 4)
    assert opened(tmp_path, kept).getpixel((0, 0))[0] == 0
    grid = log(gitexp.Image(torch.rand(10, 1, 5, 5, requires_grad=True)))
    assert (grid["width"], grid["height"]) == (8 * 7 + 2, 2 * 7 + 2)


def test_files_pil_images_figures_and_pyplot(log: Log, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib import pyplot as plt

    picture = pillow.new("RGB", (3, 2), "red")
    picture.save(tmp_path / "in.JPG", format="JPEG")
    assert log(gitexp.Image(str(tmp_path / "in.JPG")))["path"].endswith(".jpg")
    assert log(gitexp.Image(tmp_path / "in.JPG"))["width"] == 3
    assert log(picture)["_type"] == "image"
    assert log(gitexp.Image(picture, mode="L"))["height"] == 2
    plt.plot([1, 2])
    picture = log(gitexp.Image(plt))["path"]
    values = (plt.gcf(), plt.gca(), plt)
    charts = [log(value) for value in values]
    # As wandb's conversion, this closes the figure: a loop draws the next one anew.
    assert not plt.get_fignums()
    assert [chart["preview"]["path"] for chart in charts[:2]] == [picture] * 2
    chart = charts[0]
    assert chart["_type"] == "plotly"
    assert json.loads((tmp_path / chart["path"]).read_text())["data"][0]["y"]
    plt.close("all")
    plt.imshow(np.eye(3))
    assert log(plt)["_type"] == "image"
    plt.close("all")


def test_figures_that_plotly_cannot_draw_are_pictures(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib import pyplot as plt

    def fail(*args: Any) -> None:
        raise KeyError("bar of a kind")

    import plotly.tools

    monkeypatch.setattr(plotly.tools, "mpl_to_plotly", fail)
    plt.plot([1, 2])
    assert log(plt)["_type"] == "image"
    plt.close("all")


def test_equal_pictures_are_one_file(log: Log, tmp_path: Path) -> None:
    for _ in range(3):
        log(gitexp.Image(np.zeros((3, 3))), "val/../samples")
    (file,) = (tmp_path / "media").rglob("*.png")
    assert file.parent == tmp_path / "media" / "val" / "samples"


def test_a_picture_is_encoded_when_it_is_made(log: Log, tmp_path: Path) -> None:
    array = np.zeros((2, 2))
    image = gitexp.Image(array)
    array[:] = 1
    assert opened(tmp_path, log(image)).getpixel((0, 0)) == 0


def test_masks_and_boxes(log: Log, tmp_path: Path) -> None:
    labels = {0: "sky", 1: "cat"}
    box = {"position": {"minX": 0.1, "maxX": 0.2, "minY": 0, "maxY": 1}, "class_id": np.int64(1)}
    kept = log(
        gitexp.Image(
            np.zeros((2, 3)),
            masks={"truth": {"mask_data": np.ones((2, 3), int), "class_labels": labels}},
            boxes={"predictions": {"box_data": [box], "class_labels": labels}},
        )
    )
    mask = kept["masks"]["truth"]
    assert mask["class_labels"] == {"0": "sky", "1": "cat"}
    assert opened(tmp_path, mask).getpixel((2, 1)) == 1
    assert kept["boxes"]["predictions"]["box_data"][0]["class_id"] == 1


def test_lists_are_one_value(log: Log) -> None:
    kept = log([gitexp.Image(np.full((2, 2), n), caption=str(n)) for n in (1, 2)])
    assert (kept["_type"], kept["count"]) == ("images", 2)
    assert [item["caption"] for item in kept["items"]] == ["1", "2"]


def test_what_is_no_picture_is_an_error(log: Log) -> None:
    with pytest.raises(ValueError, match="shape"):
        gitexp.Image(np.zeros(5))
    with pytest.raises(FileNotFoundError):
        gitexp.Image("missing.png")


def test_without_pillow_the_warning_names_it(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ValueError, match="pip install pillow"):
        gitexp.Image(np.zeros((2, 2)))
    assert log(gitexp.Table(columns=["a"], data=[[1]]))["nrows"] == 1


# Numbers ---------------------------------------------------------------------------------------


def test_histograms(log: Log) -> None:
    kept = log(gitexp.Histogram([1, 2, 2, float("nan")], num_bins=2))
    assert kept == {"_type": "histogram", "bins": [1.0, 1.5, 2.0], "values": [1, 2]}
    given = log(gitexp.Histogram(np_histogram=np.histogram([1, 2, 3], bins=3)))
    assert given["values"] == [1, 1, 1]
    with pytest.raises(ValueError, match="512"):
        gitexp.Histogram([1], num_bins=513)


def test_arrays_are_lists_or_histograms(log: Log) -> None:
    assert log(np.arange(3)) == [0, 1, 2]
    assert log(np.array([[1.5]])) == 1.5
    kept = log(np.arange(100.0))
    assert (kept["_type"], sum(kept["values"]), len(kept["values"])) == ("histogram", 100, 32)
    torch = pytest.importorskip("torch")
    assert log(torch.ones(40, dtype=torch.bfloat16))["_type"] == "histogram"


# Tables ----------------------------------------------------------------------------------------


def test_tables_in_all_ways(log: Log, tmp_path: Path) -> None:
    table = gitexp.Table(columns=["id", "image"])
    table.add_data(np.int64(1), gitexp.Image(np.zeros((2, 2))))
    table.add_data(2, None)
    table.add_column("score", np.array([0.5, np.nan]))
    assert table.get_column("id") == [1, 2]
    assert table.get_column("score", convert_to="numpy").shape == (2,)
    kept = log(table)
    assert (kept["_type"], kept["nrows"], kept["ncols"]) == ("table", 2, 3)
    content = json.loads((tmp_path / kept["path"]).read_text())
    assert content["columns"] == ["id", "image", "score"]
    first, second = content["data"]
    assert first[0] == 1
    assert first[1]["_type"] == "image"
    assert first[2] == 0.5
    assert second == [2, None, "NaN"]
    with pytest.raises(ValueError, match="2 cells"):
        table.add_data(1, 2)


def test_tables_of_dataframes(log: Log, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    tables = (gitexp.Table(dataframe=frame), gitexp.Table(data=frame), frame)
    paths = {log(table)["path"] for table in tables}
    (path,) = paths
    assert json.loads((tmp_path / path).read_text())["data"] == [[1, "x"], [2, "y"]]


def test_a_table_from_columns(log: Log) -> None:
    table = gitexp.Table(columns=[], data=[])
    table.add_column("a", [1, 2])
    assert log(table)["nrows"] == 2


# Files -----------------------------------------------------------------------------------------


def test_sound_and_video(log: Log, tmp_path: Path) -> None:
    import wave

    kept = log(gitexp.Audio(np.sin(np.arange(800)), sample_rate=8000, caption="beep"))
    with wave.open(str(tmp_path / kept["path"])) as file:
        assert (file.getframerate(), file.getnframes()) == (8000, 800)
    video = log(gitexp.Video(np.random.default_rng(0).integers(0, 255, (5, 3, 4, 6)), fps=2))
    image = opened(tmp_path, video)
    assert (image.n_frames, image.size, video["fps"]) == (5, (6, 4), 2)
    (tmp_path / "a.mp4").write_bytes(b"mp4")
    assert log(gitexp.Video(str(tmp_path / "a.mp4")))["path"].endswith(".mp4")


def test_pages_molecules_and_objects(log: Log, tmp_path: Path) -> None:
    kept = log(gitexp.Html("<p>hello</p>"))
    assert (tmp_path / kept["path"]).read_text() == "<p>hello</p>"
    (tmp_path / "a.pdb").write_text("ATOM")
    assert log(gitexp.Molecule(str(tmp_path / "a.pdb")))["_type"] == "molecule"
    points = log(gitexp.Object3D(np.zeros((5, 6))))
    assert points["path"].endswith(".pts.json")
    boxes = {"type": "lidar/beta", "points": np.zeros((2, 3)), "boxes": np.array([])}
    assert json.loads((tmp_path / log(gitexp.Object3D(boxes))["path"]).read_text())["points"]
    with pytest.raises(ValueError, match="no 3D object"):
        gitexp.Object3D(io.StringIO("x"), file_type="txt")


def test_plotly_charts(log: Log, tmp_path: Path) -> None:
    graph = pytest.importorskip("plotly.graph_objects")
    figure = graph.Figure(data=graph.Scatter(x=[1], y=[2]))
    for value in (figure, gitexp.Plotly(figure)):
        kept = log(value)
        assert kept["_type"] == "plotly"
        assert json.loads((tmp_path / kept["path"]).read_text())["data"][0]["x"] == [1]


def test_pictures_are_normalized_as_wandb_does() -> None:
    for numbers, shown in (
        ([[-0.2, 0.6]], [[102, 204]]),
        ([[0.2, 0.3]], [[51, 76]]),
        ([[-9, 0.1, 100, 254.5, 270]], [[0, 0, 100, 254, 255]]),
    ):
        image = gitexp.Image(np.array(numbers))
        assert image.to_data_array() == shown
        assert image == gitexp.Image(image)
        assert image == gitexp.Image(image.image)
        assert image != gitexp.Image(np.array(numbers), caption="c")
    assert image != "an image"
    assert gitexp.Image.all_captions([gitexp.Image(image, caption="a"), image]) == ["a", None]
    assert gitexp.Image.all_captions([image]) is False


def test_keywords_of_pictures_that_cannot_be(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ({"file_type": "doc"}, {"boxes": [1]}, {"masks": [1]}):
        with pytest.raises(ValueError, match=r"is one of|are a dict"):
            gitexp.Image(np.eye(2), **wrong)
    image = gitexp.Image(np.zeros((2, 2, 4), np.uint8), file_type="jpg")
    assert (image.image.mode, image.format) == ("RGB", "jpg")
    assert "transparency" in capsys.readouterr().err


def test_figures_with_images_are_no_charts() -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    pytest.importorskip("plotly")
    figure, axes = plt.subplots()
    axes.imshow(np.eye(3))
    with pytest.raises(ValueError, match="images"):
        gitexp.Plotly(figure)
    assert isinstance(gitexp.Plotly.make_plot_media(figure), gitexp.Image)
    assert gitexp.Image(figure, file_type="jpg").image.format == "JPEG"
    plt.close(figure)


def test_facts_of_several_sounds() -> None:
    sounds = [
        gitexp.Audio(np.zeros(n), sample_rate=10, caption=c) for n, c in ((5, "a"), (9, None))
    ]
    assert gitexp.Audio.captions(sounds) == ["a", ""]
    assert gitexp.Audio.captions(sounds[1:]) is False
    assert gitexp.Audio.durations(sounds) == [0.5, 0.9]
    assert gitexp.Audio.sample_rates(sounds) == [10, 10]


def test_files_that_are_of_no_known_kind(tmp_path: Path) -> None:
    (tmp_path / "a.avi").write_bytes(b"x")
    for make in (
        lambda: gitexp.Video(str(tmp_path / "a.avi")),
        lambda: gitexp.Object3D("INVALID"),
        lambda: gitexp.Object3D(io.StringIO("x")),
        lambda: gitexp.Object3D([[1, 2, 3]]),
        lambda: gitexp.Object3D({"type": "other", "points": []}),
        lambda: gitexp.Object3D.from_point_cloud([[0, 0, 0]], [], point_cloud_type="other"),
    ):
        with pytest.raises(ValueError, match=r"accepts|3D object|lidar|points are|must be"):
            make()


def test_molecules_of_rdkit(log: Log, tmp_path: Path) -> None:
    chem = pytest.importorskip("rdkit.Chem")
    kept = log(gitexp.Molecule.from_smiles("CCO", caption="c"))
    assert (kept["_type"], kept["caption"]) == ("molecule", "c")
    assert b"HETATM" in (tmp_path / kept["path"]).read_bytes()
    assert log(gitexp.Molecule.from_rdkit(chem.MolFromSmiles("CCO")))["path"].endswith(".pdb")
    for wrong in ("a.txt", 3):
        with pytest.raises(ValueError, match=r"from_rdkit|rdkit"):
            gitexp.Molecule.from_rdkit(wrong)
    with pytest.raises(ValueError, match="SMILES"):
        gitexp.Molecule.from_smiles("TEST")


def test_arrays_of_jax_s_small_floats() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    from gitexp.record.media.pixels import array_of

    assert array_of(np.array([1, 2], ml_dtypes.bfloat16)).dtype == np.float32


# Charts ----------------------------------------------------------------------------------------


def test_charts(log: Log, tmp_path: Path) -> None:
    table = gitexp.Table(columns=["a", "b"], data=[[1, 2], [3, 4]])
    for chart, kind in (
        (gitexp.plot.line(table, "a", "b", title="t"), "line"),
        (gitexp.plot.scatter(table, "a", "b", title="t"), "scatter"),
        (gitexp.plot.bar(table, "a", "b", title="t"), "bar"),
        (gitexp.plot.histogram(table, "a", title="t"), "histogram"),
    ):
        kept = log(chart, read="key_table")
        assert (kept["_type"], kept["kind"], kept["title"], kept["nrows"]) == (
            "chart",
            kind,
            "t",
            2,
        )
    lines = gitexp.plot.line_series([0, 1], [[5, 6], [7, 8]], keys=["p", "q"], title="t")
    kept = log(lines, read="key_table")
    rows = json.loads((tmp_path / kept["path"]).read_text())["data"]
    assert rows == [[0, "p", 5], [1, "p", 6], [0, "q", 7], [1, "q", 8]]


def test_a_confusion_matrix(log: Log, tmp_path: Path) -> None:
    chart = gitexp.plot.confusion_matrix(y_true=[0, 1, 1], preds=[0, 0, 1], class_names=["a", "b"])
    kept = log(chart, read="key_table")
    rows = json.loads((tmp_path / kept["path"]).read_text())["data"]
    assert rows == [["a", "a", 1], ["a", "b", 0], ["b", "a", 1], ["b", "b", 1]]
    probs = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9]])
    again = gitexp.plot.confusion_matrix(probs=probs, y_true=[0, 1, 1], class_names=["a", "b"])
    assert again.table.data == rows


def test_curves_of_classifiers() -> None:
    pytest.importorskip("sklearn")
    true = [0, 0, 1, 1]
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.65, 0.35], [0.2, 0.8]])
    roc = gitexp.plot.roc_curve(true, probabilities, labels=["no", "yes"])
    assert roc.table.columns == ["class", "fpr", "tpr"]
    assert {row[0] for row in roc.table.data} == {"no", "yes"}
    assert ["yes", 0.0, 0.5] in roc.table.data
    pr = gitexp.plot.pr_curve(true, probabilities, classes_to_plot=[1])
    assert len(pr.table.data) == 21
    assert pr.table.data[0] == [1, 0.667, 1.0]
    rng = np.random.default_rng(0)
    long = gitexp.plot.roc_curve(rng.integers(0, 2, 30_000), rng.random((30_000, 2)))
    assert len(long.table.data) == gitexp.Table.MAX_ROWS


def test_charts_are_kept_under_the_keys_that_wandb_gives_them(log: Log) -> None:
    table = gitexp.Table(columns=["a", "b"], data=[[1, 2]])
    fields = {"label": "a", "value": "b"}
    chart = gitexp.plot_table("me/mine", table, fields, {"title": "t"})
    assert log({"x": chart}, read="key.x_table")["spec"] == "me/mine"
    split = gitexp.plot.bar(table, "a", "b", split_table=True)
    assert log(split, read="Custom Chart Tables/key_table")["kind"] == "bar"
    assert log(gitexp.visualize("wandb/bar/v0", table))["_type"] == "chart"
    with pytest.raises(gitexp.Error, match="key"):
        _ = gitexp.plot.bar(table, "a", "b").spec.table_key
    with pytest.raises(gitexp.Error, match="is a Table"):
        gitexp.plot_table("wandb/bar/v0", [[1, 2]], fields)
    with pytest.raises(gitexp.Error, match="is a Table"):
        gitexp.visualize("wandb/bar/v0", [[1, 2]])


def test_a_lower_step_does_not_reopen_a_row(tmp_path: Path) -> None:
    with journal_run(tmp_path) as run:
        run.log({"a": 1})
        run.log({"a": 2})
        run.log({"b": 1}, step=1)
        run.log({"b": 2}, step=0)
        run.log({"a": 3})
        run.log({"c": 1}, step=5)
        run.log({"c": 2}, step=2, commit=True)
        run.log({"d": 1}, step=5)
    rows = list(LineTail(tmp_path / "metrics.jsonl").objects(final=True))
    assert [row["_step"] for row in rows] == [0, 1, 1, 1, 2, 5, 5, 5]


# In git ----------------------------------------------------------------------------------------


def test_media_are_in_the_run_s_tree(repo: Path) -> None:
    (repo / "script.py").write_text(
        "import gitexp, numpy\n"
        "gitexp.init(name='m')\n"
        "for n in range(3):\n"
        "    gitexp.log({'val/x': gitexp.Image(numpy.full((2, 2), n)), 'loss': n})\n"
    )
    subprocess.run([sys.executable, "script.py"], cwd=repo, check=True, timeout=60)
    rows = [
        json.loads(line)
        for line in git(repo, "show", "refs/experiments/m:metrics.jsonl").splitlines()
    ]
    listed = git(repo, "ls-tree", "-r", "--name-only", "refs/experiments/m", "media").splitlines()
    assert sorted(row["val/x"]["path"] for row in rows) == listed
    assert [row["loss"] for row in rows] == [0, 1, 2]
