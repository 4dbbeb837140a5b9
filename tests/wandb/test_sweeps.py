"""Sweeps: what is drawn, that agents share a sweep, that each trial is a run of it."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cli import runs_of
from support.schema import assert_valid_run
from support.scripts import script

from gitexp.errors import UsageError
from gitexp.wandb.sweeps import space

GRID = {"lr": {"values": [0.1, 0.2]}, "n": {"min": 1, "max": 3}, "fixed": {"value": "x"}}


def test_a_grid_has_every_point_once() -> None:
    assert space.grid_size(GRID) == 6
    points = [space.grid_point(GRID, i) for i in range(6)]
    assert len({json.dumps(point) for point in points}) == 6
    assert points[0] == {"lr": 0.1, "n": 1, "fixed": "x"}
    assert points[-1] == {"lr": 0.2, "n": 3, "fixed": "x"}
    assert space.grid_point(GRID, 6) is None


def test_nested_parameters_and_steps() -> None:
    told = {
        "opt": {"parameters": {"lr": {"min": 0.1, "max": 0.3, "q": 0.1}}},
        "b": {"value": {"c": 1}},
    }
    assert space.grid_size(told) == 3
    assert space.grid_point(told, 1) == {"opt": {"lr": pytest.approx(0.2)}, "b": {"c": 1}}


@pytest.mark.parametrize(
    ("told", "low", "high", "kind"),
    [
        ({"min": 2, "max": 5}, 2, 5, int),
        ({"min": 2.0, "max": 5}, 2, 5, float),
        ({"distribution": "int_uniform", "min": 2, "max": 5}, 2, 5, int),
        ({"distribution": "q_uniform", "min": 2, "max": 8, "q": 2}, 2, 8, int),
        ({"distribution": "log_uniform", "min": -3, "max": 0}, math.exp(-3), 1, float),
        ({"distribution": "log_uniform_values", "min": 1e-5, "max": 0.1}, 1e-5, 0.1, float),
        ({"distribution": "q_log_uniform_values", "min": 8, "max": 256, "q": 8}, 8, 256, int),
        ({"distribution": "inv_log_uniform_values", "min": 1, "max": 9}, 1, 9, float),
        ({"distribution": "beta", "a": 1, "b": 2}, 0, 1, float),
        ({"distribution": "normal", "mu": 5, "sigma": 0}, 5, 5, float),
        ({"distribution": "log_normal", "mu": 0, "sigma": 0}, 1, 1, float),
    ],
)
def test_draws_stay_inside(told: dict[str, Any], low: float, high: float, kind: type) -> None:
    source = random.Random(1)
    drawn = [space.random_point({"x": told}, source)["x"] for _ in range(200)]
    assert all(isinstance(x, kind) and low - 1e-12 <= x <= high + 1e-12 for x in drawn)
    assert len(set(drawn)) > 1 or low == high
    if "q" in told:
        assert all(x % told["q"] == 0 for x in drawn)


def test_probabilities() -> None:
    told = {"x": {"values": ["a", "b"], "probabilities": [0, 1]}}
    assert {space.random_point(told, random.Random(i))["x"] for i in range(20)} == {"b"}


@given(
    st.lists(st.lists(st.integers(), min_size=1, max_size=4, unique=True), min_size=1, max_size=4)
)
def test_grids_are_products(axes: list[list[int]]) -> None:
    told = {f"p{i}": {"values": values} for i, values in enumerate(axes)}
    size = space.grid_size(told)
    points = {tuple((space.grid_point(told, n) or {}).values()) for n in range(size)}
    assert len(points) == size == math.prod(map(len, axes))


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"method": "grid"}, "no parameters"),
        ({"method": "hill", "parameters": GRID}, "method 'hill' is unknown"),
        (
            {"method": "grid", "parameters": {"x": {"min": 0.0, "max": 1.0}}},
            "no values for a grid",
        ),
        ({"method": "random", "parameters": {"x": 3}}, "parameter x is a int"),
        ({"parameters": {"x": {"distribution": "zipf"}}}, "'zipf' is unknown"),
        (
            {"parameters": {"a": {"parameters": {"b": {"distribution": "uniform", "min": 1}}}}},
            "a.b",
        ),
    ],
)
def test_sweeps_that_cannot_be(config: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        space.check(config)


def test_a_function_is_called_for_each_trial(repo: Path) -> None:
    said = script(
        repo,
        """
        def train():
            run = wandb.init(config={"lr": 9, "own": 1}, project="p")
            assert wandb.config.own == 1 and run.sweep_id == sweep_id
            if wandb.config.n == 2:
                raise RuntimeError("no")
            wandb.log({"loss": wandb.config.lr * wandb.config.n})

        sweep_id = wandb.sweep({
            "method": "grid", "metric": {"name": "loss", "goal": "minimize"},
            "parameters": {"lr": {"values": [0.1, 0.2]}, "n": {"values": [1, 2, 3]}},
            "early_terminate": {"type": "hyperband"},
        })
        wandb.agent(sweep_id, function=train, count=2)
        wandb.agent(f"e/p/{sweep_id}", train)
        sweep = wandb.Api().sweep(f"e/p/{sweep_id}")
        print(sweep.state, len(sweep.runs), sweep.expected_run_count)
        print(sweep.best_run().config["lr"])
        """,
    )
    assert said == "FINISHED 6 6\n0.1"
    runs = runs_of(repo)
    for run in runs:
        assert_valid_run(run)
    assert sorted(run["lineage"]["trial"] for run in runs) == list(range(6))
    assert len({run["lineage"]["sweep"] for run in runs} | {run["group"] for run in runs}) == 1
    assert {(run["config"]["lr"], run["config"]["n"]) for run in runs} == {
        (lr, n) for lr in (0.1, 0.2) for n in (1, 2, 3)
    }
    failed = [run for run in runs if run["status"] == "failed"]
    assert [run["config"]["n"] for run in failed] == [2, 2]
    assert failed[0]["error"]["message"] == "no"


def test_two_agents_share_a_sweep(repo: Path) -> None:
    sweep_id = script(
        repo,
        'print(wandb.sweep({"method": "grid", "parameters": {"x": {"min": 1, "max": 8}}}))',
    )
    code = f"""
    import gitexp as wandb
    def train():
        with wandb.init() as run:
            run.log({{"y": run.config.x}})
    wandb.agent("{sweep_id}", train)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    both = [subprocess.Popen(command, cwd=repo) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert sorted(run["config"]["x"] for run in runs_of(repo)) == list(range(1, 9))


def test_a_program_gets_its_arguments(repo: Path) -> None:
    (repo / "train.py").write_text(
        "import sys, gitexp as wandb\n"
        "run = wandb.init(project='p')\n"
        "wandb.log({'x': wandb.config.x}); wandb.summary['argv'] = ' '.join(sys.argv[1:])\n"
    )
    (repo / "sweep.yaml").write_text(
        "program: train.py\nmethod: random\nrun_cap: 3\n"
        "parameters:\n  x: {min: 1, max: 100}\n  flag: {value: true}\n"
    )
    script(repo, 'wandb.agent(wandb.sweep("sweep.yaml"), count=5)')
    runs = runs_of(repo)
    assert len(runs) == 3
    for run in runs:
        assert run["summary"]["argv"] == f"--x={run['config']['x']} --flag=True"
        assert run["lineage"]["trial"] in (0, 1, 2)


def test_what_is_wrong_is_said(repo: Path) -> None:
    script(
        repo,
        """
        for call in (lambda: wandb.agent("nothing"), lambda: wandb.agent("../x", print)):
            try:
                call()
            except wandb.Error as error:
                assert "there is no sweep" in str(error)
        sweep_id = wandb.sweep({"parameters": {"x": {"values": [1]}}})
        try:
            wandb.agent(sweep_id)
        except wandb.UsageError as error:
            assert "no program" in str(error)
        calls = []
        def broken():
            calls.append(1)
            raise ValueError("always")
        wandb.agent(sweep_id, broken, count=50)
        assert len(calls) == 5, calls
        """,
    )


def test_trials_under_record_are_runs_of_their_own(repo: Path) -> None:
    (repo / "sweep.py").write_text(
        textwrap.dedent(
            """
            import gitexp as wandb
            sweep_id = wandb.sweep({"method": "grid", "parameters": {"x": {"values": [1, 2]}}})
            wandb.agent(sweep_id, lambda: wandb.init().log({"x": wandb.config.x}))
            """
        )
    )
    from support.cli import gitexp

    gitexp("record", "--name", "outer", "--", sys.executable, "sweep.py", cwd=repo)
    trials = [run for run in runs_of(repo) if run["lineage"]["sweep"]]
    assert sorted(run["config"]["x"] for run in trials) == [1, 2]
