"""`gitexp ls`, `show`, `metrics` and `diff`: that they are wired up, and what they refuse."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import GITEXP, Terminal
from support.git import git
from support.runs import make_run

from gitexp.cli import main
from gitexp.schema.run import ErrorInfo

Run = Callable[..., str]


@pytest.fixture
def runs(repo: Path) -> Path:
    for i, lr in enumerate((0.1, 0.01, 0.001), 1):
        make_run(
            repo,
            f"lr-{lr}",
            config={"lr": lr},
            metrics=[{"loss": 1.0 / (k + i), "acc": 0.1 * k, "epoch": k // 2} for k in range(6)],
            hardware=[{"cpu.utilization_pct": 10.0 * k} for k in range(3)],
            output="\x1b[31mred\x1b[0m\n",
            created_at=f"2024-01-0{i}T00:00:00.000Z",
            tags=["t"] if i < 3 else [],
            code={"train.py": f"lr = {lr}\n".encode()},
        )
    return repo


@pytest.fixture
def gitexp(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run gitexp in this process; its stdout, with what it said on stderr as `.err`."""

    def run(*args: str, code: int = 0) -> str:
        capfdbinary.readouterr()
        assert main(args) == code
        out, run.err = (stream.decode() for stream in capfdbinary.readouterr())  # type: ignore[attr-defined]
        return out

    return run


def test_ls(runs: Path, gitexp: Run) -> None:
    lines = gitexp("ls").splitlines()
    assert lines[0].split() == [
        "name", "status", "age", "duration", "lr", "loss", "↓", "acc", "↑", "tags",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[1:]] == ["lr-0.001", "lr-0.01", "lr-0.1"]
    assert "\x1b" not in "".join(lines)
    assert gitexp("ls", "-n", "1").count("\n") == 2
    sorted_by_loss = gitexp("ls", "--sort", "-loss", "--columns", "name,loss.min").splitlines()
    assert [line.split()[0] for line in sorted_by_loss] == [
        "name",
        "lr-0.1",
        "lr-0.01",
        "lr-0.001",
    ]
    assert gitexp("ls", "--where", "lr < 0.05", "@t").splitlines()[1].startswith("lr-0.01 ")
    assert gitexp("ls", "lr-0.1", "latest", "-c", "name") == "name\nlr-0.1\nlr-0.001\n"
    assert gitexp("ls", "-c", "+host", "-n", "1").splitlines()[0].split()[-1] == "host"


def test_ls_for_programs(runs: Path, gitexp: Run) -> None:
    objects = json.loads(gitexp("ls", "--json"))
    stored = json.loads(git(runs, "show", "refs/experiments/lr-0.001:run.json"))
    assert objects[0] == stored
    assert len(objects) == 3
    rows = list(csv.DictReader(io.StringIO(gitexp("ls", "--csv"))))
    assert rows[0]["config.lr"] == "0.001"
    assert float(rows[2]["metrics.loss"]) == pytest.approx(1 / 6)
    assert rows[2]["command"] == "python train.py"
    table = gitexp("ls", "--csv", "-c", "name,lr", "-n", "2")
    assert table == "name,lr\nlr-0.001,0.001\nlr-0.01,0.01\n"
    assert json.loads(gitexp("ls", "--json", "--where", "lr > 1")) == []


def test_ls_with_malformed_runs(runs: Path, gitexp: Run) -> None:
    git(runs, "update-ref", "refs/experiments/bad", git(runs, "rev-parse", "HEAD"))
    assert "bad  ! malformed: it has no run.json" in gitexp("ls")
    assert len(json.loads(gitexp("ls", "--json", "-n", "3"))) == 3
    assert "left out: run bad is malformed" in gitexp.err  # type: ignore[attr-defined]
    gitexp("show", "bad", code=1)
    assert "malformed: it has no run.json" in gitexp.err  # type: ignore[attr-defined]


