"""`gitexp tried` and `gitexp record --if-tried`, as a user types them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from support.cli import gitexp, runs_of
from support.git import git
from support.runs import make_run
from support.share import run_json

TRAIN = "import sys; open('ran', 'a').write('x'); print('step 1 loss=' + sys.argv[2])"


def script(repo: Path) -> tuple[str, ...]:
    (repo / ".gitignore").write_text("ran\n*.pyc\n/data/\n")
    (repo / "train.py").write_text(TRAIN)
    return ("python", "train.py", "--lr", "0.5")


def test_a_command_that_was_recorded_has_been_tried(repo: Path) -> None:
    command = script(repo)
    first = gitexp("tried", *command, cwd=repo).stdout.decode()
    assert first.endswith("--lr 0.5: not tried yet, among 0 runs\n")
    gitexp("record", "-q", "--name", "dove", *command, cwd=repo)
    said = gitexp("tried", *command, cwd=repo).stdout.decode()
    assert "tried once on this code, among 1 run" in said.splitlines()[0]
    assert said.splitlines()[2] == "Exact repeats"
    assert said.splitlines()[3].split()[:3] == ["dove", "✓", "finished"]
    assert "Ada Lovelace" in said
    assert "loss 0.5" in said
    near = gitexp("tried", "lr=0.6", cwd=repo).stdout.decode()
    assert "lr 0.5 (asked: 0.6) · the same code" in near


def test_json_and_exit_code(repo: Path) -> None:
    make_run(repo, "dove", config={"lr": 0.1})
    found = json.loads(gitexp("tried", "--json", "lr=0.1", cwd=repo).stdout)
    assert [earlier["run"]["name"] for earlier in found["exact"]] == ["dove"]
    assert found["counts"] == {"exact": 1, "other_data": 0, "other_code": 0}
    gitexp("tried", "--exit-code", "lr=0.1", cwd=repo, code=0)
    gitexp("tried", "--exit-code", "lr=0.2", cwd=repo, code=1)


def test_skip_shows_the_earlier_result_and_runs_nothing(repo: Path) -> None:
    command = script(repo)
    gitexp("record", "-q", "--name", "dove", *command, cwd=repo)
    done = gitexp("record", "--if-tried", "skip", *command, cwd=repo)
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert lines[0].startswith("gitexp: tried before, not run again: dove: finished in ")
    assert lines[0].endswith("loss 0.5")
    assert lines[1] == "        gitexp show dove"
    assert (repo / "ran").read_text() == "x"
    assert len(runs_of(repo)) == 1
    saved = json.loads((repo / ".git" / "gitexp" / "saved.jsonl").read_text())
    assert saved["run"] == "dove"


def test_skip_runs_what_differs_or_failed(repo: Path) -> None:
    command = script(repo)
    gitexp("record", "-q", *command, cwd=repo)
    gitexp("record", "-q", "--if-tried", "skip", *command[:-1], "0.6", cwd=repo)
    (repo / "train.py").write_text(TRAIN + "\nsys.exit(3)")
    for _ in range(2):
        gitexp("record", "-q", "--if-tried", "skip", *command, cwd=repo, code=3)
    assert len(runs_of(repo)) == 4


def test_warn_says_so_and_runs(repo: Path) -> None:
    command = script(repo)
    (repo / "gitexp.toml").write_text('if_tried = "warn"\n')
    gitexp("record", "--name", "dove", *command, cwd=repo)
    done = gitexp("record", *command, cwd=repo)
    assert "gitexp: tried before: dove: finished in " in done.stderr.decode()
    quiet = gitexp("record", "--if-tried", "run", *command, cwd=repo)
    assert b"tried before" not in quiet.stderr
    assert len(runs_of(repo)) == 3


def test_a_setting_that_is_none_of_the_three(repo: Path) -> None:
    (repo / "gitexp.toml").write_text('if_tried = "maybe"\n')
    done = gitexp("record", "true", cwd=repo, code=2)
    assert b"if_tried: expected run, warn, skip" in done.stderr


def test_data_that_git_ignores(repo: Path) -> None:
    command = script(repo)
    (repo / "gitexp.toml").write_text('data = ["data/*.csv"]\nif_tried = "skip"\n')
    (repo / "data").mkdir()
    (repo / "data" / "train.csv").write_text("1,2\n")
    gitexp("record", "-q", "--name", "dove", *command, cwd=repo)
    (row,) = run_json(repo, "dove")["capture"]["declared"]
    assert (row["path"], row["bytes"]) == ("data/train.csv", 4)
    gitexp("record", *command, cwd=repo)
    assert len(runs_of(repo)) == 1  # skipped
    (repo / "data" / "train.csv").write_text("1,2,3\n")
    said = gitexp("tried", *command, cwd=repo).stdout.decode()
    assert "tried once on this code, with other data, among 1 run" in said
    assert "data since then: data/train.csv changed" in said
    told = gitexp("record", *command, cwd=repo).stderr.decode()
    assert "gitexp: tried before on other data: dove: finished in " in told
    assert len(runs_of(repo)) == 2


def test_a_script_that_saves_its_model_beside_itself_runs_the_same_code_again(
    repo: Path,
) -> None:
    (repo / "fit.py").write_text(
        "import argparse, pathlib\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--seed', type=int, default=0)\n"
        "seed = parser.parse_args().seed\n"
        "pathlib.Path('out').mkdir(exist_ok=True)\n"
        "pathlib.Path('model.bin').write_bytes(bytes([seed]))\n"
        "pathlib.Path('out/log.csv').write_text(f'{seed}')\n"
        "for step in range(3):\n"
        "    print(f'step {step}: loss {1 / (step + seed + 1):.4f}')\n"
    )
    fit = (sys.executable, "fit.py", "--seed")
    for seed in ("0", "1", "2"):
        gitexp("record", "-q", "-n", f"s{seed}", *fit, seed, cwd=repo)
    assert len({run["git"]["code_tree"] for run in runs_of(repo)}) == 1
    said = gitexp("record", "--if-tried", "skip", *fit, "1", cwd=repo).stderr.decode()
    assert "not run again: s1" in said
    assert gitexp("ls", "--replicates", cwd=repo).stdout.decode().split("\n")[1].split()[1] == "3"
    git(repo, "add", "fit.py")
    git(repo, "commit", "-qm", "fit")
    assert git(repo, "rev-parse", "refs/experiments/s2:code") == git(repo, "rev-parse", "HEAD:")
