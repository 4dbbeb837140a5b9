"""torchrun with two ranks: one run, rank 0's metrics, the hardware of both processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from support.cli import gitexp, runs_of
from support.git import git

TRAINING = """
import os, sys, time
import torch
import torch.distributed as dist
import gitexp
from torch.nn.parallel import DistributedDataParallel

dist.init_process_group("gloo")
rank = dist.get_rank()
torch.manual_seed(rank)  # each rank has other data
model = DistributedDataParallel(torch.nn.Linear(4, 1))
gitexp.init(config={"world": dist.get_world_size()})
gitexp.watch(model, log_freq=1)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
ballast = torch.ones(30_000_000)
for step in range(5):
    x = torch.randn(8, 4)
    loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    if rank == 0 and step == 0:
        print("norm", float(model.module.weight.grad.norm()))
    optimizer.step()
    gitexp.log({"loss": loss, "rank": rank})
    time.sleep(0.3)
dist.barrier()
gitexp.finish()
dist.destroy_process_group()
"""


def test_two_ranks_are_one_run(repo: Path) -> None:
    (repo / "train.py").write_text(TRAINING)
    gitexp(
        "record", "-n", "two", "--interval", "0.2", sys.executable, "-m", "torch.distributed.run",
        "--nproc-per-node", "2", "--master-port", str(20_000 + os.getpid() % 20_000), "train.py",
        cwd=repo, env={"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    (run,) = runs_of(repo)
    assert run["status"] == "finished"
    assert run["config"]["world"] == 2
    assert run["metrics"]["rank"]["max"] == 0
    assert run["metrics"]["loss"]["count"] == 5
    # The launcher, two ranks, each with 115 MiB of ballast.
    assert run["hardware"]["peak"]["process.count"] >= 3
    content = git(repo, "show", "refs/experiments/two:histograms.jsonl")
    lines = [json.loads(line) for line in content.splitlines()]
    weights = [line for line in lines if line["name"] == "weight"]
    assert [line["_update"] for line in weights] == [0, 1, 2, 3, 4]
    # What is watched is the mean over the ranks.
    said = git(repo, "show", "refs/experiments/two:output.log")
    norm = next(line for line in said.splitlines() if "norm " in line)
    assert abs(weights[0]["norm"] - float(norm.split("norm ")[1])) < 1e-3


def test_a_bare_torchrun_is_one_run(repo: Path) -> None:
    (repo / "train.py").write_text(TRAINING)
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port",
         str(20_001 + os.getpid() % 20_000), "train.py"],
        cwd=repo, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (run,) = runs_of(repo)
    assert run["metrics"]["rank"]["max"] == 0
    assert run["metrics"]["loss"]["count"] == 5


def test_every_rank_is_kept_apart_where_that_is_wanted(repo: Path) -> None:
    saves = "gitexp.save_checkpoint({'rank': torch.tensor(rank)}, label='end')\ndist.barrier()"
    (repo / "train.py").write_text(TRAINING.replace("dist.barrier()", saves))
    gitexp(
        "record", "-n", "two", sys.executable, "-m", "torch.distributed.run",
        "--nproc-per-node", "2", "--master-port", str(20_002 + os.getpid() % 20_000), "train.py",
        cwd=repo, env={"OMP_NUM_THREADS": "1", "GITEXP_RANKS": "all"},
    )  # fmt: skip
    (run,) = runs_of(repo)
    assert run["status"] == "finished"
    assert {"loss", "rank", "rank1/loss", "rank1/rank"} <= set(run["metrics"])
    for prefix, rank in (("", 0), ("rank1/", 1)):
        assert run["metrics"][f"{prefix}loss"]["count"] == 5
        assert run["metrics"][f"{prefix}loss"]["last_step"] == 4
        assert run["metrics"][f"{prefix}rank"]["min"] == rank
        assert run["metrics"][f"{prefix}rank"]["max"] == rank
    assert sorted(entry["label"] for entry in run["checkpoints"]) == ["end", "rank1-end"]
    content = git(repo, "show", "refs/experiments/two:histograms.jsonl")
    lines = [json.loads(line) for line in content.splitlines()]
    assert [line["_update"] for line in lines if line["name"] == "weight"] == [0, 1, 2, 3, 4]
