"""The examples are real trainings, and each is recorded as what it is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.git import fsck, git

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
GITEXP = Path(sys.executable).with_name("gitexp")


@pytest.fixture
def lab(repo: Path) -> Path:
    """A repository that holds the examples' scripts."""
    for script in [*EXAMPLES.glob("*/*.py"), *EXAMPLES.glob("*/*.sh")]:
        shutil.copy(script, repo / f"{script.parent.name}{script.suffix}")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "Examples")
    return repo


def only_run(top: Path, *command: str) -> dict[str, Any]:
    """run.json of the one run that a command made."""
    subprocess.run(command, cwd=top, check=True, stdin=subprocess.DEVNULL)
    (name,) = git(top, "for-each-ref", "--format=%(refname)", "refs/experiments/").splitlines()
    assert git(top, "status", "--porcelain") == ""
    fsck(top)
    found = json.loads(git(top, "show", f"{name}:run.json"))
    assert found["status"] == "finished"
    assert isinstance(found, dict)
    return found


def files(top: Path, run: dict[str, Any]) -> set[str]:
    listed = git(top, "ls-tree", "-r", "--name-only", f"refs/experiments/{run['name']}")
    return set(listed.splitlines())


def test_autoencoder(lab: Path) -> None:
    arguments = ("--lr", "0.01", "--epochs", "2", "--hidden", "4")
    run = only_run(lab, str(GITEXP), "record", sys.executable, "autoencoder.py", *arguments)
    assert run["config"]["lr"] == 0.01
    assert run["config"]["batch_size"] == 32
    assert run["metrics"]["loss"]["count"] == 90
    losses = run["metrics"]["val_loss"]
    assert losses["goal"] == "lower"
    assert losses["last"] == losses["min"] < losses["max"]
    first, second = run["checkpoints"]
    assert (first["label"], second["label"]) == ("epoch-01", "epoch-02")
    assert second["metrics"] == {"val_loss": losses["last"]}
    assert {"hardware.jsonl", "output.log", "environment.json"} <= files(lab, run)


def test_an_autoencoders_checkpoint_continues_where_it_was(lab: Path) -> None:
    import torch

    import gitexp

    arguments = ("--epochs", "1", "--hidden", "4")
    run = only_run(lab, str(GITEXP), "record", sys.executable, "autoencoder.py", *arguments)
    state = gitexp.load_checkpoint(run["name"])
    assert set(state) == {"model", "optimizer"}
    assert state["model"]["0.weight"].shape == (4, 1, 3, 3)
    assert state["optimizer"]["state"][0]["step"] == torch.tensor(45.0)


def test_the_same_seed_gives_the_same_losses(lab: Path) -> None:
    for name in ("one", "two"):
        subprocess.run(
            [GITEXP, "record", "-q", "--name", name, sys.executable, "autoencoder.py",
             "--epochs", "1", "--hidden", "2"],
            check=True,
        )  # fmt: skip
    one, two = (
        [
            {key: value for key, value in json.loads(line).items() if key != "_time"}
            for line in git(lab, "show", f"refs/experiments/{name}:metrics.jsonl").splitlines()
        ]
        for name in ("one", "two")
    )
    assert one == two


def test_regression_without_gitexp_record(lab: Path) -> None:
    run = only_run(lab, sys.executable, "regression.py", "--epochs", "20")
    assert run["config"]["model"] == "SGDRegressor"
    assert run["tags"] == ["sklearn"]
    assert run["metrics"]["test.mse"]["count"] == 20
    assert run["summary"]["strongest_feature"] == "bmi"
    assert run["summary"]["test.mae"] > 0
    assert "mostly by bmi" in git(lab, "show", f"refs/experiments/{run['name']}:output.log")


def test_descent(lab: Path) -> None:
    arguments = ("--lr", "0.5", "--steps", "200")
    run = only_run(lab, str(GITEXP), "record", sys.executable, "descent.py", *arguments)
    assert run["config"]["lr"] == 0.5
    assert run["metrics"]["loss"]["count"] == 200
    assert run["summary"]["weights.x1"] > 2
    assert "config.yaml" in files(lab, run)


def test_an_article_about_descents(lab: Path) -> None:
    for rate in ("0.1", "0.4"):
        command = (str(GITEXP), "record", sys.executable, "descent.py", "--lr", rate)
        subprocess.run([*command, "--steps", "40"], cwd=lab, check=True)
    article, page = EXAMPLES / "descent" / "learning-rates.md", lab / "page.html"
    chosen = (str(GITEXP), "report", "--where", "loss < 1", "--from", str(article))
    subprocess.run([*chosen, "-o", str(page)], cwd=lab, check=True)
    html = page.read_text("utf-8")
    assert html.count('<figure class="gx-panel"') == 4
    assert "<math" in html
    assert "weights[power] -= args" in re.sub(r"<[^>]+>", "", html)


def test_shell_script(lab: Path) -> None:
    arguments = ("--number", "9", "--lr", "0.01", "--steps", "40")
    run = only_run(lab, str(GITEXP), "record", "./shell.sh", *arguments)
    assert run["config"] == {"number": 9, "lr": 0.01, "steps": 40}
    assert run["duration_s"] > 0
    assert run["metrics"]["loss"]["count"] == 40
    assert run["metrics"]["loss"]["max"] == 64.0
    output = git(lab, "show", f"refs/experiments/{run['name']}:output.log")
    assert output.splitlines()[0] == "step 1 loss 64.000000"
    assert output.splitlines()[-1] == "sqrt(9) is about 3.000000"


def test_demo_is_a_script_that_bash_understands() -> None:
    subprocess.run(["bash", "-n", EXAMPLES / "demo.sh"], check=True)
    assert os.access(EXAMPLES / "demo.sh", os.X_OK)
