"""Inside a Python script: it runs as if nobody looked, whatever the observers meet."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.cli import gitexp, runs_of

from gitexp.capture import handover as handing
from gitexp.capture.inside import OBSERVERS, _may_train
from gitexp.capture.inside.constants import constants

STARTUP = Path(handing.__file__).with_name("startup")


def record(top: Path, source: str, *args: str, options: tuple[str, ...] = ()) -> dict[str, Any]:
    (top / "script.py").write_text(source)
    gitexp("record", "-q", *options, "--", sys.executable, "script.py", *args, cwd=top)
    return max(runs_of(top), key=lambda run: run["created_at"])


PARSER = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("-e", "--epochs", type=int, default=3)
parser.add_argument("--lr", type=float, default=0.1)
args = parser.parse_args()
"""


def test_a_parser_replaces_what_was_guessed_from_outside(repo: Path) -> None:
    run = record(repo, PARSER, "-e", "5")
    assert run["config"] == {"epochs": 5, "lr": 0.1}
    assert run["capture"]["config"] == ["argparse"]


def test_set_is_the_last_word(repo: Path) -> None:
    run = record(repo, PARSER, "--lr", "2", options=("--set", "lr=7", "--set", "note=x"))
    assert run["config"] == {"lr": 7, "note": "x", "epochs": 3}


def test_no_capture_leaves_the_process_alone(repo: Path) -> None:
    source = "import os, sys; print('GITEXP_CAPTURE' in os.environ, 'gitexp' in sys.modules)"
    (repo / "script.py").write_text(source)
    done = gitexp("record", "-q", "--no-capture", "--", sys.executable, "script.py", cwd=repo)
    assert done.stdout == b"False False\n"


def test_weights_under_a_name_of_configs_are_none(repo: Path) -> None:
    source = """
import numpy as np
params = {"weight": np.ones(3), "bias": np.zeros(1)}
args = {"lr": 0.1, "start": np.ones((2, 2))}
for param_group in [{"params": [np.ones(3)], "lr": 0.02, "weight_decay": 0.0}]:
    pass
print("loss:", 0.5)
"""
    assert record(repo, source)["config"] == {"lr": 0.1}


def test_a_parser_of_a_library_is_not_the_scripts(repo: Path) -> None:
    (repo / "site-packages").mkdir()
    (repo / "site-packages" / "lib.py").write_text(
        PARSER.replace("parse_args()", "parse_args([])")
    )
    run = record(repo, "import sys; sys.path.append('site-packages'); import lib\n")
    assert run["config"] == {}


def test_an_own_sitecustomize_runs_as_ever(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "mine").mkdir()
    (repo / "mine" / "sitecustomize.py").write_text("import builtins; builtins.mine = 42\n")
    monkeypatch.setenv("PYTHONPATH", str(repo / "mine"))
    source = "import sitecustomize, sys; print(mine, sitecustomize.__file__, len(sys.path))"
    (repo / "script.py").write_text(source)
    plain = subprocess.run(
        [sys.executable, "script.py"], cwd=repo, capture_output=True, check=True
    )
    # Where wandb is not installed, its stand-in is one more folder on the path.
    done = gitexp("record", "-q", "--no-wandb", "--", sys.executable, "script.py", cwd=repo)
    assert done.stdout == plain.stdout


def test_an_interpreter_without_gitexp_is_seen_from_outside(repo: Path) -> None:
    venv.create(repo / "data" / "bare", symlinks=True)
    (repo / "script.py").write_text("for i in (1, 2): print(f'epoch {i} loss {i / 4}')\n")
    done = gitexp("record", "--", "data/bare/bin/python", "script.py", "--lr", "1", cwd=repo)
    (run,) = runs_of(repo)
    assert run["config"] == {"lr": 1}
    assert run["metrics"]["loss"]["last"] == 0.5
    (warning,) = run["warnings"]
    assert "nothing is captured inside" in warning
    assert "No module named 'gitexp'" in warning
    assert done.stdout == b"epoch 1 loss 0.25\nepoch 2 loss 0.5\n"


