"""`gitexp ls`, `show` and `diff` among 100, 1,000 and 10,000 runs, refs packed and loose.

Each command runs as a process of its own, as a user starts it. Beside it stand the floors: a bare
`python -c pass`, `git for-each-ref` over the same refs, and `git cat-file --batch` of what an
index from scratch must read. CPU seconds are user and system time of the command and of the git
processes that it starts; on a busy machine they say more than the clock.

    python benchmarks/listing.py [--runs 100 1000 10000] [--repeat 5] [--loose]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from _results import write_results

from gitexp.schema.clock import to_iso
from gitexp.schema.metrics import MetricsFold
from gitexp.schema.run import GitFacts, HardwareSummary, Run
from gitexp.schema.tree import digest

WHERE = "config.lr < 0.01 and val_acc > 0.5 and status == 'finished' and created > '1000 days ago'"
COMMANDS = {
    "ls": ["ls"],
    "ls -n 0": ["ls", "-n", "0"],
    "ls --where --sort": ["ls", "--where", WHERE, "--sort", "val_loss"],
    "ls --json -n 0": ["ls", "--json", "-n", "0"],
    "show": ["show", "run-000042"],
    "show best:val_loss": ["show", "best:val_loss"],
    "tried K=V": ["tried", "lr=0.01", "batch_size=64", "seed=17"],
    "diff A B": ["diff", "run-000001", "run-000099"],
}
BUDGETS_S = {
    "ls": 0.35,
    "ls --where --sort": 0.35,
    "ls, from scratch": 2.5,
    "diff A B": 0.4,
    "tried K=V": 0.3,
}  # at 10,000 runs


def a_run(i: int, code: str, start_s: float) -> Run:
    """A run of ordinary size: 12 hyperparameters, 6 metrics, a hardware summary."""
    dice = random.Random(i)
    config = {
        "lr": dice.choice([0.1, 0.01, 0.001]),
        "batch_size": dice.choice([32, 64, 128]),
        "seed": i,
        "optimizer": {"name": "adamw", "betas": [0.9, 0.999], "weight_decay": 0.01},
        "model": {"width": 128, "depth": dice.choice([2, 4, 8]), "activation": "gelu"},
        "data": {"path": "data/train", "workers": 4, "augment": True},
    }
    fold = MetricsFold()
    for step in range(5):
        fold.add({"_step": step, **{key: dice.random() for key in METRICS}})
    figures = {f"{key}.{unit}": dice.random() * 100 for key in HARDWARE for unit in UNITS}
    created_s = start_s + 60 * i
    return Run(
        name=f"run-{i:06d}",
        id=f"{dice.getrandbits(128):032x}",
        created_at=to_iso(created_s),
        status=dice.choice(["finished", "finished", "finished", "failed", "killed"]),
        finished_at=to_iso(created_s + 50),
        duration_s=50.0,
        command=("python", "train.py", f"--seed={i}"),
        author="Ada Lovelace <ada@example.org>",
        host="lab",
        tags=("baseline",) if i % 100 == 0 else (),
        git=GitFacts(base_commit=code, branch="main", code_tree=code),
        config=config,
        config_digest=digest(config),
        metrics=fold.summaries(),
        hardware=HardwareSummary(50, figures, figures, energy_wh=dice.random()),
    )


METRICS = ("train/loss", "val_loss", "val_acc", "lr", "epoch", "grad_norm")
HARDWARE = ("cpu", "memory", "gpu.0", "process", "disk")
UNITS = ("utilization_pct", "used_bytes", "power_w")


VERSIONS = 50  # of the code, over all runs


def code_of(i: int) -> bytes:
    """train.py as a run ran it."""
    return b"print('version %d')\n" % (i % VERSIONS)


def tree_of(code: bytes) -> str:
    """The tree that holds it as train.py."""
    blob = hashlib.sha1(b"blob %d\0%b" % (len(code), code)).digest()
    row = b"100644 train.py\0" + blob
    return hashlib.sha1(b"tree %d\0%b" % (len(row), row)).hexdigest()


def fast_import(count: int, start_s: float) -> Iterator[bytes]:
    """A stream for `git fast-import`: code, one commit for each run."""

    def data(content: bytes) -> bytes:
        return b"data %d\n%s\n" % (len(content), content)

    who = b"Ada Lovelace <ada@example.org> %d +0000\n" % int(start_s)
    yield b"commit refs/heads/main\nmark :1\ncommitter " + who + data(b"Code")
    yield b"M 100644 inline train.py\n" + data(code_of(0))
    rows = b"".join(
        b'{"_step":%d,"_time":%d,"val_loss":%f}\n' % (k, start_s + k, math.exp(-k / 50))
        for k in range(200)
    )
    for i in range(count):
        raw = json.dumps(a_run(i, tree_of(code_of(i)), start_s).to_json(), indent=2).encode()
        name = b"run-%06d" % i
        yield b"commit refs/experiments/" + name + b"\ncommitter " + who
        yield data(name + b": finished\n\nGitexp-Run: " + name + b"\n") + b"from :1\ndeleteall\n"
        for path, content in (
            (b"run.json", raw),
            (b"metrics.jsonl", rows),
            (b"environment.json", b'{"python": {"version": "3.11"}, "packages": {}}'),
            (b"output.log", b"done\n"),
            (b"code/train.py", code_of(i)),
        ):
            yield b"M 100644 inline " + path + b"\n" + data(content)


def make_repository(folder: Path, count: int, *, loose: bool) -> None:
    """A repository of `count` runs."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    importer = subprocess.Popen(
        ["git", "fast-import", "--quiet"], cwd=folder, stdin=subprocess.PIPE
    )
    assert importer.stdin is not None
    for piece in fast_import(count, time.time() - 60 * count):
        importer.stdin.write(piece)
    importer.stdin.close()
    assert importer.wait() == 0
    if not loose:
        subprocess.run(["git", "pack-refs", "--all"], cwd=folder, check=True)


