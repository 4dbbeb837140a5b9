import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render import factory

from gitexp.render.frame import Line
from gitexp.render.svg import line_plot, sparkline, stylesheet
from gitexp.schema.series import Series

SVG = "{http://www.w3.org/2000/svg}"


def series(*values):
    return factory.curve(lambda step: values[step], len(values))


def plot(*lines, **options):
    options.setdefault("title", "loss")
    root = ElementTree.fromstring(line_plot([Line(*line) for line in lines], **options))
    assert root.tag == f"{SVG}svg"
    return root


def paths(root, kind):
    return [p.get("d") for p in root.iter(f"{SVG}path") if kind in p.get("class", "").split()]


def words(root):
    return [text.text for text in root.iter(f"{SVG}text")]


def test_a_plot_of_two_curves():
    root = plot(("train", series(3.0, 2.0, 1.0)), ("val", series(3.0, 2.5, 2.2), 1))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "loss"
    assert root.find(f"{SVG}title").text == "loss"
    assert root.find(f"{SVG}desc").text == (
        "train: from 3 to 1 to step 2; val: from 3 to 2.2 to step 2"
    )
    assert {"loss", "train", "val"} <= set(words(root))
    assert len(paths(root, "c1")) == 3  # key, curve, dots


def test_one_curve_has_no_legend():
    assert "train" not in words(plot(("train", series(3.0, 1.0))))


def test_three_hundred_points_take_at_most_six_kilobytes():
    text = line_plot([Line("loss", factory.training_series(1, 0.1)["train/loss"])], title="loss")
    assert len(text) <= 6000
    noisy = line_plot([Line("x", factory.curve(lambda s: math.sin(s * s), 300))], title="x")
    assert len(noisy) <= 6000


def test_nan_leaves_a_gap_with_one_cross():
    values = [1.0, 2.0, math.nan, math.nan, math.nan, 2.0, 1.0]
    root = plot(("loss", series(*values)))
    curve, cross = paths(root, "l")
    assert curve.count("M") == 2
    assert cross.count("M") == 1


def test_infinities_are_marked_at_their_edges():
    root = plot(("loss", series(1.0, math.inf, 2.0, -math.inf, 1.5)))
    (marks,) = paths(root, "l")  # only lone points, no curve
    up, down = re.findall(r"M(?:-?\d+) (-?\d+)h70", marks)
    assert int(up) < 100 < int(down)
    assert paths(root, "o")[0].count("M") == 3


def test_a_single_point_is_a_dot():
    root = plot(("loss", series(0.5)))
    assert paths(root, "o")[0].endswith("h0")
    assert not paths(root, "l")


@pytest.mark.parametrize(
    ("points", "said"), [(Series(), "no points"), (series(math.nan, math.nan), "nothing finite")]
)
def test_nothing_to_draw_is_said(points, said):
    assert said in words(plot(("loss", points)))


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([10 ** -(step / 10) for step in range(40)], True),
        ([1.0 - step / 50 for step in range(40)], False),
        ([10 ** -(step / 10) - 1e-3 for step in range(40)], False),  # not positive
        ([1.0] * 39 + [1e-4], False),  # one outlier
    ],
)
def test_the_axis_is_logarithmic_where_values_span_decades(values, log):
    assert ("0.01" in words(plot(("loss", series(*values))))) == log


def test_the_axis_can_be_asked_for():
    values = [10 ** -(step / 10) for step in range(40)]
    assert "0.01" not in words(plot(("loss", series(*values)), log_y=False))
    assert words(plot(("loss", series(0.0, 1.0)), log_y=True))  # impossible: linear


def test_the_time_axis_counts_from_the_start():
    points = factory.curve(float, 600, pace_s=1.0)
    shown = words(plot(("CPU", points, 0, points.times_s[0] - 60.0), x="time", y_range=(0, 100)))
    assert {"0m", "2m", "10m"} <= set(shown)


@given(
    st.lists(st.lists(st.floats() | st.just(math.nan), max_size=40), max_size=4),
    st.sampled_from(["step", "time"]),
    st.none() | st.booleans(),
)
def test_any_numbers_make_a_picture(curves, x, log_y):
    text = line_plot(
        [Line(str(n), series(*values), n) for n, values in enumerate(curves)],
        title="x", x=x, log_y=log_y,
    )  # fmt: skip
    ElementTree.fromstring(text)
    assert not re.search(r'"[^"]*\b(nan|inf)\b', text)


@given(st.text(), st.text())
def test_any_title_and_label_stay_text(title, label):
    text = line_plot([Line(label, series(1.0, 2.0)), Line("b", series(2.0, 1.0), 1)], title=title)
    root = ElementTree.fromstring(text)
    assert {child.tag.removeprefix(SVG) for child in root.iter()} <= {
        "svg", "title", "desc", "style", "rect", "text", "g", "path",
    }  # fmt: skip


def test_hostile_labels_are_inert():
    for evil in factory.EVIL:
        text = line_plot([Line(evil, series(1.0, 2.0)), Line(evil, Series(), 1)], title=evil)
        root = ElementTree.fromstring(text)
        names = {name.lower() for element in root.iter() for name in element.attrib}
        assert not any(name.startswith("on") or "href" in name for name in names)
        assert not list(root.iter(f"{SVG}script"))


def test_a_sparkline_needs_two_things_only():
    assert ElementTree.fromstring(sparkline(series(1.0, 2.0, 1.0))).get("aria-hidden") == "true"
    assert sparkline(series(math.nan)) == ""
    assert len(sparkline(factory.training_series(1, 0.1)["train/loss"])) < 800


def test_the_style_names_every_place_of_the_palette():
    sheet = stylesheet(".plot ")
    for colour in range(8):
        assert sheet.count(f".plot .c{colour}{{stroke:#") == 2  # light and dark
    assert "prefers-color-scheme:dark" in sheet
    assert "c7" not in stylesheet("", {(0, 0)})
