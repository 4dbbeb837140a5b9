"""`import wandb` under `gitexp record`, with no wandb installed and with one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from support.cli import gitexp, runs_of
from support.git import git

SCRIPT = """
import importlib.metadata
import wandb
from wandb import Table
from wandb.sdk.lib import RunDisabled
from wandb.sdk.wandb_run import Run
from wandb.wandb_run import Run as Same
from wandb.util import generate_id
import wandb.errors
import wandb.sdk.wandb_run

assert importlib.metadata.version("wandb") == wandb.__version__
assert Run is Same and len(generate_id()) == 8 and issubclass(wandb.errors.CommError, Exception)
assert wandb.run is None or isinstance(wandb.run, Run)
with wandb.init(project="p", config={"lr": 0.1}) as run:
    assert isinstance(run, wandb.sdk.wandb_run.Run) and wandb.run is run
    wandb.config = {"more": 1}
    assert wandb.config.more == 1
    wandb.log({"loss": 1})
    wandb.log({"t": wandb.plot.bar(Table(columns=["a", "b"], data=[[1, 2]]), "a", "b")})
"""


def fake_wandb(folder: Path) -> dict[str, str]:
    folder.mkdir()
    (folder / "wandb.py").write_text("print('the real one')\n")
    return {"PYTHONPATH": os.fspath(folder)}


def test_a_script_that_imports_wandb_is_recorded(repo: Path) -> None:
    (repo / "t.py").write_text(SCRIPT)
    gitexp("record", "--wandb", "--name", "r", sys.executable, "t.py", cwd=repo)
    (run,) = runs_of(repo)
    assert run["config"]["lr"] == 0.1
    assert run["config"]["more"] == 1
    assert run["metrics"]["loss"]["last"] == 1
    assert run["capture"]["wandb"] == {"project": "p"}
    assert '"kind":"bar"' in git(repo, "show", "refs/experiments/r:metrics.jsonl")


@pytest.mark.parametrize(
    ("option", "real"), [((), True), (("--wandb",), False), (("--no-wandb",), True)]
)
def test_an_installed_wandb_counts_unless_told(
    repo: Path, option: tuple[str, ...], real: bool
) -> None:
    env = fake_wandb(repo / "site")
    (repo / "t.py").write_text("import wandb\n")
    done = gitexp("record", "-q", *option, sys.executable, "t.py", cwd=repo, env=env)
    assert (b"the real one" in done.stdout) is real


@pytest.mark.skipif(
    any((Path(path) / "wandb" / "sdk").exists() for path in sys.path), reason="wandb is installed"
)
@pytest.mark.parametrize(
    ("option", "code"), [((), 0), (("--no-wandb",), 1), (("--no-capture",), 1)]
)
def test_a_missing_wandb_is_stood_in_for(repo: Path, option: tuple[str, ...], code: int) -> None:
    (repo / "t.py").write_text("import wandb\n")
    gitexp("record", "-q", *option, sys.executable, "t.py", cwd=repo, code=code)


def test_without_a_run_what_belongs_to_one_is_an_error(repo: Path) -> None:
    (repo / "t.py").write_text(
        """
import wandb
from wandb.sdk.lib.config_util import ConfigError

def fails(call):
    try:
        call()
    except wandb.errors.Error as error:
        assert "call wandb.init() first" in str(error)
    else:
        raise SystemExit("no error")

def without_a_run():
    assert wandb.run is None
    for call in (
        lambda: wandb.log({"a": 1}), lambda: wandb.config.lr, lambda: wandb.config["lr"],
        lambda: wandb.summary["a"], lambda: wandb.config.update({"a": 1}),
        lambda: setattr(wandb.summary, "a", 1), lambda: wandb.define_metric("a"),
        lambda: wandb.save("a"), lambda: wandb.alert("a", "b"), lambda: wandb.watch(None),
    ):
        fails(call)

without_a_run()
wandb.init(config=wandb.config, name="first")
wandb.config.update({"args": ["other"], "seed": 1})  # `args` was read from the command
assert dict(wandb.config) == {"args": ["other"], "seed": 1}
try:
    wandb.config.seed = 2
except ConfigError:
    pass
wandb.log({"a": 1})
wandb.finish()
without_a_run()
wandb.config = {"lr": 3}
assert wandb.config["lr"] == 3
with wandb.init(reinit="finish_previous", name="second") as run:
    assert run.config.lr == 3
without_a_run()
"""
    )
    gitexp("record", "--wandb", sys.executable, "t.py", "word", cwd=repo)
    configs = {run["name"]: run["config"] for run in runs_of(repo)}
    assert configs == {"first": {"args": ["other"], "seed": 1}, "second": {"lr": 3}}


def test_further_runs_of_a_script_are_runs_of_their_own(repo: Path) -> None:
    (repo / "t.py").write_text(
        "import gitexp as wandb\n"
        "for fold in range(3):\n"
        "    wandb.init(project='p', name=f'fold-{fold}', reinit=True, config={'fold': fold})\n"
        "    for n in range(fold + 1):\n"
        "        wandb.log({'loss': n})\n"
        "    wandb.finish()\n"
        "wandb.log({'late': 1})\n"
    )
    gitexp("record", "--name", "all", sys.executable, "t.py", cwd=repo)
    counts = {run["name"]: run["metrics"]["loss"]["count"] for run in runs_of(repo)}
    assert counts == {"all": 1, "fold-1": 2, "fold-2": 3}


OWN = """
import argparse
{importing}

