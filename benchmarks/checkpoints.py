"""Checkpoints of 400 MB: the training's wait, the way into git and back, what is stored.

Everything is measured in turns in one run, so that the ratios hold on a noisy machine: beside
`cp`, `git add && git commit`, `git lfs` where it is installed, and the safetensors library. The
writer runs as a process of its own, as the supervisor does; its memory is the peak of its
resident set above a bare interpreter's.

    python benchmarks/checkpoints.py [--mb 400] [--repeat 3] [--skip-git] [--profile]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from gitexp.journal.spool import spool_state
from gitexp.store.checkpoints import StoredCheckpoint
from gitexp.store.repository import Repository

RESULTS = Path(__file__).parent / "results"
MB = 1_000_000

WRITER = """
import json, sys, time
from pathlib import Path
from gitexp.store.checkpoints import write_checkpoint
from gitexp.store.repository import Repository
repo = Repository.open(Path(sys.argv[1]))
start, cpu = time.perf_counter(), time.process_time()
tree = write_checkpoint(repo, Path(sys.argv[2]), lfs=sys.argv[3] == "lfs")
print(json.dumps({
    "wall_s": time.perf_counter() - start,
    "cpu_s": time.process_time() - cpu,
    "peak_kib": peak_kib(),
    "tree": tree,
}))
"""
# Not ru_maxrss, which a child inherits from the large process that started it.
PEAK = """
def peak_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
"""


def model_state(mb: int) -> dict[str, torch.Tensor]:
    """A transformer's weights, about so many megabytes of random floats."""
    torch.manual_seed(0)
    width = 1024
    state = {"wte.weight": torch.randn(16 * width, width)}  # 67 MB, stored in parts
    layer = 0
    while sum(tensor.nbytes for tensor in state.values()) < mb * MB:
        name = f"h.{layer}"
        state[f"{name}.attn.qkv.weight"] = torch.randn(3 * width, width)
        state[f"{name}.attn.out.weight"] = torch.randn(width, width)
        for part in ("ln_1", "ln_2"):
            state[f"{name}.{part}.weight"] = torch.ones(width) + 0.01 * torch.randn(width)
            state[f"{name}.{part}.bias"] = 0.01 * torch.randn(width)
        layer += 1
    return state


def change_tenth(state: dict[str, torch.Tensor], seed: int) -> dict[str, torch.Tensor]:
    """The same with a tenth of its bytes new, in whole tensors."""
    torch.manual_seed(seed)
    total, changed = sum(tensor.nbytes for tensor in state.values()), 0
    new = dict(state)
    names = [name for name in state if ".attn." in name]
    for name in names[seed::3]:
        if changed + state[name].nbytes > total / 10:
            break
        new[name] = torch.randn_like(state[name])
        changed += state[name].nbytes
    return new


