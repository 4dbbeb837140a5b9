"""What scripts rely on without knowing it: steps, random numbers, and what log() may be given."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from support.git import git


def rows_of(repo: Path, code: str, name: str = "r") -> list[dict[str, Any]]:
    """Rows of metrics.jsonl of a script, without their times."""
    (repo / "t.py").write_text("import gitexp as wandb\n" + textwrap.dedent(code))
    done = subprocess.run(
        [sys.executable, "t.py"], cwd=repo, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    lines = git(repo, "show", f"refs/experiments/{name}:metrics.jsonl").splitlines()
    rows = [json.loads(line) for line in lines]
    return [{key: row[key] for key in row if key != "_time"} for row in rows]


def test_log_without_arguments_commits_the_row(repo: Path) -> None:
    rows = rows_of(
        repo,
        """
        wandb.init(name="r")
        for n in range(2):
            wandb.log({"loss": n}, commit=False)
            wandb.log({"acc": n}, commit=False)
            wandb.log()
        assert wandb.run.step == 2
        wandb.run.log()
        """,
    )
    assert [row["_step"] for row in rows if "loss" in row] == [0, 1]
    assert [row["_step"] for row in rows if "acc" in row] == [0, 1]


def test_what_is_wrong_in_itself_is_an_error_as_with_wandb(repo: Path) -> None:
    rows = rows_of(
        repo,
        """
        import copy
        from datetime import timedelta

        def fails(kind, call, *args, **keywords):
            try:
                call(*args, **keywords)
            except kind as error:
                return str(error)
            raise SystemExit(f"{call} {args} {keywords}")

        run = wandb.init(name="r", config={"lr": 1})
        fails(TypeError, wandb.log, [1])
        fails(TypeError, run.log, {1: 2})
        fails(TypeError, run.log, {"a": 2}, step="1")
        for arguments in (("",), ("a*b",), ("a", 3), ("a", None, "x"), (3,)):
            fails(wandb.Error, run.define_metric, *arguments)
        fails(wandb.Error, run.define_metric, "a", summary="median")
        fails(ValueError, run.alert, "a", "b", "LOUD")
        fails(TypeError, run.alert, "a", "b", wait_duration="x")
        run.alert("a", "b", wandb.AlertLevel.WARN, timedelta(seconds=3))
        fails(ValueError, run.save, "x", policy="never")
        fails(ValueError, run.save, "../x")
        fails(ValueError, run.save, ".")
        fails(AttributeError, setattr, run, "nmae", "x")
        fails(AttributeError, setattr, run.config_static, "lr", 2)
        fails(wandb.errors.ConfigError, run.config.update, {"lr": 2})
        fails(wandb.Error, wandb.init, resume="must", id="r")
        fails(KeyError, lambda: run.summary.nothing)
        assert run.config_static["lr"] == run.config_static.lr == 1
        assert copy.deepcopy(run) is run
        assert run.status().sync_items_pending == 0
        run.pin_config_keys(["lr"])
        run.log({"loss": 1})
        run.finish()
        run.finish()
        for call in (
            lambda: run.log({"loss": 2}), lambda: run.config.update({"b": 1}),
            lambda: run.summary.update({"b": 1}), lambda: setattr(run, "name", "x"),
            lambda: setattr(run, "tags", ("x",)), lambda: setattr(run, "notes", "x"),
            lambda: run.define_metric("a"), lambda: run.save("a"), lambda: run.alert("a", "b"),
            lambda: run.status(), lambda: run.log_artifact("x"), lambda: run.mark_preempting(),
        ):
            assert "is finished" in fails(wandb.UsageError, call)
        run.write_logs("nobody hears it")
        assert (run.config.lr, run.name) == (1, "r")
        wandb.log({"loss": 3})
        """,
    )
    assert rows == [{"_step": 0, "loss": 1}]


def test_what_is_said_of_a_metric_again_adds_to_it(repo: Path) -> None:
    rows_of(
        repo,
        """
        run = wandb.init(name="r")
        run.define_metric("loss", summary="min")
        run.define_metric("loss", step_metric="epoch", summary="MAX")
        run.define_metric("acc", summary="min")
        run.define_metric("acc", summary="max", overwrite=True)
        for epoch in range(3):
            run.log({"epoch": epoch})
            run.log({"loss": epoch, "acc": epoch})
        assert run.summary["loss"] == {"min": 0, "max": 2}, run.summary["loss"]
        assert run.summary["acc"] == {"max": 2}
        """,
    )
    rows = git(repo, "show", "refs/experiments/r:metrics.jsonl").splitlines()
    assert [json.loads(row)["epoch"] for row in rows if "loss" in row] == [0, 1, 2]


def test_seeded_numbers_are_those_of_the_script_without_us(repo: Path) -> None:
    rows_of(
        repo,
        """
        import random
        import numpy
        random.seed(0)
        numpy.random.seed(0)
        states = random.getstate(), str(numpy.random.get_state())
        run = wandb.init(config={"a": 1})
        wandb.log({"x": 1, "h": wandb.Histogram([1, 2]), "i": wandb.Image(numpy.zeros((2, 2)))})
        run.name = "r"
        wandb.finish()
        wandb.init(name="r")
        wandb.log({"y": 1})
        assert states == (random.getstate(), str(numpy.random.get_state()))
        """,
    )


def test_what_contains_itself_costs_no_row(repo: Path) -> None:
    rows = rows_of(
        repo,
        """
        wandb.init(name="r")
        mapping = {"fine": 1}
        mapping["self"] = mapping
        values = [1]
        values.append(values)
        wandb.log({"loss": 0.5, "nested": mapping, "values": values})
        """,
    )
    assert rows == [{"_step": 0, "loss": 0.5, "nested.fine": 1}]


def test_plain_data_of_any_kind_is_kept(repo: Path) -> None:
    rows = rows_of(
        repo,
        """
        import enum
        class Kind(enum.Enum):
            A = 1
        wandb.init(name="r", config={"kind": Kind.A})
        assert wandb.config.kind == "A"
        wandb.log({"boxes": [{"x": 1}], "ids": {2, 1}, "text": b"abc", "z": 1 + 2j, "kind": Kind.A,
                   "f": print, "none": {}})
        """,
    )
    assert rows == [
        {
            "_step": 0,
            "boxes": [{"x": 1}],
            "ids": [1, 2],
            "text": "abc",
            "z": "1+2j",
            "kind": "A",
            "f": "builtins.print",
        }
    ]


def test_the_summary_is_what_was_set_or_logged_last(repo: Path) -> None:
    rows_of(
        repo,
        """
        run = wandb.init(name="r")
        wandb.log({"loss": 1, "val": {"acc": 2, "ok": True}})
        assert run.summary["val"]["acc"] == 2
        assert run.summary["val"]["ok"] is True
        assert run.summary["_step"] == 0
        run.summary["loss"] = 100
        run.summary["best"] = {"at": {"epoch": 3}}
        run.summary["best"]["at"]["epoch"] = 4
        assert run.summary["loss"] == 100
        wandb.log({"loss": 3})
        assert run.summary["loss"] == 3
        run.summary["val.acc"] = 9
        """,
    )
    facts = json.loads(git(repo, "show", "refs/experiments/r:run.json"))
    assert facts["summary"] == {"best.at.epoch": 4, "val.acc": 9}
    assert facts["metrics"]["loss"]["last"] == 3


def test_rows_get_the_step_metric_that_was_logged_earlier(repo: Path) -> None:
    rows = rows_of(
        repo,
        """
        wandb.init(name="r")
        metric = wandb.define_metric("val/*", step_metric="epoch")
        assert (metric.name, metric.step_metric, metric.step_sync) == ("val/*", "epoch", True)
        wandb.define_metric("val/own", step_metric=wandb.define_metric("batch"), step_sync=False)
        assert wandb.define_metric("loss", summary="min,max").summary == ("min", "max")
        wandb.log({"val/a": 0})
        wandb.log({"epoch": 3, "batch": 8})
        wandb.log({"val/a": 1})
        wandb.log({"val/own": 1, "loss": 2})
        wandb.log({"epoch": 4}, commit=False)
        wandb.log({"val/a": 2})
        """,
    )
    assert rows == [
        {"_step": 0, "val/a": 0, "epoch": 0},
        {"_step": 1, "epoch": 3, "batch": 8},
        {"_step": 2, "val/a": 1, "epoch": 3},
        {"_step": 3, "val/own": 1, "loss": 2},
        {"_step": 4, "epoch": 4},
        {"_step": 4, "val/a": 2},
    ]


def test_a_run_is_begun_beside_another(repo: Path) -> None:
    rows = rows_of(
        repo,
        """
        first = wandb.init(name="r")
        other = wandb.init(name="other", reinit="create_new")
        assert other is not first
        assert wandb.run is first
        other.log({"o": 1})
        wandb.log({"f": 1})
        first.finish()
        other.log({"o": 2})
        third = wandb.init(name="third", reinit="finish_previous")
        assert wandb.run is third
        """,
    )
    assert rows == [{"_step": 0, "f": 1}]
    others = git(repo, "show", "refs/experiments/other:metrics.jsonl").splitlines()
    assert [json.loads(line)["o"] for line in others] == [1, 2]
    for name in ("other", "third"):
        facts = json.loads(git(repo, "show", f"refs/experiments/{name}:run.json"))
        assert facts["status"] == "finished"


@pytest.mark.parametrize(
    ("last_line", "code"),
    [
        ("raise SystemExit(4)", 4),
        ("raise SystemExit((lambda: 0)())", 0),
        ("from sys import exit; exit('no')", 1),
        ("sys.exit(7)", 7),
        ("sys.exit(0)", 0),
        ("raise SystemExit", 0),
    ],
)
def test_the_exit_code_is_recorded_however_it_is_given(
    repo: Path, last_line: str, code: int
) -> None:
    script = f"import sys, gitexp\ngitexp.init(name='r')\ngitexp.log({{'x': 1}})\n{last_line}\n"
    (repo / "t.py").write_text(script)
    done = subprocess.run([sys.executable, "t.py"], cwd=repo, capture_output=True, timeout=120)
    assert done.returncode == code
    facts = ended(repo)
    assert (facts["status"], facts["exit_code"]) == ("failed" if code else "finished", code)


def test_an_exit_that_was_caught_is_none(repo: Path) -> None:
    script = "import sys, gitexp\ngitexp.init(name='r')\n"
    (repo / "t.py").write_text(script + "try:\n    sys.exit(3)\nexcept SystemExit:\n    pass\n")
    subprocess.run([sys.executable, "t.py"], cwd=repo, check=True, timeout=120)
    facts = ended(repo)
    assert (facts["status"], facts["exit_code"]) == ("finished", 0)


def ended(repo: Path) -> dict[str, Any]:
    """run.json of a run that is committed when its process is gone."""
    deadline = time.monotonic() + 30
    while (repo / ".git/gitexp/journals/r/run.json").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    facts: dict[str, Any] = json.loads(git(repo, "show", "refs/experiments/r:run.json"))
    return facts