def test_ls_without_runs(repo: Path, gitexp: Run) -> None:
    assert gitexp("ls") == "No runs yet. Start one: gitexp record python train.py\n"
    assert gitexp("ls", "--json") == "[]\n"
    assert not (repo / ".git" / "gitexp").exists()


def test_ls_that_fits_nothing(runs: Path, gitexp: Run) -> None:
    assert gitexp("ls", "--where", "lr > 1") == ""
    assert gitexp.err == "no run fits\n"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["ls", "--where", "lr <"], "--where, column"),
        (["ls", "--where", "lrr < 1"], "did you mean lr?"),
        (["ls", "--sort", "lrr"], "--sort, column 1: no run has anything named 'lrr'"),
        (["ls", "--columns", "lrr"], "--columns, column 1"),
        (["ls", "--json", "--csv"], "exclude each other"),
        (["ls", "--json", "--columns", "name"], "use --csv"),
        (["ls", "-n", "-1"], "-1"),
        (["metrics", "latest", "los"], "lr-0.001 has no metric 'los'"),
        (["metrics", "latest", "--log"], "--log and --x are for --plot"),
        (["metrics", "latest", "--plot", "--csv"], "exclude each other"),
        (["metrics", "latest", "loss", "--plot", "-x", "zzz"], "no metric 'zzz'"),
        (["diff", "latest", "--json", "--md"], "exclude each other"),
    ],
)
def test_wrong_requests_are_usage_errors(
    runs: Path, gitexp: Run, args: list[str], said: str
) -> None:
    gitexp(*args, code=2)
    assert said in gitexp.err  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", ["show", "metrics", "diff"])
def test_a_run_that_is_not_there(runs: Path, gitexp: Run, command: str) -> None:
    gitexp(command, "lr-0.2", code=1)
    assert "error: no run named 'lr-0.2'" in gitexp.err  # type: ignore[attr-defined]
    assert "hint: did you mean 'lr-0.1'?" in gitexp.err  # type: ignore[attr-defined]
    gitexp(command, "lr", code=1)
    assert "'lr' fits 3 runs" in gitexp.err  # type: ignore[attr-defined]


def test_show(runs: Path, gitexp: Run) -> None:
    make_run(
        runs,
        "crash",
        status="failed",
        error=ErrorInfo("ValueError", "no", "Traceback:\n  line\nValueError: no"),
        created_at="2024-02-01T00:00:00.000Z",
        notes="a note",
    )
    page = gitexp("show")
    assert page.startswith("crash   ✗ failed after 1m 0s (exit code 1)")
    assert "ValueError: no" in page
    assert "| a note" in page
    page = gitexp("show", "best:loss")
    assert page.startswith("lr-0.001   ✓ finished in 1m 0s")
    assert "Metrics\n" in page
    assert ["loss", "↓", "0.125", "0.125", "5"] in [line.split()[:5] for line in page.splitlines()]
    assert json.loads(gitexp("show", "lr-0.1", "--json"))["config"] == {"lr": 0.1}


def test_show_a_file(runs: Path, gitexp: Run) -> None:
    assert gitexp("show", "latest", "output.log") == "\x1b[31mred\x1b[0m\n"  # piped: as it is
    assert gitexp("show", "lr-0.1", "code/train.py") == "lr = 0.1\n"
    gitexp("show", "latest", "nothing", code=1)
    assert "has no file 'nothing'" in gitexp.err  # type: ignore[attr-defined]


def test_metrics(runs: Path, gitexp: Run) -> None:
    table = gitexp("metrics", "latest", "-n", "2").splitlines()
    assert table[0].split() == ["step", "time", "loss", "↓", "acc", "↑", "epoch"]
    assert table[1].split() == ["4", "4s", "0.1429", "0.4", "2"]
    assert len(table) == 3
    rows = list(csv.reader(io.StringIO(gitexp("metrics", "lr-*", "acc", "--csv"))))
    assert rows[0] == ["run", "step", "time", "acc"]
    assert len(rows) == 1 + 3 * 6
    (one,) = json.loads(gitexp("metrics", "lr-0.1", "cpu.*", "--json"))
    assert one["name"] == "lr-0.1"
    assert one["metrics"]["cpu.utilization_pct"]["value"] == [0.0, 10.0, 20.0]
    assert one["metrics"]["cpu.utilization_pct"]["step"] == [0, 1, 2]
    plot = gitexp("metrics", "lr-*", "loss", "--plot", "--log", "-x", "epoch")
    assert plot.startswith("loss\n")
    assert "epoch" in plot
    assert plot.count("last ") == 3
    assert gitexp("metrics", "latest", "--plot").splitlines()[0] == "loss"


