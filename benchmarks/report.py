"""`gitexp report` about many runs: time to make it, its size, time until it is interactive.

The first report is made without an index and without kept curves ("cold"), the next ones with
them. Beside it stand the floors: a bare `python -c pass`, `git cat-file --batch` of the runs'
metrics, and Chromium opening an HTML file of the same size that holds nothing but text. A page is
interactive when the runs are listed and can be searched.

    python benchmarks/report.py [--runs 1000] [--steps 10000] [--repeat 3] [--keep DIR]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from _results import write_results
from listing import Time, a_run, measured

from gitexp.schema.metrics import MetricFold, goal_of
from gitexp.schema.names import PART_BYTES, part_name

METRICS = ("train/loss", "val/loss", "train/acc", "val/acc", "lr")
BUDGETS = {"gitexp report, warm": 3.0, "interactive": 1.0}  # seconds, of 1,000 runs
BUDGET_BYTES = 15_000_000
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def columns(i: int, steps: int) -> list[np.ndarray]:
    """The metrics of run i: (steps,) each, with the noise that trainings have."""
    dice = np.random.default_rng(i)
    at = np.arange(steps)
    base = np.exp(-at / (steps / (2 + 6 * dice.random())))
    return [
        0.05 + base * (1 + 0.1 * dice.normal(size=steps)),
        0.06 + base * (1 + 0.02 * dice.normal(size=steps)),
        0.98 - 0.6 * base + 0.01 * dice.normal(size=steps),
        0.95 - 0.6 * base + 0.005 * dice.normal(size=steps),
        0.05 * (1 + np.cos(at / steps * np.pi)),
    ]


def fast_import(runs: int, steps: int, start_s: float) -> Iterator[bytes]:
    """A stream for `git fast-import`: code, one commit for each run."""

    def data(content: bytes) -> bytes:
        return b"data %d\n%s\n" % (len(content), content)

    who = b"Ada Lovelace <ada@example.org> %d +0000\n" % int(start_s)
    yield b"commit refs/heads/main\nmark :1\ncommitter " + who + data(b"Code")
    yield b"M 100644 inline train.py\n" + data(b"print('hello')\n")
    packages = {f"package-{n}": "1.2.3" for n in range(120)}
    environment = json.dumps({"python": {"version": "3.11"}, "packages": packages}).encode()
    row = '{"_step":%d,"_time":%.6f,' + ",".join(f'"{key}":%.17g' for key in METRICS) + "}\n"
    form = row.encode()
    for i in range(runs):
        values = columns(i, steps)
        dice = np.random.default_rng(i)
        times = start_s + 60 * i + np.cumsum(0.01 + 0.002 * dice.random(steps))
        rows = zip(range(steps), times.tolist(), *(v.tolist() for v in values), strict=True)
        lines = b"".join(form % row for row in rows)
        hardware = b"".join(
            b'{"_time":%.3f,"cpu.utilization_pct":%d,"gpu.0.power_w":%d}\n'
            % (start_s + 60 * i + k, 50 + k % 7, 400 + k % 31)
            for k in range(120)
        )
        metrics = {}
        for key, column in zip(METRICS, values, strict=True):
            fold = MetricFold()
            for step in (0, int(column.argmin()), int(column.argmax()), steps - 1):
                fold.add(step, float(column[step]))
            fold.count = steps
            metrics[key] = fold.summary(goal_of(key))
        run = dataclasses.replace(a_run(i, "0" * 40, start_s), metrics=metrics)
        name = run.name.encode()
        yield b"commit refs/experiments/" + name + b"\ncommitter " + who
        trailers = b"\n\nGitexp-Run: %s\nGitexp-Id: %s\n" % (name, run.id.encode())
        yield data(name + b": finished" + trailers) + b"from :1\ndeleteall\n"
        files = {
            "run.json": json.dumps(run.to_json(), indent=2).encode(),
            "environment.json": environment,
            "hardware.jsonl": hardware,
            "output.log": b"".join(b"step %d\n" % k for k in range(400)),
            "code/train.py": b"print('hello')\n",
            **dict(parts("metrics.jsonl", lines)),
        }
        for path, content in files.items():
            yield b"M 100644 inline " + path.encode() + b"\n" + data(content)


def parts(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A growing file as gitexp commits it: in parts of whole lines."""
    number = start = 0
    while start < len(content):
        end = start + PART_BYTES
        end = len(content) if end >= len(content) else content.rindex(b"\n", start, end) + 1
        number += 1
        yield part_name(name, number), content[start:end]
        start = end