class Time(NamedTuple):
    """One measurement."""

    wall_s: float
    cpu_s: float


def measured(command: list[str], folder: Path, input: bytes = b"") -> Time:
    """Run a command once."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, input=input)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Time(time.perf_counter() - start, cpu_s)


def measure(count: int, repeat: int, *, loose: bool) -> list[dict[str, object]]:
    """All commands on one repository."""
    gitexp = [sys.executable, "-m", "gitexp"]
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_repository(folder, count, loose=loose)
        index = folder / ".git" / "gitexp" / "index.sqlite"

        names = subprocess.check_output(
            ["git", "for-each-ref", "--format=%(objectname):run.json", "refs/experiments/"],
            cwd=folder,
        )

        def add(what: str, command: list[str], *, input: bytes = b"", anew: bool = False) -> None:
            times = []
            for _ in range(repeat):
                if anew:
                    index.unlink(missing_ok=True)
                times.append(measured(command, folder, input))
            rows.append(
                {
                    "runs": count,
                    "refs": "loose" if loose else "packed",
                    "what": what,
                    "best_s": min(time.wall_s for time in times),
                    "median_s": statistics.median(time.wall_s for time in times),
                    "cpu_s": min(time.cpu_s for time in times),
                    "budget_s": BUDGETS_S.get(what) if count == 10_000 else None,
                }
            )

        add("python -c pass", [sys.executable, "-c", "pass"])
        add("git for-each-ref", ["git", "for-each-ref", "refs/experiments/"])
        add("git cat-file --batch", ["git", "cat-file", "--batch", "--buffer"], input=names)
        add("ls, from scratch", [*gitexp, "ls"], anew=True)
        for what, arguments in COMMANDS.items():
            add(what, [*gitexp, *arguments])
    return rows


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--loose", action="store_true", help="only loose refs, not both")
    options = parser.parse_args()
    rows: list[dict[str, object]] = []
    heads = ("best", "median", "cpu", "budget")
    print(f"{'runs':>8}  {'refs':6}  {'what':20}", *(f"{head:>8}" for head in heads), sep="  ")
    for count in options.runs:
        for loose in (True,) if options.loose else (False, True):
            for row in measure(count, options.repeat, loose=loose):
                rows.append(row)
                budget = row["budget_s"]
                print(
                    f"{row['runs']:>8,}  {row['refs']:6}  {row['what']:20}  "
                    f"{row['best_s']:>7.3f}s  {row['median_s']:>7.3f}s  {row['cpu_s']:>7.3f}s  "
                    f"{f'{budget:.2f}s' if budget else '':>8}",
                    flush=True,
                )
    write_results("listing", {"cpus": os.cpu_count(), "repeat": options.repeat, "rows": rows})


if __name__ == "__main__":
    main()
