from dataclasses import replace
from xml.etree import ElementTree

import pytest
from render import factory

from gitexp.render.plots import plan_plots, run_plots


def test_pairs_share_a_plot_and_telling_ones_come_first():
    plots = plan_plots(factory.training())
    assert [(plot.file, plot.keys) for plot in plots] == [
        ("loss.svg", ("train/loss", "val/loss")),
        ("acc.svg", ("train/acc", "val/acc")),
        ("lr.svg", ("lr",)),
        ("hardware.svg", ()),
    ]


def view_with(*keys, n=5):
    series = {key: factory.curve(float, n) for key in keys}
    return replace(
        factory.bare(), run=factory.with_series(factory.bare().run, series), series=series
    )


def test_at_most_six_plots_of_metrics():
    plots = plan_plots(view_with(*(f"metric{n}" for n in range(40))))
    assert [plot.file for plot in plots] == [f"metric{n}.svg" for n in range(6)]


def test_counters_and_single_points_have_no_plot():
    assert plan_plots(view_with("epoch", "global_step")) == []
    assert plan_plots(view_with("loss", n=1)) == []


@pytest.mark.parametrize(
    ("keys", "files"),
    [
        (("Ä/ö", "Ü/ß"), ["metric.svg", "metric-2.svg"]),
        (("a b", "a_b", "a..b"), ["a-b.svg"]),  # one quantity
        (("hardware",), ["hardware-2.svg"]),
        (("../../etc/passwd",), ["etc-passwd.svg"]),
    ],
)
def test_file_names_are_plain_and_unique(keys, files):
    assert [plot.file for plot in plan_plots(view_with(*keys))] == files


def test_eight_gpus_take_the_room():
    hardware = {f"gpu.{n}.utilization_pct": factory.curve(float, 5) for n in range(8)}
    hardware["cpu.utilization_pct"] = factory.curve(float, 5)
    hardware["disk.used_pct"] = factory.curve(float, 5)
    plots = run_plots(replace(factory.bare(), hardware=hardware))
    assert list(plots) == ["hardware.svg"]
    assert "GPU 7" in plots["hardware.svg"]
    assert "Disk" not in plots["hardware.svg"]


@pytest.mark.parametrize("shape", [factory.training, factory.hostile, factory.broken])
def test_each_plot_is_a_picture(shape):
    for svg in run_plots(shape()).values():
        ElementTree.fromstring(svg)
        assert len(svg) < 8000
