"""Synthetic traces whose answers were worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitexp.schema.hardware import HardwareFold
from gitexp.schema.run import HardwareSummary


def fold(samples: Iterable[Mapping[str, object]]) -> HardwareFold:
    folded = HardwareFold()
    for sample in samples:
        folded.add(sample)
    return folded


def every_second(**columns: list[float]) -> list[dict[str, float]]:
    """Columns as keys, `gpu_0__power_w` for `gpu.0.power_w`; one row a second."""
    n = len(next(iter(columns.values())))
    return [
        {"_time": 1000.0 + i, **{k.replace("__", "."): v[i] for k, v in columns.items()}}
        for i in range(n)
    ]


def energy_j(samples: Iterable[Mapping[str, object]]) -> float | None:
    wh = fold(samples).summary().energy_wh
    return None if wh is None else wh * 3600


def test_mean_and_peak() -> None:
    summary = fold(
        every_second(
            cpu__utilization_pct=[10.0, 20.0, 60.0], memory__available_bytes=[500, 300, 400]
        )
    ).summary()
    assert summary.samples == 3
    assert summary.mean == {"cpu.utilization_pct": 30.0, "memory.available_bytes": 400.0}
    # Of what is available the lowest value is the peak of scarcity.
    assert summary.peak == {"cpu.utilization_pct": 60.0, "memory.available_bytes": 300.0}


def test_a_key_that_is_missing_in_some_samples_has_the_mean_of_the_others() -> None:
    samples = [{"_time": 1.0}, {"_time": 2.0, "process.cpu_pct": 50}, {"_time": 3.0}]
    assert fold(samples).summary().mean == {"process.cpu_pct": 50.0}


def test_counters_have_no_mean() -> None:
    summary = fold([{"_time": 1.0, "gpu.0.energy_j": 5.0}]).summary()
    assert summary.mean == summary.peak == {}


def test_a_reason_to_throttle_was_zero_before_it_appeared() -> None:
    samples: list[dict[str, float]] = [
        {"_time": float(i), "gpu.0.throttled_pct": 100.0 if i == 3 else 0.0} for i in range(4)
    ]
    samples[3]["gpu.0.throttled_by.thermal_pct"] = 100.0
    mean = fold(samples).summary().mean
    assert mean == {"gpu.0.throttled_pct": 25.0, "gpu.0.throttled_by.thermal_pct": 25.0}


def test_what_is_no_number_is_passed_over() -> None:
    odd = {"a": "NaN", "b": None, "c": True, "d": [1], "e": math.nan, "f": math.inf, "g": 10**400}
    summary = fold([{"_time": 1.0, **odd, "x": 2}, {"x": 9}, {"_time": "soon", "x": 9}]).summary()
    assert summary.samples == 1
    assert summary.mean == {"x": 2.0}


def test_nothing_sampled() -> None:
    assert HardwareFold().summary(carbon_g_per_kwh=475, price_per_kwh=0.3) == HardwareSummary()


def test_gpu_energy_by_its_counter() -> None:
    """The counter has run since the driver was loaded: only its growth counts."""
    samples = every_second(gpu__0__energy_j=[5000.0, 5300.0, 5650.0])
    summary = fold(samples).summary()
    assert summary.energy_wh == pytest.approx(650 / 3600, rel=1e-5)
    assert summary.energy_source == "nvml counter (whole machine)"


def test_gpu_energy_by_power_samples_is_a_trapezoid() -> None:
    # 1 s at 100..200 W is 150 J, 1 s at 200..400 W is 300 J.
    samples = every_second(gpu__0__power_w=[100.0, 200.0, 400.0])
    assert energy_j(samples) == pytest.approx(450, rel=1e-5)
    source = fold(samples).summary().energy_source
    assert source == "nvml power samples (whole machine)"


def test_a_counter_wins_over_power_samples() -> None:
    samples = every_second(gpu__0__energy_j=[0.0, 90.0], gpu__0__power_w=[500.0, 500.0])
    assert energy_j(samples) == pytest.approx(90, rel=1e-5)


def test_several_gpus_and_the_cpu_are_added() -> None:
    samples = every_second(
        gpu__0__energy_j=[0.0, 100.0],
        gpu__1__power_w=[50.0, 50.0],
        cpu__package__0__energy_j=[10.0, 70.0],
        cpu__package__1__energy_j=[0.0, 40.0],
        cpu__dram__0__energy_j=[0.0, 5.0],
        cpu__power_estimated_w=[0.0, 999.0],  # not where something measures
    )
    assert energy_j(samples) == pytest.approx(100 + 50 + 60 + 40 + 5, rel=1e-5)
    source = fold(samples).summary().energy_source
    assert source == "nvml counter + nvml power samples + rapl (whole machine)"


def test_without_a_counter_the_cpu_is_estimated() -> None:
    """The estimate of a sample is the mean since the one before: 8 W for 1 s, 4 W for 2 s."""
    samples = [
        {"_time": 100.0},
        {"_time": 101.0, "cpu.power_estimated_w": 8.0},
        {"_time": 103.0, "cpu.power_estimated_w": 4.0},
    ]
    assert energy_j(samples) == pytest.approx(16, rel=1e-5)
    source = fold(samples).summary().energy_source
    assert source == "estimated from cpu load (whole machine)"


def test_a_counter_that_begins_again_is_filled_by_power() -> None:
    """The driver was loaded anew in the second interval: 100 + (200 by power) + 300."""
    samples = every_second(
        gpu__0__energy_j=[1000.0, 1100.0, 50.0, 350.0],
        gpu__0__power_w=[100.0, 150.0, 250.0, 300.0],
    )
    assert energy_j(samples) == pytest.approx(100 + 200 + 300, rel=1e-5)


def test_a_counter_that_begins_again_without_power_loses_one_interval() -> None:
    samples = every_second(gpu__0__energy_j=[1000.0, 1100.0, 50.0, 350.0])
    assert energy_j(samples) == pytest.approx(400, rel=1e-5)


def test_a_counter_that_jumps_is_not_believed() -> None:
    samples = every_second(
        gpu__0__energy_j=[0.0, 100.0, 9e9, 9e9 + 100], gpu__0__power_w=[100.0] * 4
    )
    assert energy_j(samples) == pytest.approx(300, rel=1e-5)


def asleep(hours: float, **keys: float) -> list[dict[str, float]]:
    """Ten seconds awake, a laptop's sleep, ten seconds awake."""
    awake = [float(i) for i in range(11)]
    times = [*awake, *(10 + hours * 3600 + i for i in awake)]
    return [{"_time": t, **keys} for t in times]