def test_metrics_of_runs_without_any(repo: Path, gitexp: Run) -> None:
    make_run(repo, "a")
    assert json.loads(gitexp("metrics", "a", "--json"))[0]["metrics"] == {}
    assert gitexp.err == "the run has no metrics\n"  # type: ignore[attr-defined]
    blob = git(repo, "hash-object", "-w", "--stdin", input=b"{nope")
    tree = git(repo, "mktree", input=f"100644 blob {blob}\trun.json\n".encode())
    git(repo, "update-ref", "refs/experiments/b", git(repo, "commit-tree", tree, "-m", "b"))
    assert gitexp("metrics", "b", code=1) == ""
    assert "run 'b' is malformed: run.json" in gitexp.err  # type: ignore[attr-defined]


def test_diff(runs: Path, gitexp: Run) -> None:
    page = gitexp("diff", "lr-0.1", "lr-0.01")
    assert "lr  0.1 → 0.01" in page
    assert "better" in page
    assert "Code: 1 file changed, +1 -1" in page
    assert "+lr = 0.01" in gitexp("diff", "lr-0.1", "lr-0.01", "--code")
    assert gitexp("diff", "lr-*").startswith("baseline  lr-0.001")
    assert gitexp("diff", "lr-0.1", "lr-0.01", "--md").startswith("### `lr-0.1` → `lr-0.01`")
    assert json.loads(gitexp("diff", "lr-0.1", "lr-0.01", "--json"))["same"] is False


def test_diff_exit_codes(runs: Path, gitexp: Run) -> None:
    gitexp("diff", "lr-0.1", "lr-0.01", "--exit-code", code=1)
    assert "No differences" in gitexp("diff", "lr-0.1", "lr-0.1", "--exit-code")


def test_diff_of_one_run(runs: Path, gitexp: Run) -> None:
    page = gitexp("diff", "lr-0.1", "--code")
    assert "working tree" in page
    assert "-lr = 0.1" in page


def test_on_a_terminal(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal([*GITEXP, "ls"], cwd=runs)
    assert terminal.wait() == 0
    assert b"\x1b[1mname" in terminal.screen
    assert b"did not fit" in terminal.screen
    terminal = Terminal([*GITEXP, "show", "latest", "output.log"], cwd=runs)
    assert terminal.wait() == 0
    assert terminal.screen.replace(b"\r", b"") == b"\x1b[31mred\x1b[0m\n\x1b[0m"


def test_what_the_encoding_lacks_is_replaced(runs: Path) -> None:
    from support.cli import gitexp

    done = gitexp("ls", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert b"? finished" in done.stdout


@pytest.mark.parametrize("args", [["ls"], ["show"], ["diff", "lr-0.1", "lr-0.01"]])
def test_looking_imports_nothing_that_takes_long(runs: Path, args: list[str]) -> None:
    code = (
        "import json, sys; from gitexp.cli import main; "
        f"assert main({args}) == 0; print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=runs)
    modules = set(json.loads(done.stdout.splitlines()[-1]))
    heavy = {"numpy", "rich", "git", "yaml", "psutil", "jinja2", "torch", "pandas", "safetensors"}
    assert not heavy & modules
    assert not {name for name in modules if name.startswith("gitexp.record")}


def test_outside_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gitexp: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    gitexp("ls", code=1)
    assert "is not in a git repository" in gitexp.err  # type: ignore[attr-defined]