def timed(work: Callable[[], object]) -> float:
    """Wall time of a call in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Bench:
    """One folder with a spooled checkpoint or three, and what was measured on them."""

    def __init__(self, folder: Path, state: dict[str, torch.Tensor]) -> None:
        self.folder = folder
        self.times: dict[str, list[float]] = {}
        states = [state, change_tenth(state, 1)]
        states.append(change_tenth(states[1], 2))
        self.states = states
        for n, each in enumerate(states):
            spool_state(folder / f"spool-{n}", each)
        self.file = folder / "spool-0" / "state.safetensors"
        self.unique_bytes = len_unique(states)
        self.peak_kib = 0
        self.cpu_s = 0.0
        self.stored_bytes = 0
        self.repo_folder = folder / "repo"
        self.tree = ""

    def note(self, what: str, seconds: float) -> None:
        """Add a time."""
        self.times.setdefault(what, []).append(seconds)

    def best(self, what: str) -> float:
        """The least of the times."""
        return min(self.times[what])

    def stall(self) -> None:
        """What the training waits for, beside the library's own file."""
        out = self.folder / "out.safetensors"

        def spool() -> None:
            spool_state(self.folder / "spooled", self.states[0])

        def save() -> None:
            safetensors.torch.save_file(self.states[0], out)

        self.note("safetensors.torch.save_file", timed(save))
        out.unlink()
        self.note("spool_state (the training's wait)", timed(spool))
        shutil.rmtree(self.folder / "spooled")

    def copy(self) -> None:
        """The floor."""
        target = self.folder / "copy"
        self.note("cp", timed(lambda: subprocess.run(["cp", self.file, target], check=True)))
        target.unlink()

    def gitexp(self) -> None:
        """Three checkpoints, one after the other, into a new repository."""
        shutil.rmtree(self.repo_folder, ignore_errors=True)
        new_repository(self.repo_folder)
        names = ("gitexp, the first", "gitexp, 10 % changed", "gitexp, 10 % changed again")
        for n, name in enumerate(names):
            spool = self.folder / f"spool-{n}"
            done = written(self.repo_folder, spool)
            self.note(name, done["wall_s"])
            self.peak_kib = max(self.peak_kib, done["peak_kib"])
            if n == 0:
                self.cpu_s = done["cpu_s"]
            self.tree = done["tree"]
        objects = self.repo_folder / ".git" / "objects"
        self.stored_bytes = sum(p.stat().st_size for p in objects.rglob("*") if p.is_file())

    def gitexp_lfs(self) -> None:
        """The same checkpoint as git-lfs objects; a spool of its own, as its files are moved."""
        folder, spool = self.folder / "lfs", self.folder / "spool-lfs"
        new_repository(folder)
        spool_state(spool, self.states[0])
        self.note("gitexp, git-lfs backend", written(folder, spool, lfs=True)["wall_s"])
        shutil.rmtree(folder)
        shutil.rmtree(spool)

    def git_add(self, *, lfs: bool) -> None:
        """What people do without gitexp."""
        folder = self.folder / "plain"
        new_repository(folder)
        if lfs:
            git(folder, "lfs", "install", "--local", "--skip-repo")
            (folder / ".gitattributes").write_text(
                "*.safetensors filter=lfs diff=lfs merge=lfs -text\n"
            )
        os.link(self.file, folder / "state.safetensors")

        def add() -> None:
            git(folder, "add", ".")
            git(folder, "commit", "-q", "-m", "checkpoint")

        self.note("git lfs add + commit" if lfs else "git add + commit", timed(add))
        shutil.rmtree(folder)

    def read(self) -> None:
        """The way back, beside the library's file read into memory of its own."""
        repo = Repository.open(self.repo_folder)
        plain = self.folder / "spool-2" / "state.safetensors"

        def load() -> None:
            with StoredCheckpoint(repo, self.tree) as checkpoint:
                checkpoint.load()

        def library() -> None:
            _ = [t.clone() for t in safetensors.torch.load_file(plain).values()]

        def one() -> None:
            with StoredCheckpoint(repo, self.tree) as checkpoint:
                checkpoint.tensor("h.1.attn.out.weight")

        self.note("load_file + clone", timed(library))
        self.note("load from git", timed(load))
        self.note("load one tensor of 4 MB from git", timed(one))


def len_unique(states: list[dict[str, torch.Tensor]]) -> int:
    """Bytes of the tensors that are not the same object as one before."""
    return sum({id(t): t.nbytes for state in states for t in state.values()}.values())


