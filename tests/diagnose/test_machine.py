"""Rules about the machine, on hardware traces as the sampler writes them."""

from __future__ import annotations

from array import array

import pytest

from gitexp.diagnose.evidence import Evidence
from gitexp.diagnose.rules import diagnose
from gitexp.schema.run import Run
from gitexp.schema.series import Series

RUN = Run(name="a", id="1", created_at="2024-01-01T00:00:00.000Z")


def trace(**columns: list[float]) -> dict[str, Series]:
    """One sample a second; `gpu_0__power_w` stands for gpu.0.power_w."""
    return {
        key.replace("__", "."): Series(
            array("q", range(len(values))),
            array("d", [float(n) for n in range(len(values))]),
            array("d", values),
        )
        for key, values in columns.items()
    }


def told(hardware: dict[str, Series]) -> list[tuple[str, str]]:
    return [(f.rule, f.where) for f in diagnose(Evidence(RUN, hardware=hardware))]


def test_a_gpu_that_waits() -> None:
    held = [1e9] * 100
    idle = trace(
        gpu__0__utilization_pct=[20.0, 30.0] * 50, gpu__0__process_memory_bytes=held,
        process__cpu_pct=[400.0] * 100,
    )  # fmt: skip
    (finding,) = diagnose(Evidence(RUN, hardware=idle))
    assert (finding.rule, finding.where) == ("waiting-gpu", "gpu.0")
    assert "4.0 cores" in finding.what
    busy = trace(gpu__0__utilization_pct=[95.0] * 100, gpu__0__process_memory_bytes=held)
    assert told(busy) == []


@pytest.mark.parametrize(
    "columns",
    [
        # Somebody else's GPU.
        {"gpu__0__utilization_pct": [0.0] * 100, "gpu__0__process_memory_bytes": [0.0] * 100},
        {"gpu__0__utilization_pct": [0.0] * 100},
        # Still starting up.
        {"gpu__0__utilization_pct": [0.0] * 20, "gpu__0__process_memory_bytes": [1e9] * 20},
    ],
)
def test_a_gpu_of_which_nothing_is_known(columns: dict[str, list[float]]) -> None:
    assert told(trace(**columns)) == []


def test_memory_that_is_nearly_full() -> None:
    assert told(trace(memory__used_pct=[50.0] * 17 + [98.5] * 3)) == [
        ("memory-pressure", "memory")
    ]
    assert told(trace(memory__used_pct=[50.0] * 99 + [98.5])) == []
    full = diagnose(Evidence(RUN, hardware=trace(gpu__1__memory_used_pct=[99.0] * 20)))
    assert [(f.severity, f.where) for f in full] == [("note", "gpu.1")]


def test_heat() -> None:
    hot = trace(
        gpu__0__throttled_by__thermal_pct=[0.0] * 50 + [100.0] * 50,
        gpu__0__throttled_by__power_cap_pct=[100.0] * 100,
    )
    (finding,) = diagnose(Evidence(RUN, hardware=hot))
    assert (finding.rule, finding.where) == ("thermal-throttling", "gpu.0")
    assert "50 %" in finding.what
    assert told(trace(gpu__0__throttled_by__power_cap_pct=[100.0] * 100)) == []
