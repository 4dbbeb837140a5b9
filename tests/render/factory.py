"""Runs as people have them: made up, but with curves, logs and patches of a realistic shape."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from gitexp.schema.clock import from_iso
from gitexp.schema.diff import FileDelta
from gitexp.schema.metrics import MetricFold, MetricSummary, goal_of
from gitexp.schema.run import (
    CheckpointEntry,
    ErrorInfo,
    GitFacts,
    HardwareSummary,
    Lineage,
    Run,
    SkippedFile,
)
from gitexp.schema.series import Series
from gitexp.schema.tree import digest
from gitexp.schema.view import RunView

CREATED = "2026-01-31T09:12:44.310Z"
NAMES = (
    "quick-purple-dove", "calm-amber-otter", "bold-crimson-heron", "shy-jade-marmot",
    "vivid-teal-lynx", "brave-ochre-wren", "lucid-violet-hare", "mellow-coral-ibis",
)  # fmt: skip

PATCH = """\
diff --git a/train.py b/train.py
index 3b18e51..9daeafb 100644
--- a/train.py
+++ b/train.py
@@ -12,7 +12,9 @@ def main(argv=None):
     parser.add_argument("--lr", type=float, default=0.1)
     parser.add_argument("--epochs", type=int, default=20)
-    model = Autoencoder(hidden=32)
+    model = Autoencoder(hidden=64, dropout=0.1)
+    if torch.cuda.is_available():
+        model = model.cuda()
     optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)