def new_repository(folder: Path) -> None:
    """An empty repository."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)


def git(folder: Path, *args: str) -> None:
    """Run git in a folder."""
    subprocess.run(
        ["git", "-c", "user.name=b", "-c", "user.email=b@b", "-c", "gc.auto=0", *args],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def written(repo: Path, spool: Path, *, lfs: bool = False) -> dict[str, Any]:
    """Have a process of its own write a checkpoint; what it measured."""
    kind = "lfs" if lfs else "git"
    done = json.loads(output(sys.executable, "-c", PEAK + WRITER, repo, spool, kind))
    assert isinstance(done, dict)
    return done


def output(*command: object) -> str:
    """What a command prints."""
    done = subprocess.run(
        [str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def has_lfs() -> bool:
    """Whether git-lfs is installed."""
    return subprocess.run(["git", "lfs", "version"], capture_output=True).returncode == 0


def checks(bench: Bench, above_mib: float) -> list[tuple[str, float, str, bool]]:
    """(what, measured, budget, kept)."""
    first = bench.best("gitexp, the first")
    rows = []

    def add(what: str, value: float, limit: float, sign: str) -> None:
        kept = value <= limit if sign == "≤" else value >= limit
        rows.append((what, value, f"{sign} {limit:g}", kept))

    if "git add + commit" in bench.times:
        add("times faster than git add + commit", bench.best("git add + commit") / first, 12, "≥")
    later = statistics.mean(bench.best(n) for n in bench.times if n.startswith("gitexp, 10 %"))
    add("10 % changed, relative to the first", later / first, 0.6, "≤")
    add(
        "stored for three / unique tensor bytes",
        bench.stored_bytes / bench.unique_bytes,
        1.02,
        "≤",
    )
    add("writer's memory above the interpreter's, MiB", above_mib, 150, "≤")
    wait = bench.best("spool_state (the training's wait)")
    add("wait / save_file", wait / bench.best("safetensors.torch.save_file"), 1.3, "≤")
    return rows


def profile(bench: Bench) -> None:
    """Where a write spends its time, function by function (main thread) and by phase."""
    import cProfile
    import pstats

    from gitexp.store.checkpoints import write_checkpoint

    shutil.rmtree(bench.repo_folder)
    new_repository(bench.repo_folder)
    repo = Repository.open(bench.repo_folder)
    with cProfile.Profile() as run:
        write_checkpoint(repo, bench.folder / "spool-0")
    pstats.Stats(run).sort_stats("tottime").print_stats(14)


def main() -> None:
    """Measure, print the table, write results/checkpoints.json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mb", type=int, default=400)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--skip-git", action="store_true", help="git add takes 20 s")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), model_state(options.mb))
        for _ in range(options.repeat):
            bench.copy()
            bench.stall()
            bench.gitexp()
            bench.read()
            if has_lfs():
                bench.gitexp_lfs()
                bench.git_add(lfs=True)
        if not options.skip_git:
            bench.git_add(lfs=False)
        bare_kib = int(output(sys.executable, "-c", PEAK + "print(peak_kib())"))
        report(bench, (bench.peak_kib - bare_kib) / 1024, options.repeat)
        if options.profile:
            profile(bench)


def report(bench: Bench, above_mib: float, repeat: int) -> None:
    """Print and keep what was measured."""
    size = bench.file.stat().st_size
    floor = bench.best("cp")
    print(f"checkpoint of {size / MB:.0f} MB, {os.cpu_count()} CPUs, best (median) of {repeat}\n")
    for name, times in bench.times.items():
        best, median = min(times), statistics.median(times)
        print(f"  {name:<36} {best:7.3f} s ({median:6.3f})  {best / floor:6.1f} x cp")
    print(f"  {'gitexp, the first: CPU':<36} {bench.cpu_s:7.3f} s\n")
    rows = checks(bench, above_mib)
    for what, value, budget, kept in rows:
        print(f"  {what:<46} {value:8.2f}   budget {budget:<7} {'ok' if kept else 'MISSED'}")
    result: dict[str, Any] = {
        "benchmark": "checkpoints",
        "cpus": os.cpu_count(),
        "repeat": repeat,
        "bytes": size,
        "rows": [
            {"what": name, "best_s": min(times), "median_s": statistics.median(times)}
            for name, times in bench.times.items()
        ],
        "cpu_s": bench.cpu_s,
        "stored_bytes": bench.stored_bytes,
        "unique_bytes": bench.unique_bytes,
        "memory_above_interpreter_mib": above_mib,
        "budgets": [
            {"what": what, "value": value, "budget": budget, "kept": kept}
            for what, value, budget, kept in rows
        ],
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "checkpoints.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
