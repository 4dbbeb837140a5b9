from __future__ import annotations

import inspect

import pynvml
import pytest
from hardware import fake_nvml
from hardware.fake_nvml import FakeGpu, FakeNvml

from gitexp.hardware.gpu import REASONS
from gitexp.hardware.nvidia import NvidiaProbe


def opened(*gpus: FakeGpu, **kwargs: object) -> tuple[NvidiaProbe, FakeNvml]:
    nvml = FakeNvml(*gpus)
    probe = NvidiaProbe.open(nvml=nvml, **{"visible": ",".join("0123"), **kwargs})  # type: ignore[arg-type]
    assert probe is not None
    return probe, nvml


def test_the_fake_has_the_calls_of_the_real_library() -> None:
    for name, ours in vars(FakeNvml).items():
        if name.startswith("nvml"):
            real = inspect.signature(getattr(pynvml, name)).parameters
            assert len(inspect.signature(ours).parameters) - 1 == len(real), name
    for name in vars(fake_nvml):
        if name.startswith("NVMLError_"):
            assert issubclass(getattr(pynvml, name), pynvml.NVMLError)
    for name in ("NVML_TEMPERATURE_GPU", "NVML_CLOCK_SM", "NVML_CLOCK_MEM"):
        assert getattr(pynvml, name) == getattr(FakeNvml, name)


def test_reasons_are_the_bits_of_the_real_library() -> None:
    assert {bit: name for bit, name in REASONS.items()} == {
        pynvml.nvmlClocksEventReasonSwPowerCap: "power_cap",
        pynvml.nvmlClocksThrottleReasonHwSlowdown: "hardware_slowdown",
        pynvml.nvmlClocksEventReasonSwThermalSlowdown: "thermal",
        pynvml.nvmlClocksThrottleReasonHwThermalSlowdown: "hardware_thermal",
        pynvml.nvmlClocksThrottleReasonHwPowerBrakeSlowdown: "power_brake",
    }


def test_all_numbers_of_a_gpu() -> None:
    probe, _ = opened(FakeGpu(fan_pct=35))
    assert probe.sample() == {
        "gpu.0.utilization_pct": 87,
        "gpu.0.memory_busy_pct": 41,
        "gpu.0.memory_used_bytes": 20 * 2**30,
        "gpu.0.memory_used_pct": 25.0,
        "gpu.0.power_w": 450.5,
        "gpu.0.power_limit_w": 700.0,
        "gpu.0.energy_j": 1000.0,
        "gpu.0.temperature_c": 63,
        "gpu.0.sm_clock_mhz": 1755,
        "gpu.0.memory_clock_mhz": 2619,
        "gpu.0.fan_pct": 35,
        "gpu.0.throttled_pct": 0.0,
    }


def test_descriptions() -> None:
    probe, _ = opened(FakeGpu(), FakeGpu(name="NVIDIA L4", total_bytes=24 * 2**30))
    assert probe.describe() == {
        "gpus": [
            {"index": 0, "name": "NVIDIA H100 80GB HBM3", "memory_bytes": 80 * 2**30},
            {"index": 1, "name": "NVIDIA L4", "memory_bytes": 24 * 2**30},
        ],
        "nvidia": {"driver": "550.54.15", "cuda": "12.4"},
    }


def test_reasons_appear_by_name_and_stay() -> None:
    gpu = FakeGpu(reasons=0x01)  # idle: nothing is held down
    probe, _ = opened(gpu)
    assert probe.sample()["gpu.0.throttled_pct"] == 0
    gpu.reasons = 0x04 | 0x40
    sample = probe.sample()
    assert sample["gpu.0.throttled_pct"] == 100
    assert sample["gpu.0.throttled_by.power_cap_pct"] == 100
    assert sample["gpu.0.throttled_by.hardware_thermal_pct"] == 100
    gpu.reasons = 0
    sample = probe.sample()
    assert sample["gpu.0.throttled_by.power_cap_pct"] == 0
    assert "gpu.0.throttled_by.thermal_pct" not in sample


def test_memory_of_the_trainings_processes() -> None:
    gpu = FakeGpu(processes={10: 100, 11: 200, 99: 5000})
    probe, _ = opened(gpu, pids=lambda: [10, 11, 12])
    assert probe.sample()["gpu.0.process_memory_bytes"] == 300


def test_no_process_of_the_training_no_key() -> None:
    """In a container NVML shows the host's pids: nothing is better than a wrong zero."""
    probe, _ = opened(FakeGpu(processes={99: 5000}), pids=lambda: [10])
    assert "gpu.0.process_memory_bytes" not in probe.sample()


def test_what_a_gpu_does_not_support_is_left_out_and_not_asked_again() -> None:
    silent = {
        "nvmlDeviceGetTotalEnergyConsumption": fake_nvml.NVMLError_NotSupported,
        "nvmlDeviceGetUtilizationRates": fake_nvml.NVMLError_NotSupported,
        "nvmlDeviceGetCurrentClocksEventReasons": fake_nvml.NVMLError_FunctionNotFound,
        "nvmlDeviceGetEnforcedPowerLimit": fake_nvml.NVMLError_NoPermission,
    }
    probe, nvml = opened(FakeGpu(errors=silent, reasons=4))
    first, second = probe.sample(), probe.sample()
    assert first == second
    assert "gpu.0.energy_j" not in first
    assert first["gpu.0.throttled_by.power_cap_pct"] == 100  # by the older call
    for name in silent:
        assert nvml.calls.count(name) == 1
    assert probe.warnings == []