diff --git a/notes/ideas.md b/notes/ideas.md
new file mode 100644
index 0000000..e69de29
--- /dev/null
+++ b/notes/ideas.md
@@ -0,0 +1,2 @@
+# Ideas
+Try a lower learning rate.
"""

OUTPUT = """\
\x1b[1mLoading digits\x1b[0m: 1797 images of 8x8
epoch  1/20  loss 0.0892  val_loss 0.0901  acc 0.412
epoch  2/20  loss 0.0611  val_loss 0.0624  acc 0.655
\x1b[33mwarning\x1b[0m: the last batch is smaller than the others
epoch 19/20  loss 0.0187  val_loss 0.0203  acc 0.947
epoch 20/20  loss 0.0184  val_loss 0.0201  acc 0.951
\x1b[32mdone\x1b[0m, best \x1b[1;38;5;208mval_loss 0.0201\x1b[0m
"""

ENVIRONMENT = {
    "python": {"version": "3.11.7", "implementation": "CPython", "executable": "/usr/bin/python3"},
    "os": {"name": "Linux", "distribution": "Debian GNU/Linux 12", "kernel": "6.1.0-18-amd64"},
    "cpu": {"model": "AMD EPYC 9354 32-Core Processor", "cores": 16, "threads": 32, "usable": 16},
    "memory": {"total_bytes": 137438953472},
    "gpus": [{"index": 0, "name": "NVIDIA H100 80GB HBM3", "memory_bytes": 85520809984}],
    "nvidia": {"driver": "550.54.15", "cuda": "12.4"},
    "host": "lab-02",
    "variables": {"CUDA_VISIBLE_DEVICES": "0", "OMP_NUM_THREADS": "8"},
    "packages": {"numpy": "1.26.4", "scikit-learn": "1.5.2", "torch": "2.4.1+cu124"},
}


def curve(
    function: Callable[[int], float],
    n: int,
    *,
    every: int = 1,
    start_s: float | None = None,
    pace_s: float = 0.36,
) -> Series:
    """A series of n points, `every` steps apart."""
    start_s = from_iso(CREATED) if start_s is None else start_s
    steps = range(0, n * every, every)
    return Series(
        array("q", steps),
        array("d", (start_s + step * pace_s for step in steps)),
        array("d", map(function, steps)),
    )


def with_series(run: Run, series: dict[str, Series]) -> Run:
    """The run with the summaries of its series."""
    metrics = {}
    for key, points in series.items():
        fold = MetricFold()
        for step, value in zip(points.steps, points.values, strict=True):
            fold.add(step, value)
        metrics[key] = fold.summary(goal_of(key))
    return run.but(metrics=metrics)


def training_series(seed: int, lr: float, n: int = 2000) -> dict[str, Series]:
    """Loss and accuracy on training and validation data, and the learning rate."""
    noise = random.Random(seed)
    speed = 900 / (1 + 8 * lr)
    floor = 0.018 + 0.01 * abs(math.log10(lr) + 1.6)

    def loss(step: int) -> float:
        return floor + 0.08 * math.exp(-step / speed) * (1 + noise.gauss(0, 0.06))

    return {
        "train/loss": curve(loss, n),
        "val/loss": curve(lambda s: loss(s) * 1.08 + 0.001, n // 100, every=100),
        "train/acc": curve(lambda s: 0.98 - 0.6 * math.exp(-s / speed) + noise.gauss(0, 0.01), n),
        "val/acc": curve(lambda s: 0.955 - 0.6 * math.exp(-s / speed), n // 100, every=100),
        "lr": curve(lambda s: lr * 0.5 * (1 + math.cos(math.pi * s / n)), n // 10, every=10),
    }


def hardware_series(seed: int, seconds: int = 720) -> dict[str, Series]:
    """One sample a second, as the sampler names them."""
    noise = random.Random(seed)
    shapes: dict[str, Callable[[int], float]] = {
        "cpu.utilization_pct": lambda s: 38 + 6 * math.sin(s / 40) + noise.gauss(0, 3),
        "memory.used_pct": lambda s: 41 + s / 200,
        "gpu.0.utilization_pct": lambda s: 0 if s < 12 else 88 + noise.gauss(0, 4),
        "gpu.0.memory_used_pct": lambda s: 3 if s < 12 else 61,
        "gpu.0.power_w": lambda s: 82 if s < 12 else 465 + noise.gauss(0, 14),
    }
    return {key: curve(shape, seconds, pace_s=1.0) for key, shape in shapes.items()}


def training_run(name: str = NAMES[0], *, lr: float = 0.01, seed: int = 1) -> Run:
    """The facts of a finished training, its metrics aside."""
    config = {
        "lr": lr,
        "epochs": 20,
        "seed": seed,
        "optimizer": {"name": "sgd", "momentum": 0.9, "betas": [0.9, 0.999]},
        "data": {"name": "digits", "noise": 0.3, "augment": None},
        "amp": False,
    }
    return Run(
        name=name,
        id=f"{seed:016x}",
        created_at=CREATED,
        status="finished",
        finished_at="2026-01-31T09:24:47.310Z",
        duration_s=723.0 + 11 * seed,
        command=("python", "train.py", "--lr", str(lr), "--epochs", "20"),
        author="Ada Lovelace <ada@example.org>",
        host="lab-02",
        group="learning-rates",
        tags=("autoencoder", "baseline") if seed == 1 else ("autoencoder",),
        notes="The classic lab: which learning rate?" if seed == 1 else "",
        git=GitFacts(
            base_commit="8070a41c9d2f6b1e0c7a5d4e3f2b1a0918273645",
            branch="main",
            dirty=True,
            code_tree="4b825dc642cb6eb9a060e54bf8d69288fbee4904",
            skipped=(SkippedFile("data/raw.bin", 73_400_320, "too large"),),
        ),
        config=config,
        config_digest=digest(config),
        summary={"params": 84_352},
        hardware=HardwareSummary(
            samples=720,
            mean={
                "cpu.utilization_pct": 38.2,
                "gpu.0.utilization_pct": 86.9,
                "gpu.0.power_w": 458.6,
            },
            peak={
                "cpu.utilization_pct": 52.1,
                "gpu.0.utilization_pct": 99.0,
                "gpu.0.power_w": 511.0,
            },
            energy_wh=92.1 + seed,
            energy_source="nvml counter + rapl",
            co2_g=43.7 + seed / 2,
            cost=0.027 + seed / 1000,
            currency="EUR",
        ),
        checkpoints=(
            CheckpointEntry("epoch-10", 1000, 340_112, 12, {"val/loss": 0.0312}, CREATED),
            CheckpointEntry("best", 1900, 340_112, 12, {"val/loss": 0.0201}, CREATED),
        ),
        exit_code=0,
    )


def training(name: str = NAMES[0], *, lr: float = 0.01, seed: int = 1, n: int = 2000) -> RunView:
    """A finished training with all its files."""
    series = training_series(seed, lr, n)
    return RunView(
        run=with_series(training_run(name, lr=lr, seed=seed), series),
        oid=f"{seed:040x}",
        series=series,
        hardware=hardware_series(seed),
        output=OUTPUT,
        output_lines=1240,
        environment=ENVIRONMENT,
        code_changes=(
            FileDelta("train.py", "M", 3, 1),
            FileDelta("notes/ideas.md", "A", 2, 0),
            FileDelta("figures/curve.png", "A", None, None),
        ),
        code_patch=PATCH,
        files={
            "README.md": 4_211, "run.json": 6_020, "config.yaml": 310, "metrics.jsonl": 188_000,
            "hardware.jsonl": 96_000, "output.log": 61_004,
            "checkpoints/best/model.safetensors": 340_112,
        },
    )  # fmt: skip


def three_learning_rates() -> list[RunView]:
    """The demo's comparison."""
    return [
        training(name, lr=lr, seed=seed)
        for seed, (name, lr) in enumerate(zip(NAMES, (0.1, 0.01, 0.001), strict=False), 1)
    ]


def failed() -> RunView:
    """A training that ran out of memory after a few steps."""
    series = {key: points.take(range(12)) for key, points in training_series(5, 0.1).items()}
    error = ErrorInfo(
        "torch.cuda.OutOfMemoryError",
        "CUDA out of memory. Tried to allocate 2.00 GiB",
        'Traceback (most recent call last):\n  File "train.py", line 31, in <module>\n'
        "    main()\ntorch.cuda.OutOfMemoryError: CUDA out of memory\n",
    )
    run = training_run(NAMES[2], lr=0.1, seed=5).but(
        status="failed", exit_code=1, duration_s=9.4, error=error, checkpoints=(), notes="",
        lineage=Lineage(resumed_from=NAMES[0], sweep="lr-sweep", trial=3),
    )  # fmt: skip
    return RunView(with_series(run, series), "5" * 40, series, output="Traceback …\n")


def running() -> RunView:
    """A training under way that is not in git yet."""
    series = {key: points.take(range(5)) for key, points in training_series(6, 0.01).items()}
    run = training_run(NAMES[3], seed=6).but(
        status="running", finished_at=None, duration_s=None, exit_code=None, checkpoints=(),
        hardware=HardwareSummary(),
    )  # fmt: skip
    return RunView(with_series(run, series), None, series)


def killed() -> RunView:
    """A run that was shot, with nothing but a log."""
    run = Run(
        NAMES[4], "d" * 16, CREATED, "killed", duration_s=61.0, signal="SIGKILL",
        command=("sh", "train.sh"),
    )  # fmt: skip
    return RunView(run, "d" * 40, output="step 1\nstep 2\n", output_lines=2)


def bare() -> RunView:
    """A shell script that only prints: no config, no metrics, no commit below it."""
    run = Run(NAMES[5], "e" * 16, CREATED, "finished", duration_s=0.31, command=("./hello.sh",))
    return RunView(run, "e" * 40)


def sixty() -> list[RunView]:
    """A sweep."""
    rates = [10 ** -(1 + 2 * k / 60) for k in range(60)]
    return [
        training(f"trial-{k:02d}-{NAMES[k % 8]}", lr=round(lr, 5), seed=k, n=400)
        for k, lr in enumerate(rates)
    ]


EVIL = (
    "</script><script>alert(1)</script>",
    "]]><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)' \"",
    "javascript:alert(1)",
    "`| @octocat #1 \\",
    "a\x1b[31mb\x00c\u202ed\ud800e",
    "{{ 7 * 7 }}{% raw %}",
    "</style></title></textarea>--><svg onload=alert(1)>",
    "line\nbreak\r\ttab",
    "```\n# heading\n</details>",
)


def hostile(texts: Sequence[str] = EVIL) -> RunView:
    """Every text of a run replaced by something that would like to be more than text."""
    pick = iter(range(10**6))

    def evil() -> str:
        return texts[next(pick) % len(texts)]

    series = {evil() + str(n): curve(math.sin, 30) for n in range(len(texts))}
    run = Run(
        name=evil(), id=evil(), created_at=evil(), status=evil(), command=(evil(), evil()),
        cwd=evil(), author=evil(), host=evil(), group=evil(), job_type=evil(), notes=evil(),
        tags=tuple(texts),
        git=GitFacts(evil(), evil(), True, evil(), (SkippedFile(evil(), 1, evil()),)),
        config={text: {other: text for other in texts} for text in texts},
        summary={text: text for text in texts},
        hardware=HardwareSummary(
            1, {f"gpu.0.{evil()}_pct": 1.0}, {evil(): 2.0}, 1.0, evil(), 1.0, 1.0, evil()
        ),
        checkpoints=tuple(CheckpointEntry(t, 1, 2, 3, {t: 1.0}, t) for t in texts),
        signal=evil(), error=ErrorInfo(evil(), evil(), evil()), warnings=tuple(texts),
        lineage=Lineage(evil(), evil(), evil(), evil(), 3),
    )  # fmt: skip
    patch = "".join(f"+{text}\n-{text}\n" for text in texts)
    return RunView(
        with_series(run, series),
        evil(),
        series,
        {f"{text}.utilization_pct": curve(math.cos, 9) for text in texts},
        "\n".join(texts),
        3,
        {text: {other: [text] for other in texts} for text in texts},
        tuple(FileDelta(text, text, 1, 2, text) for text in texts),
        patch,
        dict.fromkeys(texts, 1),
        {"class": evil(), "children": [{"name": t, "class": t} for t in texts]},
        tuple({"rule": t, "severity": t, "where": t, "evidence": {t: t}, "try": t} for t in texts),
    )


def broken() -> RunView:
    """Fields of the wrong types throughout, as no reader should let them through."""
    anything: Any = {"a": 1}
    run = training_run().but(
        duration_s="long", created_at="yesterday", tags=[1, None, anything], command=[1, None],
        notes=anything, author=5, summary={"a": [1]}, exit_code="x", status="unheard-of",
        metrics={"loss": MetricSummary(3, math.nan, 1, goal="sideways", min_step="q")},
        checkpoints=(CheckpointEntry(1, "a", "b", None, {"x": None}),),
        hardware=HardwareSummary(1, {"cpu.utilization_pct": "x"}, {}, "x", 5, [], anything, 1),
        warnings=(3,), error=ErrorInfo(1, None, 3),
    )  # fmt: skip
    return RunView(
        run,
        series={"loss": Series()},
        environment={"packages": [1, 2], "python": None, "gpus": 3},
        model={"class": 1, "children": {"a": 3}},
        findings=({"rule": 1}, {}),
    )
