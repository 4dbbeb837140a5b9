"""README's performance table, made from the JSON of the last benchmarks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _results import read_results

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- performance: made by benchmarks/_table.py -->", "<!-- end of performance -->"

Row = tuple[str, str, str]  # what, measured, budget


def log_rows(data: dict[str, Any]) -> list[Row]:
    """One call of log(), and what a SIGKILL costs."""
    calls = data["calls"]
    others = [
        f"{name} {call['median_us']:.0f} µs"
        for name, call in calls.items()
        if name not in ("floor", "gitexp")
    ]
    ours = f"{calls['gitexp']['median_us']:.1f} µs, {calls['gitexp']['ratio']:.2f} times the floor"
    beside = f" (beside it: {', '.join(others)})" if others else ""
    return [
        ("`log()` of two scalars, against encoding + one write", ours + beside, "1.6 times"),
        ("numbers lost at SIGKILL after 10,000 calls", str(data["lost_at_sigkill"]), "0"),
    ]


def record_rows(data: dict[str, Any]) -> list[Row]:
    """What recording adds to a command and to a script."""
    _, init, finish = data["phases_s"]["gitexp"]
    return [
        ("`gitexp record` around a command", f"{data['record']['median_s']:.2f} s", "0.35 s"),
        ("meanwhile, of one core", f"{data['meanwhile_pct']:.1f} %", "1 %"),
        ("`init()` returns", f"{1000 * init:.0f} ms", "60 ms"),
        ("`finish()`, the run is in git", f"{finish:.2f} s", "0.4 s"),
        ("`recover` a crashed run of 100,000 rows", f"{data['recover_s']:.2f} s", "none"),
    ]


def checkpoint_rows(data: dict[str, Any]) -> list[Row]:
    """Checkpoints of 400 MB."""
    seconds = {row["what"]: row["median_s"] for row in data["rows"]}
    first, plain = seconds["gitexp, the first"], seconds["git add + commit"]
    stored = data["stored_bytes"] / data["unique_bytes"]
    wait = seconds["spool_state (the training's wait)"] / seconds["safetensors.torch.save_file"]
    return [
        (
            f"a checkpoint of {data['bytes'] / 1e6:.0f} MB into git",
            f"{first:.2f} s; `cp` {seconds['cp']:.2f} s, `git add` + commit {plain:.1f} s",
            f"{plain / 12:.1f} s",
        ),
        (
            "the next one, 10 % of it changed",
            f"{seconds['gitexp, 10 % changed'] / first:.2f} of the first",
            "0.6",
        ),
        ("stored for three such", f"{stored:.3f} times the unique bytes", "1.02 times"),
        ("the training waits, against `save_file`", f"{wait:.2f} times", "1.3 times"),
        (
            "memory of the writer over bare Python",
            f"{data['memory_above_interpreter_mib']:.0f} MiB",
            "150 MiB",
        ),
    ]


def listing_rows(data: dict[str, Any]) -> list[Row]:
    """Looking at 10,000 runs."""
    packed = {
        row["what"]: row
        for row in data["rows"]
        if row["runs"] == 10_000 and row["refs"] == "packed"
    }
    named = {
        "ls": "`gitexp ls` of 10,000 runs",
        "ls, from scratch": "the same without an index",
        "ls --where --sort": "`ls --where … --sort …` of 10,000 runs",
        "show": "`show` one of them",
        "diff A B": "`diff` two of them",
    }
    return [
        (
            label,
            f"{packed[what]['median_s']:.2f} s",
            f"{packed[what]['budget_s']} s" if packed[what]["budget_s"] else "none",
        )
        for what, label in named.items()
        if what in packed
    ]


SOURCES: dict[str, Callable[[dict[str, Any]], list[Row]]] = {
    "log_call": log_rows,
    "record": record_rows,
    "checkpoints": checkpoint_rows,
    "listing": listing_rows,
}


def main() -> None:
    """Replace the table between the markers in README.md."""
    lines = ["| what (medians) | measured | budget |", "| --- | --- | --- |"]
    for name, rows in SOURCES.items():
        data = read_results(name)
        if data is None:
            raise SystemExit(f"benchmarks/{name}.py has not been run here: make bench")
        lines += [f"| {' | '.join(row)} |" for row in rows(data)]
    table = "\n".join([BEGIN, "", *lines, "", END])
    text = README.read_text("utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"README.md has no {BEGIN}")
    README.write_text(pattern.sub(lambda _: table, text), "utf-8")


if __name__ == "__main__":
    main()