def make_repository(folder: Path, runs: int, steps: int) -> None:
    """A repository of such runs."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    command = ["git", "-c", "core.compression=1", "fast-import", "--quiet"]
    importer = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE)
    assert importer.stdin is not None
    for piece in fast_import(runs, steps, time.time() - 60 * runs):
        importer.stdin.write(piece)
    importer.stdin.close()
    assert importer.wait() == 0
    subprocess.run(["git", "pack-refs", "--all"], cwd=folder, check=True)


def interactive(page: Path, ready: str, repeat: int) -> list[float]:
    """Seconds from opening a file until an element of it is there, in Chromium."""
    from playwright.sync_api import sync_playwright

    browser_path = next(filter(None, map(shutil.which, CHROMIUM)), CHROMIUM[0])
    times = []
    with sync_playwright() as playwright:
        for _ in range(repeat):
            browser = playwright.chromium.launch(
                executable_path=browser_path, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            tab = browser.new_page(viewport={"width": 1440, "height": 900})
            start = time.perf_counter()
            tab.goto(page.as_uri(), wait_until="commit")
            tab.wait_for_selector(ready, timeout=120_000)
            times.append(time.perf_counter() - start)
            browser.close()
    return times


def measure(runs: int, steps: int, repeat: int, folder: Path) -> list[dict[str, object]]:
    """All figures of one repository."""
    rows: list[dict[str, object]] = []

    def add(what: str, times: list[float], cpu_s: float | None = None) -> None:
        row = {"what": what, "runs": runs, "steps": steps, "cpu_s": cpu_s}
        row |= {"best_s": min(times), "median_s": statistics.median(times)}
        rows.append({**row, "budget_s": BUDGETS.get(what) if runs == 1_000 else None})

    def run(what: str, command: list[str], times: int, input: bytes = b"") -> None:
        taken: list[Time] = [measured(command, folder, input) for _ in range(times)]
        add(what, [t.wall_s for t in taken], min(t.cpu_s for t in taken))

    listed = subprocess.check_output(
        ["git", "for-each-ref", "--format=%(objectname):metrics.jsonl", "refs/experiments/"],
        cwd=folder,
    )
    page = folder / "report.html"
    command = [sys.executable, "-m", "gitexp", "report", "-n", "0", "-o", str(page)]
    run("python -c pass", [sys.executable, "-c", "pass"], repeat)
    run("git cat-file --batch", ["git", "cat-file", "--batch", "--buffer"], 1, listed)
    shutil.rmtree(folder / ".git" / "gitexp", ignore_errors=True)
    run("gitexp report, cold", command, 1)
    run("gitexp report, warm", command, repeat)
    size = page.stat().st_size
    text = folder / "text.html"
    text.write_text(f"<!DOCTYPE html><script type=x>{'x' * size}</script><p class=end>end")
    add("Chromium, as much text", interactive(text, "p.end", repeat))
    if b'id="gitexp-page"' in page.read_bytes():
        add("interactive", interactive(page, ".gx-table .gx-name a", repeat))
        add("first curves drawn", interactive(page, ".uplot canvas", repeat))
    rows.append({"what": "bytes", "runs": runs, "steps": steps, "bytes": size})
    return rows


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="a repository to make there, or to use again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.keep or Path(name) / "lab"
        if not folder.exists():
            make_repository(folder, options.runs, options.steps)
        rows = measure(options.runs, options.steps, options.repeat, folder)
    print(f"{'what':26}  {'best':>8}  {'median':>8}  {'cpu':>8}  {'budget':>8}")
    for row in rows:
        if "bytes" in row:
            print(f"{'size':26}  {row['bytes'] / 1e6:>7.1f}M{'':22}{BUDGET_BYTES / 1e6:>7.0f}M")
            continue
        cpu_s, budget_s = row["cpu_s"], row["budget_s"]
        print(
            f"{row['what']:26}  {row['best_s']:>7.2f}s  {row['median_s']:>7.2f}s  "
            f"{f'{cpu_s:.2f}s' if cpu_s is not None else '':>8}  "
            f"{f'{budget_s:.1f}s' if budget_s else '':>8}"
        )
    write_results("report", {"cpus": os.cpu_count(), "repeat": options.repeat, "rows": rows})


if __name__ == "__main__":
    main()