def test_an_old_pynvml_without_a_function() -> None:
    class Old(FakeNvml):
        nvmlDeviceGetCurrentClocksEventReasons = None
        nvmlDeviceGetTotalEnergyConsumption = None

    probe = NvidiaProbe.open(nvml=Old(FakeGpu()), visible="0")
    assert probe is not None
    assert "gpu.0.energy_j" not in probe.sample()


def test_a_gpu_that_is_lost_leaves_with_one_warning_and_the_other_goes_on() -> None:
    lost = FakeGpu()
    probe, _ = opened(lost, FakeGpu(uuid="GPU-2"))
    assert {key.split(".")[1] for key in probe.sample()} == {"0", "1"}
    lost.errors["nvmlDeviceGetPowerUsage"] = fake_nvml.NVMLError_GpuIsLost
    for _ in range(3):
        assert {key.split(".")[1] for key in probe.sample()} == {"1"}
    assert probe.warnings == ["GPU 0 is no longer watched: nvmlDeviceGetPowerUsage"]


def test_a_gpu_that_cannot_be_opened_leaves_the_others() -> None:
    broken = FakeGpu(errors={"nvmlDeviceGetHandleByIndex": fake_nvml.NVMLError_GpuIsLost})
    probe, _ = opened(broken, FakeGpu())
    assert {key.split(".")[1] for key in probe.sample()} == {"1"}
    assert len(probe.warnings) == 1


@pytest.mark.parametrize(
    "nvml",
    [
        FakeNvml(FakeGpu(), errors={"nvmlInit": fake_nvml.NVMLError_LibraryNotFound}),
        FakeNvml(FakeGpu(), errors={"nvmlInit": fake_nvml.NVMLError_DriverNotLoaded}),
        FakeNvml(FakeGpu(), errors={"nvmlDeviceGetCount": fake_nvml.NVMLError_NoPermission}),
        FakeNvml(),
    ],
)
def test_without_driver_or_gpu_it_is_quiet(nvml: FakeNvml) -> None:
    assert NvidiaProbe.open(nvml=nvml) is None
    assert nvml.opened == 0  # what was opened is closed


def test_without_a_sign_of_a_driver_the_library_is_not_even_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gitexp.hardware.nvidia._SIGNS", ("/nowhere",))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setitem(__import__("sys").modules, "pynvml", None)  # importing it would raise
    assert NvidiaProbe.open() is None


def test_closing_shuts_nvml_down_once() -> None:
    probe, nvml = opened(FakeGpu())
    probe.close()
    probe.close()
    assert nvml.opened == 0


@pytest.mark.parametrize(
    ("visible", "indices"),
    [
        (None, {"0", "1", "2"}),
        ("1", {"1"}),
        ("2,0", {"0", "2"}),
        ("0, 1", {"0", "1"}),
        ("GPU-bb", {"1"}),
        ("0,-1,2", {"0"}),
        ("7", set()),
        ("", set()),
        ("-1", set()),
        ("NoDevFiles", set()),
        ("MIG-1", {"2"}),
    ],
)
def test_only_gpus_that_the_training_can_see(
    visible: str | None, indices: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    slices = {0: FakeGpu(uuid="MIG-1")}
    gpus = FakeGpu(uuid="GPU-aa"), FakeGpu(uuid="GPU-bb"), FakeGpu(uuid="GPU-cc", slices=slices)
    probe = NvidiaProbe.open(nvml=FakeNvml(*gpus))
    found = set() if probe is None else {key.split(".")[1] for key in probe.sample()}
    assert found == indices


def test_mig_slices() -> None:
    errors = {"nvmlDeviceGetUtilizationRates": fake_nvml.NVMLError_NotSupported}
    slices = {
        0: FakeGpu(uuid="MIG-a", used_bytes=5, name="MIG 1g.10gb", processes={10: 3}),
        2: FakeGpu(uuid="MIG-b", used_bytes=7, name="MIG 2g.20gb"),
    }
    probe, _ = opened(FakeGpu(slices=slices, errors=errors), pids=lambda: [10])
    sample = probe.sample()
    assert sample["gpu.0.mig.0.memory_used_bytes"] == 5
    assert sample["gpu.0.mig.2.memory_used_bytes"] == 7
    assert sample["gpu.0.process_memory_bytes"] == 3
    assert "gpu.0.utilization_pct" not in sample
    assert probe.describe()["gpus"][0]["mig"] == ["MIG 1g.10gb", "MIG 2g.20gb"]


def test_names_as_bytes_of_an_older_pynvml() -> None:
    probe, _ = opened(FakeGpu(name=b"Tesla V100", uuid=b"GPU-1"))  # type: ignore[arg-type]
    assert probe.describe()["gpus"][0]["name"] == "Tesla V100"
