"""One `log({2 scalars})` in the training thread: beside its floor, and beside other trackers.

The floor is what no tracker that keeps its promise can undercut: the row encoded by orjson and
one write(2). Peers are measured where they are installed (benchmarks/requirements.txt), all
offline. The second table kills the process with SIGKILL right after 10,000 calls and counts the
numbers that are gone.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from _results import write_results

CALLS = 2_000
ROUNDS = 15
KILLED_AFTER = 10_000

# Each is a program that defines log(step) and, where there is a way to tell, survivors(folder).
PROGRAMS = {
    "floor": """
import os, time, orjson
descriptor = os.open(folder + "/floor.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def log(step):
    row = {"_step": step, "_time": time.time(), "loss": 0.5, "acc": 0.25}
    os.write(descriptor, orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
""",
    "gitexp": """
import subprocess, gitexp
subprocess.run(["git", "init", "-q", folder], check=True)
gitexp.init(name="bench", dir=folder)
def log(step):
    gitexp.log({"loss": 0.5, "acc": 0.25})
""",
    "wandb": """
import os, wandb
os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true")
wandb.init(dir=folder, project="bench")
def log(step):
    wandb.log({"loss": 0.5, "acc": 0.25})
""",
    "trackio": """
import os
os.environ["TRACKIO_DIR"] = folder
import trackio
trackio.init(project="bench")
def log(step):
    trackio.log({"loss": 0.5, "acc": 0.25})
""",
    "mlflow": """
import mlflow
mlflow.set_tracking_uri("sqlite:///" + folder + "/mlflow.db")
mlflow.start_run()
def log(step):
    mlflow.log_metrics({"loss": 0.5, "acc": 0.25}, step=step)
""",
    "dvclive": """
import dvclive
live = dvclive.Live(folder + "/dvclive", save_dvc_exp=False, report=None)
def log(step):
    live.log_metric("loss", 0.5); live.log_metric("acc", 0.25); live.next_step()
""",
    "tensorboard": """
from tensorboardX import SummaryWriter
writer = SummaryWriter(folder)
def log(step):
    writer.add_scalar("loss", 0.5, step); writer.add_scalar("acc", 0.25, step)
""",
}
MODULES = {"tensorboard": "tensorboardX", "floor": "orjson"}

TIMED = """
import sys, time, json
folder = sys.argv[1]
{program}
for step in range(50):
    log(step)
print("ready", flush=True)
for line in sys.stdin:
    calls = int(line)
    began = time.perf_counter()
    for step in range(calls):
        log(step)
    print((time.perf_counter() - began) / calls * 1e6, flush=True)
"""

KILLED = """
import sys, os
folder = sys.argv[1]
{program}
for step in range({calls}):
    log(step)
os.kill(os.getpid(), 9)
"""


class Contestant:
    """A tracker in a process of its own, which logs when it is told to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            [sys.executable, "-c", TIMED.format(program=PROGRAMS[name]), self.folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self.folder.name,
            text=True,
        )
        assert self.process.stdout is not None
        while self.process.stdout.readline() not in ("ready\n", ""):
            pass

    def microseconds(self, calls: int) -> float:
        """Mean time of a call."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{calls}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()
        self.folder.cleanup()


def installed() -> list[str]:
    """The contestants that can take part here."""
    return [name for name in PROGRAMS if find_spec(MODULES.get(name, name)) is not None]


def survivors(name: str, count: Callable[[Path], int]) -> int:
    """How many of the rows are there after a SIGKILL."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        code = KILLED.format(program=PROGRAMS[name], calls=KILLED_AFTER)
        subprocess.run([sys.executable, "-c", code, folder], cwd=folder, check=False)
        return count(Path(folder))


def count_gitexp(folder: Path) -> int:
    """Rows in the run's ref, once it is committed."""
    while True:
        listed = subprocess.run(
            [sys.executable, "-m", "gitexp", "ls", "--json"],
            cwd=folder,
            capture_output=True,
            check=True,
        )
        (run,) = json.loads(listed.stdout)
        if run["status"] != "running":
            return int(run["metrics"]["loss"]["count"])
        time.sleep(0.2)


def main() -> None:
    """Print the tables."""
    names = installed()
    contestants = [Contestant(name) for name in names]
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for contestant in contestants:  # in turns: a noisy minute falls on all
            slow = contestant.name in ("mlflow", "dvclive")
            times[contestant.name].append(contestant.microseconds(20 if slow else CALLS))
    for contestant in contestants:
        contestant.close()
    print(f"{'log({2 scalars})':<16} {'median µs':>10} {'min µs':>10} {'x floor':>9}")
    rows = {}
    for name in names:
        pairs = zip(times[name], times["floor"], strict=True)
        ratio = statistics.median(a / b for a, b in pairs)
        median = statistics.median(times[name])
        rows[name] = {"median_us": median, "min_us": min(times[name]), "ratio": ratio}
        budget = "   (budget 1.6)" if name == "gitexp" else ""
        print(f"{name:<16} {median:10.2f} {min(times[name]):10.2f} {ratio:9.2f}{budget}")
    lost = KILLED_AFTER - survivors("gitexp", count_gitexp)
    print(f"\nlost at SIGKILL right after {KILLED_AFTER:,} calls: gitexp {lost}   (budget 0)")
    write_results("log_call", {"calls": rows, "lost_at_sigkill": lost})


if __name__ == "__main__":
    os.environ.setdefault("GIT_CONFIG_GLOBAL", os.devnull)
    main()
