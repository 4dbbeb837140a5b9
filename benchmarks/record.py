"""What recording adds: around a command, to a script's start and end, and after a crash."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from _results import write_results

ROUNDS = 9
GITEXP = [sys.executable, "-m", "gitexp"]
IDLE_S = 10
RECOVERED_ROWS = 100_000

IN_PROCESS = """
import time
began = time.perf_counter()
import {module}
imported = time.perf_counter()
{init}
initialised = time.perf_counter()
{log}
time.sleep({pause})
ready = time.perf_counter()
{finish}
finished = time.perf_counter()
print(imported - began, initialised - imported, finished - ready)
"""
SCRIPTS = {
    "gitexp": {
        "module": "gitexp",
        "init": "gitexp.init()",
        "log": "gitexp.log({'loss': 0.5})",
        "finish": "gitexp.finish()",
    },
    "wandb": {
        "module": "wandb",
        "init": "wandb.init(mode='offline', settings=wandb.Settings(silent=True))",
        "log": "wandb.log({'loss': 0.5})",
        "finish": "wandb.finish()",
    },
}

# Killed with its supervisor: the journal is all there is.
CRASH = """
import gitexp, os, time
from gitexp.record.spawn import _started
gitexp.init(name="crashed")
for n in range({rows}):
    gitexp.log({{"loss": 1 / (n + 1), "acc": 0.5}})
_started[0].kill()
os.kill(os.getpid(), 9)
"""


def seconds(command: Sequence[str], cwd: str) -> float:
    """Wall time of a command."""
    began = time.perf_counter()
    subprocess.run(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def around_a_command(top: str) -> dict[str, float]:
    """`gitexp record true` against `true`, in turns."""
    bare, ours = [], []
    for _ in range(ROUNDS):
        bare.append(seconds(["true"], top))
        ours.append(seconds([*GITEXP, "record", "-q", "--", "true"], top))
    return {
        "median_s": statistics.median(a - b for a, b in zip(ours, bare, strict=True)),
        "min_s": min(ours) - min(bare),
    }


def meanwhile(top: str) -> float:
    """Share of one core that supervising takes while the command sleeps, in per cent."""

    def cpu_s(pause_s: int) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*GITEXP, "record", "-q", "--", "sleep", str(pause_s)], cwd=top)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # Start and end take more than the time between them: the least of some, with and without it.
    short = min(cpu_s(1) for _ in range(4))
    return 100 * (min(cpu_s(1 + IDLE_S) for _ in range(3)) - short) / IDLE_S


def in_process(name: str, top: str) -> list[float]:
    """Seconds for import, init and finish of a script that logs once."""
    code = IN_PROCESS.format(**SCRIPTS[name], pause=1)
    done = subprocess.run([sys.executable, "-c", code], cwd=top, capture_output=True, check=True)
    return [float(word) for word in done.stdout.split()[-3:]]


def recovery(top: str) -> float:
    """Seconds for `gitexp recover` after a crash."""
    subprocess.run([sys.executable, "-c", CRASH.format(rows=RECOVERED_ROWS)], cwd=top)
    began = time.perf_counter()
    subprocess.run([*GITEXP, "recover"], cwd=top, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def installed() -> list[str]:
    """Which of the scripts can run here."""
    from importlib.util import find_spec

    return [name for name in SCRIPTS if find_spec(name) is not None]


def main() -> None:
    """Print what was measured, beside the budgets."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as top:
        subprocess.run(["git", "init", "-q", top], check=True)
        for n in range(50):
            Path(top, f"module_{n}.py").write_text("x = 1\n" * 100)
        print_row: Callable[[str, float, str], None] = lambda what, value, note: print(  # noqa: E731
            f"{what:<44} {value:8.3f} {note}"
        )
        record = around_a_command(top)
        print_row("record true, over true: median", record["median_s"], "s (budget 0.35)")
        print_row("record true, over true: min", record["min_s"], "s")
        share = meanwhile(top)
        print_row("supervising meanwhile", share, "% of one core (budget 1)")
        phases: dict[str, list[float]] = {}
        for name in installed():
            rounds = [in_process(name, top) for _ in range(ROUNDS)]
            phases[name] = [statistics.median(column) for column in zip(*rounds, strict=True)]
            for what, value in zip(("import", "init", "finish"), phases[name], strict=True):
                budget = {"init": "(budget 0.06)", "finish": "(budget 0.4)"}.get(what, "")
                print_row(f"{name}: {what}", value, f"s {budget if name == 'gitexp' else ''}")
        crash = recovery(top)
        print_row(f"recover a crashed run of {RECOVERED_ROWS:,} rows", crash, "s")
        write_results(
            "record",
            {"record": record, "meanwhile_pct": share, "phases_s": phases, "recover_s": crash},
        )


if __name__ == "__main__":
    os.environ.setdefault("GIT_CONFIG_GLOBAL", os.devnull)
    main()
