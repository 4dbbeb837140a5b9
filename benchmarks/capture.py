"""What capturing costs a script: at its start, and for each step, beside the same without."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from _results import write_results

from gitexp.capture.handover import handover
from gitexp.capture.selection import CAPTURES

ROUNDS = 7
BUDGET_MS = 40
BUDGET_SHARE = 0.01
STARTS = {
    "nothing": "pass\n",
    "argparse": (
        "import argparse\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--lr', default=0.1)\nparser.parse_args()\n"
    ),
    "numpy": "import numpy, argparse\nargparse.ArgumentParser().parse_args()\n",
    "torch": "import torch, argparse\nargparse.ArgumentParser().parse_args()\n",
}
# A training on a CPU with small tensors: what a step costs is small, so that our part is large.
STEPS = """
import json, sys, time
import torch
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm
torch.manual_seed(0); torch.set_num_threads(1)
model = torch.nn.Sequential(torch.nn.Linear(256, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10))
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
data, target = torch.randn(256, 256), torch.randint(0, 10, (256,))
writer = SummaryWriter(sys.argv[1])
bar = tqdm(range(400), disable=True)
times = []
for step in bar:
    start = time.process_time()
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(data), target)
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        writer.add_scalar("loss", loss.item(), step)
        bar.set_postfix(loss=loss.item())
    times.append(time.process_time() - start)
print(json.dumps([sum(times[100:]) / 300, loss.item()]))
"""


def main() -> None:
    """Print both tables, the runs with and without in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "journal").mkdir()
        bare = dict(os.environ)
        captured = {
            **bare,
            **handover(["python", "script.py"], CAPTURES),
            "GITEXP_JOURNAL": str(folder / "journal"),
        }
        starts = {kind: _start(folder, kind, (bare, captured)) for kind in STARTS}
        steps = _steps(folder, (bare, captured))
    print(f"{'CPU time of a start':<28} {'bare':>9} {'captured':>9}   (budget +{BUDGET_MS} ms)")
    for kind, (least, ours) in starts.items():
        print(f"{kind:<28} {least:6.1f} ms {ours:6.1f} ms   +{ours - least:.1f} ms")
    without, ours = steps
    share = ours / without - 1
    print(f"\n{'CPU time of a step':<28} {1e6 * without:6.0f} µs {1e6 * ours:6.0f} µs   "
          f"{share:+.2%} (budget {BUDGET_SHARE:.0%})")  # fmt: skip
    write_results("capture", {"start_ms": starts, "step_s": steps})


def _start(folder: Path, kind: str, environments: Sequence[Mapping[str, str]]) -> list[float]:
    """The least CPU time of each environment."""
    script = folder / f"start_{kind}.py"
    script.write_text(STARTS[kind])
    times: list[list[float]] = [[] for _ in environments]
    for _ in range(ROUNDS):
        for found, environment in zip(times, environments, strict=True):
            found.append(_cpu_ms([sys.executable, str(script)], environment))
    return [min(found) for found in times]


def _steps(folder: Path, environments: Sequence[Mapping[str, str]]) -> list[float]:
    """The median over all rounds of a step's mean CPU time, and a check that both did the same."""
    script = folder / "steps.py"
    script.write_text(STEPS)
    times: list[list[float]] = [[] for _ in environments]
    losses = set()
    for _ in range(5):
        for found, environment in zip(times, environments, strict=True):
            command = [sys.executable, "-W", "ignore", str(script), str(folder / "runs")]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
            mean, loss = json.loads(done.stdout.splitlines()[-1])
            found.append(mean)
            losses.add(loss)
    assert len(losses) == 1, f"capturing changed what the script computes: {losses}"
    return [statistics.median(found) for found in times]


def _cpu_ms(command: Sequence[str], environment: Mapping[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=dict(environment), stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


if __name__ == "__main__":
    main()