for step in range(3):
    print(f"step {{step}} loss {{1 / (step + 1):.4f}}")
run = wandb.init(config={{"lr": 0.2, "net": {{"depth": 3}}}})
parser = argparse.ArgumentParser()
parser.add_argument("--lr", default=0.1)
parser.add_argument("--seed", default=5)
parser.parse_args()
from sklearn.metrics import accuracy_score
accuracy_score([0, 1, 1], [0, 1, 0])
for step in range(3):
    print(f"step {{step}} loss {{1 / (step + 1):.4f}}")
    wandb.log({{"logged": step}})
print("Test accuracy: 0.93")
"""


@pytest.mark.parametrize("importing", ["import wandb", "import gitexp as wandb"])
def test_a_script_says_itself_what_its_metrics_are(repo: Path, importing: str) -> None:
    (repo / "t.py").write_text(OWN.format(importing=importing))
    gitexp("record", "--wandb", sys.executable, "t.py", cwd=repo)
    (run,) = runs_of(repo)
    assert run["metrics"].keys() == {"logged"}
    assert run["metrics"]["logged"]["count"] == 3
    assert run["summary"].keys() <= {"logged"}


def test_what_a_script_gives_its_run_counts_more_than_what_is_found(repo: Path) -> None:
    script = OWN.format(importing="import gitexp").replace("wandb.", "gitexp.")
    (repo / "t.py").write_text(script)
    gitexp("record", sys.executable, "t.py", cwd=repo)
    (run,) = runs_of(repo)
    assert run["config"] == {"lr": 0.2, "net": {"depth": 3}, "seed": 5}
    assert run["metrics"].keys() == {"logged", "loss", "accuracy_score"}


def test_it_does_so_when_the_run_has_ended_as_well(repo: Path) -> None:
    (repo / "t.py").write_text(
        "import gitexp\n"
        "with gitexp.init(config={'lr': 0.2}):\n"
        "    gitexp.log({'loss': 1})\n"
        "args = {'lr': 0.3, 'seed': 5}\n"
    )
    gitexp("record", sys.executable, "t.py", cwd=repo)
    (run,) = runs_of(repo)
    assert run["config"] == {"lr": 0.2, "seed": 5}


@pytest.mark.parametrize("importing", ["import wandb", "import gitexp as wandb"])
def test_the_config_is_what_a_script_and_its_command_state(repo: Path, importing: str) -> None:
    (repo / "t.py").write_text(
        f"import argparse\n{importing}\n"
        "from sklearn.linear_model import Ridge\n"
        "batch_size, config = 32, {'depth': 3}\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--lr', type=float)\n"
        "parser.parse_args()\n"
        "Ridge(alpha=0.5).fit([[0], [1]], [0, 1])\n"
        "wandb.init(config={'epochs': 2})\n"
        "Ridge(alpha=0.7).fit([[0], [1]], [0, 1])\n"
    )
    gitexp("record", "--wandb", sys.executable, "t.py", "--lr", "0.5", cwd=repo)
    (run,) = runs_of(repo)
    assert run["config"] == {"lr": 0.5, "epochs": 2}


def test_arguments_that_the_script_gives_its_run_stay(repo: Path) -> None:
    (repo / "t.py").write_text(
        "import argparse, wandb\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--lr', type=float, default=0.1)\n"
        "parser.add_argument('--seed', type=int, default=5)\n"
        "wandb.init(config=vars(parser.parse_args()))\n"
        "from gitexp.capture.inside import config\n"
        "config.look_again(), config.look_again()  # as each optimizer does\n"
    )
    gitexp("record", "--wandb", sys.executable, "t.py", "--lr", "0.5", cwd=repo)
    (run,) = runs_of(repo)
    assert run["config"] == {"lr": 0.5, "seed": 5}


@pytest.mark.parametrize(("importing", "runs"), [("import wandb", 2), ("import gitexp", 1)])
def test_processes_one_after_the_other_have_runs_of_their_own(
    repo: Path, importing: str, runs: int
) -> None:
    name = importing.split()[1]
    (repo / "t.py").write_text(
        f"import sys\n{importing}\n"
        f"run = {name}.init(config={{sys.argv[1]: 1}})\n{name}.log({{'loss': 1}})\nrun.finish()\n"
    )
    command = f"{sys.executable} t.py train && {sys.executable} t.py eval"
    gitexp("record", "--wandb", "--", "sh", "-c", command, cwd=repo)
    found = runs_of(repo)
    assert sorted(len(run["config"]) for run in found) == [2 // runs] * runs
