"""What a run ran in: interpreter, packages, system, processor, GPUs, some variables."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from gitexp.hardware import packages
from gitexp.hardware.machine import machine_facts
from gitexp.hardware.nvidia import NvidiaProbe
from gitexp.schema.redact import redact_mapping

_TIMEOUT_S = 20.0  # for a Python that starts from a network drive

# Variables that change what a training computes or where; all others stay out.
_VARIABLES = """
    CUDA_VISIBLE_DEVICES CUDA_DEVICE_ORDER CUDA_LAUNCH_BLOCKING CUBLAS_WORKSPACE_CONFIG
    HIP_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES NVIDIA_TF32_OVERRIDE NCCL_*
    OMP_* KMP_* MKL_* OPENBLAS_NUM_THREADS NUMEXPR_* VECLIB_MAXIMUM_THREADS
    PYTHONHASHSEED PYTHONOPTIMIZE PYTHONPATH PYTORCH_* TORCH_* TORCHDYNAMO_* TORCHINDUCTOR_*
    XLA_* JAX_* TF_CUDNN_* TF_DETERMINISTIC_OPS TF_ENABLE_* TF_FORCE_* TF_GPU_* TF_XLA_FLAGS
    TOKENIZERS_PARALLELISM HF_HUB_OFFLINE HF_DATASETS_OFFLINE TRANSFORMERS_OFFLINE
    RANK LOCAL_RANK NODE_RANK WORLD_SIZE LOCAL_WORLD_SIZE MASTER_ADDR MASTER_PORT
    SLURM_JOB_ID SLURM_JOB_NAME SLURM_JOB_PARTITION SLURM_JOB_NODELIST SLURM_NNODES
    SLURM_NTASKS SLURM_PROCID SLURM_CPUS_PER_TASK SLURM_GPUS* SLURM_MEM_* SLURM_ARRAY_*
    PBS_JOBID LSB_JOBID CONDA_DEFAULT_ENV VIRTUAL_ENV LD_PRELOAD LANG LC_ALL TZ
"""


def capture_environment(
    python: str | None, variables: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What environment.json holds.

    Takes 10 to 20 ms; for an interpreter other than ours that one's start in addition (20 to
    60 ms), and with NVIDIA GPUs what NVML takes to begin (20 to 100 ms).

    Args:
        python: the interpreter that runs the training, a name or a path; None: it is not Python.
        variables: of the environment; None: ours.

    Returns:
        Plain data: `python` {version, implementation, executable}, `os` {name, distribution,
        kernel, machine, libc}, `cpu` {model, cores, threads, usable, limit}, `memory`
        {total_bytes, limit_bytes}, `gpus` [{index, name, memory_bytes, mig}], `nvidia` {driver,
        cuda}, `host`, `container`, `variables`, `packages` {name: version}; what does not apply
        is left out, and credentials in variables are redacted.
    """
    variables = os.environ if variables is None else variables
    of_python = {} if python is None else _python_facts(python, variables)
    found: dict[str, Any] = {}
    if "python" in of_python:
        found["python"] = of_python["python"]
    found.update(machine_facts(variables))
    found.update(_gpu_facts())
    found["variables"] = _whitelisted(variables)
    if "packages" in of_python:
        found["packages"] = of_python["packages"]
    return found


def _python_facts(python: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """Ask the interpreter; {} if it cannot be run."""
    path = shutil.which(python, path=variables.get("PATH"))
    if path is None:
        return {}
    if _is_ours(path):
        return packages.python_facts()
    # Not `-I`: a training sees PYTHONPATH and the user's packages as well. Only the current
    # folder goes, where a json.py might lie.
    program = "import sys; sys.path[:] = [p for p in sys.path if p]; exec(sys.argv[1])"
    source = Path(packages.__file__).read_text("utf-8")
    clean = {k: v for k, v in variables.items() if not k.startswith("GITEXP_")}
    try:
        done = subprocess.run(
            [path, "-c", program, source],
            env=clean,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
        )
        answer = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {"python": {"executable": path}}
    return answer if isinstance(answer, dict) else {}


def _is_ours(path: str) -> bool:
    """Whether it is the interpreter that we run in: the same file, in the same environment.

    A virtual environment's python links to the one that it was made from, so the folder counts.
    """
    try:
        return os.path.samefile(path, sys.executable) and os.path.samefile(
            os.path.dirname(path), os.path.dirname(sys.executable)
        )
    except OSError:
        return False


def _gpu_facts() -> dict[str, Any]:
    probe = NvidiaProbe.open()
    if probe is None:
        return {}
    try:
        return probe.describe()
    finally:
        probe.close()


def _whitelisted(variables: Mapping[str, str]) -> dict[str, str]:
    patterns = _VARIABLES.split()
    kept = {
        name: value
        for name, value in sorted(variables.items())
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    }
    if "VIRTUAL_ENV" in kept:
        kept["VIRTUAL_ENV"] = os.path.basename(kept["VIRTUAL_ENV"].rstrip("/\\"))
    return redact_mapping(kept)