def test_a_failing_observer_takes_itself_out_with_one_line(repo: Path) -> None:
    source = (
        "from gitexp.capture.inside import config\n"
        "def broken(*args): raise ValueError('broken')\n"
        "config.add = broken\n" + PARSER + "parser.parse_args()\nprint(args.epochs)\n"
    )
    (repo / "script.py").write_text(source)
    done = gitexp("record", "-q", "--", sys.executable, "script.py", "-e", "5", cwd=repo)
    assert done.stdout == b"5\n"
    assert done.stderr.count(b"took itself out") == 2  # argparse, and at the end the script's own
    (run,) = runs_of(repo)
    assert "the argparse capture took itself out: ValueError: broken" in run["warnings"]
    assert run["config"] == {"e": 5}


def test_the_script_does_not_notice(repo: Path) -> None:
    source = PARSER + (
        "import random, sys, inspect, json, importlib.util\n"
        "random.seed(1)\n"
        "print(random.random(), sys.argv, sys.flags, threading.active_count())\n"
        "print(inspect.signature(argparse.ArgumentParser.parse_known_args))\n"
        "print(type(json.__spec__.loader).__name__, json.__loader__ is json.__spec__.loader)\n"
        "print([name for name in dir() if 'gitexp' in name])\n"
        "sys.exit(3)\n"
    )
    (repo / "script.py").write_text("import threading\n" + source)
    command = [sys.executable, "script.py", "--lr", "0.5"]
    plain = subprocess.run(command, cwd=repo, capture_output=True, check=False)
    done = gitexp("record", "-q", "--", *command, cwd=repo, code=3)
    assert plain.returncode == 3
    assert done.stdout == plain.stdout
    assert done.stderr == plain.stderr


@pytest.mark.parametrize(
    ("argv", "trains"),
    [
        ("python train.py", True),
        ("python -u -X dev train.py", True),
        ("python -m package.train", True),
        ("python -c x", True),
        ("python /usr/bin/torchrun train.py", False),
        ("python -m torch.distributed.run train.py", False),
        ("python -m pip install x", False),
        ("python -c from-multiprocessing.spawn --multiprocessing-fork", False),
    ],
)
def test_which_processes_may_train(argv: str, trains: bool) -> None:
    assert _may_train(argv.split()) is trains


def test_spawned_workers_say_nothing(repo: Path) -> None:
    source = (
        "import multiprocessing, sys\n"
        + PARSER
        + "def work(x): return x + 1\n"
        + "if __name__ == '__main__':\n"
        + "    with multiprocessing.get_context('spawn').Pool(1) as pool: pool.map(work, [1])\n"
    )
    run = record(repo, source, "-e", "4")
    assert run["config"] == {"epochs": 4, "lr": 0.1}
    assert run["warnings"] == []


def test_what_an_import_of_everything_brings_is_no_config(repo: Path) -> None:
    (repo / "models.py").write_text("cfg = {'VGG11': [64, 'M']}\nconfig = {'depth': 11}\n")
    run = record(repo, "from models import *\nlr = 0.5\nprint(config['depth'])\n")
    assert run["config"] == {"lr": 0.5, "depth": 11}