def test_sleep_does_not_count_for_power_samples() -> None:
    samples = asleep(8, **{"gpu.0.power_w": 60.0})
    assert energy_j(samples) == pytest.approx(2 * 10 * 60, rel=1e-5)


def test_sleep_does_not_count_for_the_estimate() -> None:
    samples = asleep(8, **{"cpu.power_estimated_w": 6.0})
    assert energy_j(samples) == pytest.approx(2 * 10 * 6, rel=1e-5)


def test_a_counter_is_believed_over_a_sleep() -> None:
    samples = asleep(1)
    for n, sample in enumerate(samples):
        sample["cpu.package.0.energy_j"] = 5.0 * n
    assert energy_j(samples) == pytest.approx(5.0 * 21, rel=1e-5)


def test_a_short_hiccup_is_no_sleep() -> None:
    samples = [{"_time": t, "gpu.0.power_w": 10.0} for t in (0.0, 1.0, 2.0, 8.0, 9.0)]
    assert energy_j(samples) == pytest.approx(90, rel=1e-5)


def test_a_slow_pace_is_no_sleep() -> None:
    samples = [{"_time": 60.0 * i, "gpu.0.power_w": 10.0} for i in range(11)]
    assert energy_j(samples) == pytest.approx(6000, rel=1e-5)


def test_a_gpu_that_is_away_for_a_while_is_not_counted_meanwhile() -> None:
    samples: list[dict[str, float]] = [{"_time": float(t)} for t in range(100)]
    for t in (*range(5), *range(90, 95)):
        samples[t]["gpu.0.power_w"] = 100.0
    assert energy_j(samples) == pytest.approx(800, rel=1e-5)


def test_a_clock_that_is_set_back_gives_no_negative_energy() -> None:
    samples = [{"_time": t, "gpu.0.power_w": 10.0} for t in (100.0, 101.0, 50.0, 51.0)]
    assert energy_j(samples) == pytest.approx(20, rel=1e-5)


def test_one_sample_has_no_energy() -> None:
    summary = fold(every_second(gpu__0__power_w=[100.0])).summary(carbon_g_per_kwh=475)
    assert (summary.energy_wh, summary.energy_source, summary.co2_g) == (None, None, None)


def test_co2_and_cost() -> None:
    """One hour at 500 W is 500 Wh."""
    samples = [{"_time": 10.0 * i, "gpu.0.power_w": 500.0} for i in range(361)]
    summary = fold(samples).summary(carbon_g_per_kwh=400.0, price_per_kwh=0.30, currency="EUR")
    assert summary.energy_wh == pytest.approx(500)
    assert summary.co2_g == pytest.approx(200)
    assert summary.cost == pytest.approx(0.15)
    assert summary.currency == "EUR"


def test_without_a_price_there_is_no_cost() -> None:
    samples = every_second(gpu__0__power_w=[100.0, 100.0])
    summary = fold(samples).summary(carbon_g_per_kwh=400.0, currency="EUR")
    assert summary.cost is None
    assert summary.currency is None
    assert summary.co2_g is not None


POWER = st.lists(st.floats(0, 1000), min_size=2, max_size=40)


@given(POWER)
def test_energy_lies_between_least_and_most_power(powers: list[float]) -> None:
    found = energy_j(every_second(gpu__0__power_w=powers))
    assert found is not None
    seconds = len(powers) - 1
    assert min(powers) * seconds * 0.9999 - 1e-6 <= found <= max(powers) * seconds * 1.0001 + 1e-6


@given(POWER, POWER)
def test_energy_of_two_gpus_is_the_sum(first: list[float], second: list[float]) -> None:
    n = min(len(first), len(second))
    both = every_second(gpu__0__power_w=first[:n], gpu__1__power_w=second[:n])
    alone = [energy_j(every_second(gpu__0__power_w=each[:n])) or 0 for each in (first, second)]
    assert energy_j(both) == pytest.approx(sum(alone), rel=1e-4, abs=1e-4)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["_time", "gpu.0.power_w", "gpu.0.energy_j", "cpu.power_estimated_w"]),
            st.floats() | st.integers() | st.none() | st.text(max_size=3),
        ),
        max_size=12,
    )
)
def test_no_trace_is_too_odd(samples: list[dict[str, object]]) -> None:
    summary = fold(samples).summary(carbon_g_per_kwh=475.0, price_per_kwh=0.3, currency="EUR")
    numbers = [*summary.mean.values(), *summary.peak.values(), summary.energy_wh or 0.0]
    assert all(map(math.isfinite, numbers))
    assert (summary.energy_wh or 0.0) >= 0
