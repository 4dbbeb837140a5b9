"""`gitexp energy`, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
from support.cli import gitexp
from support.git import git
from support.runs import make_run

from gitexp.render.text import NONE
from gitexp.schema.clock import to_iso
from gitexp.schema.run import HardwareSummary, Run


def a_run(repo: Path, name: str, status: str, day: int, **config: float) -> None:
    """A run whose energy is known."""
    oid = make_run(repo, name, status=status, config=config)
    facts = json.loads(git(repo, "show", f"{oid}:run.json"))
    run = Run.from_json(facts).but(
        hardware=HardwareSummary(1, energy_wh=1500.0, co2_g=700.0, cost=0.25, currency="EUR"),
        duration_s=3600.0,
        created_at=to_iso(86400.0 * day),
        finished_at=to_iso(86400.0 * day + 3600),
    )
    git(repo, "update-ref", "-d", f"refs/experiments/{name}")
    make_run(repo, name, files={"run.json": orjson.dumps(run.to_json())})


def test_the_table_and_what_was_spent_for_nothing(repo: Path) -> None:
    a_run(repo, "a", "finished", 1, lr=0.1)
    a_run(repo, "b", "finished", 2, lr=0.1)
    a_run(repo, "c", "failed", 3, lr=0.2)
    make_run(repo, "d", config={"lr": 0.3}, status="killed")
    said = gitexp("energy", cwd=repo).stdout.decode()
    assert said == (
        "status    runs   energy     CO₂      cost   time\n"
        "finished     2    3 kWh  1.4 kg  0.50 EUR  2h 0m\n"
        "failed       1  1.5 kWh   700 g  0.25 EUR  1h 0m\n"
        f"killed       1        {NONE}       {NONE}         {NONE}  1m 0s\n"
        "total        4  4.5 kWh  2.1 kg  0.75 EUR  3h 1m\n"
        "\n"
        "2 runs did not finish: 1.5 kWh (33.3%), 700 g CO₂, 0.25 EUR, 1h 1m\n"
        "1 run repeated one that had finished: 1.5 kWh (33.3%), 700 g CO₂, 0.25 EUR, 1h 0m\n"
        "of 1 run the energy is not known\n"
    )
    rows = json.loads(gitexp("energy", "--by", "author", "--json", cwd=repo).stdout)["rows"]
    assert [(row["label"], row["runs"]) for row in rows] == [("Ada Lovelace", 4)]
    some = gitexp("energy", "--where", "config.lr == 0.2", cwd=repo).stdout.decode()
    assert some.splitlines()[-3].split()[:2] == ["total", "1"]


def test_what_a_skip_saved(repo: Path) -> None:
    gitexp("record", "-q", "true", cwd=repo)
    gitexp("record", "-q", "--if-tried", "skip", "true", cwd=repo)
    said = gitexp("energy", cwd=repo).stdout.decode()
    assert "1 run not started, tried before (this machine): " in said


def test_nothing_yet(repo: Path) -> None:
    assert gitexp("energy", cwd=repo).stderr == b"No runs yet.\n"