def test_ranks_above_0_are_not_observed(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where each may log for itself: what is observed has no rank in its name."""
    monkeypatch.setenv("GITEXP_RANKS", "all")
    source = (
        "import argparse, os, subprocess, sys\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--lr', type=float, default=0.1)\n"
        "args = parser.parse_args()\n"
        "if 'RANK' not in os.environ:\n"
        "    for rank in '01':\n"
        "        subprocess.run([sys.executable, __file__, '--lr', f'{rank}.5'],\n"
        "                       env={**os.environ, 'RANK': rank}, check=True)\n"
    )
    assert record(repo, source)["config"] == {"lr": 0.5}


UNCHANGED = {
    "a traceback through an observed function": "import json\njson.loads('{')\n",
    "a traceback through an observed import": (
        "import sys\nsys.modules['tomllib._parser'] = None\nimport tomllib\n"
    ),
    "a function of C in a class": (
        "import io, pickle, random\n"
        "class Its:\n    dump, seed = pickle.dump, random.seed\n"
        "file = io.BytesIO()\nIts().dump([1], file)\nIts().seed(3)\n"
        "print(file.getvalue(), random.random(), pickle.dump, random.seed.__self__.random())\n"
        "print(pickle.loads(pickle.dumps(pickle.loads))(file.getvalue()))\n"
    ),
    "hooks of its own": (
        "import signal, os, sys\nsys.excepthook = lambda *error: print(error[0])\n"
        "signal.signal(signal.SIGTERM, lambda *_: 1 / 0)\nos.kill(os.getpid(), signal.SIGTERM)\n"
    ),
    "a recursion limit": (
        "import argparse, sys\nsys.setrecursionlimit(120)\n"
        "print(argparse.ArgumentParser().parse_args([]))\n"
    ),
}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="a frame of ours is left there")
@pytest.mark.parametrize("source", UNCHANGED.values(), ids=UNCHANGED)
def test_a_script_says_what_it_says_without_us(repo: Path, source: str) -> None:
    (repo / "script.py").write_text(source)
    command = [sys.executable, "script.py"]
    bare = subprocess.run(command, cwd=repo, capture_output=True, check=False)
    done = gitexp("record", "-q", "--", *command, cwd=repo, code=bare.returncode)
    assert (done.stdout, done.stderr) == (bare.stdout, bare.stderr)


def test_a_script_that_is_not_there_is_nothing_to_warn_of(repo: Path) -> None:
    done = gitexp("record", sys.executable, "missing.py", cwd=repo, code=2)
    assert b"capture" not in done.stderr
    (run,) = runs_of(repo)
    assert run["warnings"] == []


def test_the_constants_of_a_script_in_an_archive(repo: Path) -> None:
    with zipfile.ZipFile(repo / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", "lr = 0.5\n")
    done = gitexp("record", "-q", "--", sys.executable, "app.pyz", cwd=repo)
    assert done.stderr == b""
    (run,) = runs_of(repo)
    assert run["config"] == {"lr": 0.5}


def test_credentials_are_redacted(repo: Path) -> None:
    run = record(repo, PARSER.replace('"--lr", type=float', '"--api-key"'), "--api-key", "hunter2")
    assert "hunter2" not in json.dumps(run)
    assert run["config"]["api_key"] == "[redacted]"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = 1\nb: int = 2\nc, d = 3, 4\ne = a * 2\nf = -1\ng = [1, 2]", "a b c d e f g"),
        ("a = 0\nfor a in range(3): pass", ""),
        ("a = 0\na += 1", ""),
        ("a = 0\ndef f():\n    global a\n    a = 1", ""),
        ("a = 1 if x else 2\nb = open('x')\nc = f(1)", "a"),
        ("import os\na = int(os.environ.get('A', '3'))\nb = x.get('A')", "a"),
        ("_a = 1\n__version__ = '1'", ""),
    ],
)
def test_constants_of_a_script(source: str, names: str) -> None:
    assert constants(source.encode()) == names.split()


def test_the_start_up_module_is_python_of_any_version() -> None:
    tree = ast.parse((STARTUP / "sitecustomize.py").read_text(), feature_version=(3, 5))
    assert ast.get_docstring(tree)


def test_every_observer_is_there() -> None:
    folder = Path(handing.__file__).with_name("inside")
    for _, file in OBSERVERS.values():
        assert "def install(" in (folder / f"{file}.py").read_text()
