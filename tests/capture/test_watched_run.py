"""A watched training from the first line to git."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from support.cli import gitexp
from support.git import fsck, git

TRAINING = """
import torch, gitexp
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
gitexp.watch(model, log="all", log_freq=10)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(30):
    x = torch.randn(16, 4)
    loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    gitexp.log({"loss": loss})
"""


def test_histograms_and_structure_are_in_git(repo: Path) -> None:
    (repo / "train.py").write_text(TRAINING)
    done = gitexp("record", "-n", "seen", sys.executable, "train.py", cwd=repo)
    assert b"gitexp: recording seen" in done.stderr
    content = gitexp("show", "seen", "histograms.jsonl", cwd=repo).stdout.decode()
    lines = [json.loads(line) for line in content.splitlines()]
    kinds = Counter(line["kind"] for line in lines)
    # Three sampled updates of four parameters and three modules.
    assert kinds == {"gradient": 3 * 4, "parameter": 3 * 4, "activation": 3 * 3}
    assert {line["_step"] for line in lines} == {0, 10, 20}
    model = json.loads(git(repo, "show", "refs/experiments/seen:model.json"))
    assert model["outputs"] == [[16, 1]]
    readme = git(repo, "show", "refs/experiments/seen:README.md")
    assert 'm0["Sequential → 1, 49 parameters"]' in readme
    # A note is a commit of its own, and writes README.md anew from what is in git.
    gitexp("note", "seen", "looks good", cwd=repo)
    noted = git(repo, "show", "refs/experiments/seen:README.md")
    assert "looks good" in noted
    assert 'm0["Sequential → 1, 49 parameters"]' in noted
    fsck(repo)


def test_findings_are_in_git_and_shown(repo: Path) -> None:
    dead = "with torch.no_grad(): model[0].bias[:4] = -50\noptimizer = "
    (repo / "train.py").write_text(TRAINING.replace("optimizer = ", dead, 1).replace("30", "60"))
    gitexp("record", "-n", "ill", sys.executable, "train.py", cwd=repo)
    (finding,) = json.loads(git(repo, "show", "refs/experiments/ill:diagnostics.json"))
    assert finding["rule"] == "dead-units"
    assert "4 of 8 units of 0.weight" in finding["what"]
    assert "dead-units  0.weight" in gitexp("show", "ill", cwd=repo).stdout.decode()
    gitexp("note", "ill", "too low biases", cwd=repo)
    readme = git(repo, "show", "refs/experiments/ill:README.md")
    assert "**dead-units**" in readme
