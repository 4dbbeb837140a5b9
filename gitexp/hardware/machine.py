"""The machine as it stands: system, processor, memory, container."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_CONTAINER_FILES = {"/.dockerenv": "docker", "/run/.containerenv": "podman"}
_CONTAINER_VARIABLES = {
    "KUBERNETES_SERVICE_HOST": "kubernetes",
    "APPTAINER_CONTAINER": "apptainer",
    "SINGULARITY_CONTAINER": "singularity",
}


def machine_facts(variables: Mapping[str, str]) -> dict[str, Any]:
    """`host`, `os`, `cpu`, `memory` and, where we are in one, `container` of environment.json."""
    facts: dict[str, Any] = {
        "host": socket.gethostname(),
        "os": _system(),
        "cpu": {},
        "memory": {},
    }
    _add_sizes(facts)
    container = container_name(variables)
    return {**facts, "container": container} if container else facts


def container_name(variables: Mapping[str, str], root: Path = Path("/")) -> str | None:
    """Which kind of container we are in, as far as there are signs of it.

    Args:
        variables: of the environment.
        root: of the file system.
    """
    for name, kind in _CONTAINER_VARIABLES.items():
        if name in variables:
            return kind
    for file, kind in _CONTAINER_FILES.items():
        if (root / file.lstrip("/")).exists():
            return kind
    try:
        groups = (root / "proc/1/cgroup").read_text()
    except (OSError, UnicodeDecodeError):
        groups = ""
    for word, kind in (("kubepods", "kubernetes"), ("docker", "docker"), ("lxc", "lxc")):
        if word in groups:
            return kind
    return variables.get("container")  # systemd-nspawn and its kin


def _system() -> dict[str, Any]:
    system: dict[str, Any] = {"name": platform.system()}
    if sys.platform == "darwin":
        system["distribution"] = f"macOS {platform.mac_ver()[0]}"
    else:
        with contextlib.suppress(OSError, KeyError):
            system["distribution"] = platform.freedesktop_os_release()["PRETTY_NAME"]
    system["kernel"] = platform.release()
    system["machine"] = platform.machine()
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError, AttributeError):  # musl, macOS
        libc = None
    return {**system, "libc": libc} if libc else system


def _add_sizes(facts: dict[str, Any]) -> None:
    import psutil

    from gitexp.hardware.cgroup import find_limits

    threads = psutil.cpu_count() or 1
    total_bytes = int(psutil.virtual_memory().total)
    limits = find_limits(total_bytes, threads)
    model = cpu_model()
    facts["cpu"] = {"model": model} if model else {}
    facts["cpu"]["cores"] = psutil.cpu_count(logical=False) or threads
    facts["cpu"]["threads"] = threads
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else threads
    if usable != threads:
        facts["cpu"]["usable"] = usable
    if limits.cpus is not None:
        facts["cpu"]["limit"] = round(limits.cpus, 2)
    facts["memory"] = {"total_bytes": total_bytes}
    if limits.memory_bytes is not None:
        facts["memory"]["limit_bytes"] = limits.memory_bytes


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str | None:
    """The processor's name; ARM boards tell only the maker's and the part's number, or nothing."""
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=5)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() or None
    try:
        text = cpuinfo.read_text(errors="replace")
    except OSError:
        return platform.processor() or None
    for name in ("model name", "cpu model", "Model", "Hardware", "cpu", "uarch"):
        match = re.search(rf"^{name}\s*:\s*(.*\S)", text, re.MULTILINE)
        if match and not match[1].isdigit():
            return match[1]
    return None
