from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from gitexp.hardware import environment
from gitexp.hardware.environment import capture_environment
from gitexp.hardware.machine import container_name, cpu_model
from gitexp.hardware.packages import find_packages


def test_our_own_interpreter() -> None:
    found = capture_environment(sys.executable)
    assert json.loads(json.dumps(found)) == found
    assert found["python"] == {
        "version": ".".join(map(str, sys.version_info[:3])),
        "implementation": "CPython",
        "executable": sys.executable,
    }
    assert found["packages"]["pytest"] == importlib.metadata.version("pytest")
    assert found["packages"]["pyyaml"] == importlib.metadata.version("PyYAML")
    assert found["os"]["name"] == os.uname().sysname
    assert found["cpu"]["threads"] >= 1
    assert found["memory"]["total_bytes"] > 2**20
    assert found["host"]


def test_packages_are_those_that_importlib_knows() -> None:
    known = {
        dist.metadata["Name"].lower().replace("_", "-").replace(".", "-"): dist.version
        for dist in importlib.metadata.distributions()
    }
    assert find_packages(sys.path) == known


def test_another_interpreter_is_asked_for_its_own_packages(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    site = next((tmp_path / "env" / "lib").glob("python*")) / "site-packages"
    (site / "Only_Here-1.2.3.dist-info").mkdir()
    found = capture_environment(str(python))
    assert found["python"]["executable"] == str(python)
    assert found["packages"]["only-here"] == "1.2.3"
    assert "pytest" not in found["packages"]


def test_a_module_in_the_current_folder_does_not_come_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(environment, "_is_ours", lambda path: False)
    assert "pytest" in capture_environment(sys.executable)["packages"]


def test_the_packages_of_pythonpath_count_as_for_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "extra-0.1.dist-info").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(environment, "_is_ours", lambda path: False)
    assert capture_environment(sys.executable)["packages"]["extra"] == "0.1"


@pytest.mark.parametrize(
    "script",
    ["#!/bin/sh\nexit 3\n", "#!/bin/sh\necho not json\n", "#!/bin/sh\necho '[1]'\n", "no program"],
)
def test_an_interpreter_that_does_not_answer_costs_only_its_packages(
    tmp_path: Path, script: str
) -> None:
    path = tmp_path / "python"
    path.write_text(script)
    path.chmod(0o755)
    found = capture_environment(str(path))
    assert "packages" not in found
    assert found["os"]


def test_an_interpreter_that_is_not_there() -> None:
    assert "python" not in capture_environment("no-such-python")


def test_a_command_that_is_not_python_has_all_but_packages() -> None:
    found = capture_environment(None)
    assert {"host", "os", "cpu", "memory", "variables"} <= set(found)
    assert not {"python", "packages"} & set(found)


def test_only_listed_variables_and_no_credentials() -> None:
    found = capture_environment(
        None,
        {
            "CUDA_VISIBLE_DEVICES": "0,1",
            "OMP_NUM_THREADS": "4",
            "SLURM_JOB_ID": "77",
            "VIRTUAL_ENV": "/home/ada/lab/.venv/",
            "PYTHONPATH": "src",
            "HF_TOKEN": "hf_abc",
            "WANDB_API_KEY": "abc",
            "HOME": "/home/ada",
            "NCCL_PASSWORD": "abc",
        },
    )
    assert found["variables"] == {
        "CUDA_VISIBLE_DEVICES": "0,1",
        "NCCL_PASSWORD": "[redacted]",
        "OMP_NUM_THREADS": "4",
        "PYTHONPATH": "src",
        "SLURM_JOB_ID": "77",
        "VIRTUAL_ENV": ".venv",
    }


def test_gpus_and_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    from hardware.fake_nvml import FakeGpu, FakeNvml

    nvml = FakeNvml(FakeGpu())
    probe = environment.NvidiaProbe.open(nvml=nvml, visible="0")
    monkeypatch.setattr(environment.NvidiaProbe, "open", lambda: probe)
    found = capture_environment(None)
    assert found["gpus"][0]["name"] == "NVIDIA H100 80GB HBM3"
    assert found["nvidia"] == {"driver": "550.54.15", "cuda": "12.4"}
    assert nvml.opened == 0


def test_package_folders_of_all_ages(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for name in (
        "PyYAML-6.0.1.dist-info",
        "torch-2.3.0+cu121.dist-info",
        "ruamel.yaml-0.18.dist-info",
    ):
        (first / name).mkdir(parents=True)
    (first / "old_one-1.0-py3.11.egg-info").write_text("")
    in_place = second / "my_lab.egg-info"
    in_place.mkdir(parents=True)
    (in_place / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: my-lab\nVersion: 0.3.dev1\n")
    (second / "PyYAML-5.0.dist-info").mkdir()
    (second / "broken.egg-info").mkdir()
    (second / "-info").mkdir()
    (second / "x.py").write_text("")
    assert find_packages([str(first), str(second), "", str(tmp_path / "missing.zip")]) == {
        "my-lab": "0.3.dev1",
        "old-one": "1.0",
        "pyyaml": "6.0.1",
        "ruamel-yaml": "0.18",
        "torch": "2.3.0+cu121",
    }


def test_the_packages_file_runs_by_itself() -> None:
    from gitexp.hardware import packages

    done = subprocess.run(
        [sys.executable, "-I", packages.__file__], capture_output=True, check=True
    )
    assert json.loads(done.stdout)["packages"]["pytest"]


@pytest.mark.parametrize(
    ("files", "variables", "name"),
    [
        ([], {}, None),
        ([".dockerenv"], {}, "docker"),
        (["run/.containerenv"], {}, "podman"),
        ([".dockerenv"], {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "kubernetes"),
        ([], {"APPTAINER_CONTAINER": "x.sif"}, "apptainer"),
        (["proc/1/cgroup"], {}, "kubernetes"),
        ([], {"container": "systemd-nspawn"}, "systemd-nspawn"),
    ],
)
def test_containers(
    tmp_path: Path, files: list[str], variables: dict[str, str], name: str | None
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("9:memory:/kubepods/pod1\n")
    assert container_name(variables, tmp_path) == name


@pytest.mark.skipif(sys.platform == "darwin", reason="asks sysctl there")
@pytest.mark.parametrize(
    ("text", "model"),
    [
        (
            "processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC 7B13\nflags\t: x\n",
            "AMD EPYC 7B13",
        ),
        ("processor\t: 0\nBogoMIPS\t: 50\nModel\t\t: Raspberry Pi 5\n", "Raspberry Pi 5"),
        ("processor\t: 0\nCPU implementer\t: 0x41\n", None),
        ("cpu\t\t: POWER9\n", "POWER9"),
    ],
)
def test_processors(tmp_path: Path, text: str, model: str | None) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert cpu_model(tmp_path / "cpuinfo") == model
