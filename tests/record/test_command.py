"""`gitexp record`: the command runs as if we were not there, and becomes a run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.cli import GITEXP, Terminal, gitexp, runs_of, start_gitexp, wait_for
from support.git import fsck, git

from gitexp.schema import names

PYTHON = sys.executable


def the_run(top: Path) -> dict[str, Any]:
    (run,) = runs_of(top)
    return run


def tree_of(top: Path, name: str) -> list[str]:
    return git(top, "ls-tree", "-r", "--name-only", names.ref_of(name)).splitlines()


def shown(top: Path, name: str, file: str) -> str:
    return git(top, "show", f"{names.ref_of(name)}:{file}")


# The run in git ------------------------------------------------------------------------------


def test_a_command_becomes_a_chain_of_commits_with_the_lab_in_a_box(repo: Path) -> None:
    gitexp("record", "--name", "first", "-t", "a", "-t", "b", "-m", "why", "-g", "lab", "--",
           "echo", "hello", "--lr", "0.1", "--deep.er=[1,2]")  # fmt: skip
    subjects = git(repo, "log", "--format=%s", names.ref_of("first")).splitlines()
    assert subjects[-1] == "First"
    assert subjects[-2] == "first: started"
    assert subjects[0].startswith("first: finished in ")
    body = git(repo, "log", "-1", "--format=%(trailers:only,unfold)", names.ref_of("first"))
    assert "Gitexp-Run: first" in body
    assert "Gitexp-Status: finished" in body
    files = tree_of(repo, "first")
    for file in ("README.md", "run.json", "config.yaml", "hardware.jsonl", "output.log",
                 "environment.json", "code/train.py", "code/.gitignore"):  # fmt: skip
        assert file in files
    run = json.loads(shown(repo, "first", "run.json"))
    assert run["status"] == "finished"
    assert run["exit_code"] == 0
    assert run["tags"] == ["a", "b"]
    assert run["notes"] == "why"
    assert run["group"] == "lab"
    assert run["config"] == {"args": ["hello"], "lr": 0.1, "deep": {"er": [1, 2]}}
    assert run["git"]["base_commit"] == git(repo, "rev-parse", "HEAD")
    assert run["git"]["branch"] == "main"
    assert run["git"]["dirty"] is False
    assert run["author"] == "Ada Lovelace <ada@example.org>"
    assert 0 <= run["duration_s"] < 60
    assert yaml.safe_load(shown(repo, "first", "config.yaml")) == run["config"]
    assert shown(repo, "first", "output.log") == "hello --lr 0.1 --deep.er=[1,2]"
    assert git(repo, "rev-parse", f"{names.ref_of('first')}:code") == (
        git(repo, "rev-parse", "HEAD^{tree}")
    )
    fsck(repo)


def test_the_code_difference_shows_uncommitted_and_untracked_files(repo: Path) -> None:
    gitexp("record", "-n", "a", "--", "true")
    (repo / "train.py").write_text("print('loss', 0.25)\n")
    (repo / "new.py").write_text("x = 1\n")
    (repo / ".env").write_text("TOKEN=1\n")
    (repo / "big.bin").write_bytes(bytes(11 * 1024 * 1024))
    gitexp("record", "-n", "b", "--", "true")
    diff = git(repo, "diff", "refs/experiments/a:code", "refs/experiments/b:code")
    assert "+print('loss', 0.25)" in diff
    assert "+x = 1" in diff
    assert "TOKEN" not in diff
    run = json.loads(shown(repo, "b", "run.json"))
    assert run["git"]["dirty"] is True
    skipped = {s["path"]: s["reason"] for s in run["git"]["skipped"]}
    assert skipped == {".env": "looks like a secret", "big.bin": "too large"}


def test_the_ref_exists_from_the_first_second(repo: Path) -> None:
    process = start_gitexp("record", "-n", "slow", "--", "sleep", "30", cwd=repo)
    wait_for(lambda: git(repo, "for-each-ref", names.ref_of("slow")), 10)
    assert json.loads(shown(repo, "slow", "run.json"))["status"] == "running"
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 128 + signal.SIGTERM
    process.communicate()
    assert json.loads(shown(repo, "slow", "run.json"))["status"] == "killed"


def test_nothing_of_the_users_is_touched(repo: Path) -> None:
    (repo / "train.py").write_text("changed\n")
    (repo / "staged.py").write_text("staged\n")
    git(repo, "add", "staged.py")
    (repo / "other.py").write_text("other\n")
    git(repo, "stash", "push", "-q", "train.py")
    (repo / "train.py").write_text("changed again\n")

    def state() -> list[Any]:
        return [
            git(repo, "status", "--porcelain"),
            git(repo, "rev-parse", "HEAD"),
            git(repo, "stash", "list"),
            git(repo, "reflog", "--all"),
            (repo / ".git" / "index").read_bytes(),
            sorted(p.name for p in repo.iterdir()),
        ]

    before = state()
    gitexp("record", "--", "sh", "-c", "echo hi")
    assert state() == before


# As if we were not there ---------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1, 3, 42, 255])
def test_the_exit_code_is_the_commands(repo: Path, code: int) -> None:
    gitexp("record", "-n", "x", "sh", "-c", f"exit {code}", code=code)
    run = the_run(repo)
    assert run["exit_code"] == code
    assert run["status"] == ("failed" if code else "finished")


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGSEGV", "SIGINT"])
def test_a_killed_command_is_128_plus_signal(repo: Path, name: str) -> None:
    number = signal.Signals[name]
    gitexp("record", "sh", "-c", f"kill -{number.value} $$", code=128 + number)
    run = the_run(repo)
    assert run["signal"] == name
    assert run["status"] == ("interrupted" if name == "SIGINT" else "killed")


def test_stdin_stdout_and_stderr_are_the_commands(repo: Path) -> None:
    done = gitexp("record", "--quiet", "sh", "-c", "cat; echo err >&2", input=b"in\n")
    assert done.stdout == b"in\n"
    assert done.stderr == b"err\n"


def test_output_is_shown_at_once(repo: Path) -> None:
    process = start_gitexp("record", "-q", "--", "sh", "-c", "echo now; sleep 30", cwd=repo)
    assert process.stdout is not None
    began = time.monotonic()
    assert process.stdout.readline() == b"now\n"
    assert time.monotonic() - began < 15
    process.terminate()
    process.communicate()


def test_what_we_say_ourselves_is_calm(repo: Path) -> None:
    done = gitexp("record", "-n", "calm", "--", "true")
    lines = done.stderr.decode().splitlines()
    assert lines[0] == "gitexp: recording calm"
    assert lines[1].startswith("gitexp: ✓ calm finished in ")
    assert lines[2].strip() == "gitexp show calm"
    assert len(lines) == 3
    assert gitexp("record", "-q", "true").stderr == b""


def test_a_command_that_is_not_there_fails_like_a_shell(repo: Path) -> None:
    done = gitexp("record", "-n", "typo", "pyhton", "train.py", code=127)
    assert b"error: pyhton: command not found" in done.stderr
    assert the_run(repo)["status"] == "failed"
    (repo / "plain").write_text("no program")
    assert b"permission denied" in gitexp("record", "./plain", code=126).stderr


def test_a_broken_pipe_reaches_the_command(repo: Path) -> None:
    done = subprocess.run(
        f"{' '.join(GITEXP)} record -q yes | head -1", shell=True, capture_output=True, timeout=60
    )
    assert done.stdout == b"y\n"
    wait_for(lambda: the_run(repo)["status"] == "killed")
    assert the_run(repo)["signal"] == "SIGPIPE"


def test_a_process_left_behind_does_not_hold_us(repo: Path) -> None:
    began = time.monotonic()
    process = start_gitexp("record", "-q", "--", "sh", "-c", "sleep 8 & echo started", cwd=repo)
    assert process.wait(30) == 0
    assert time.monotonic() - began < 7
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_signals_are_passed_on_exactly_once(repo: Path, number: signal.Signals) -> None:
    script = (
        "import signal, time, sys\n"
        "seen = []\n"
        f"signal.signal({number.value}, lambda *a: seen.append(1))\n"
        "print('ready', flush=True)\n"
        "end = time.monotonic() + 1.5\n"
        "while time.monotonic() < end: time.sleep(0.01)\n"
        "print(len(seen), flush=True)\n"
    )
    for to_group in (False, True):
        process = start_gitexp(
            "record", "-q", PYTHON, "-c", script, cwd=repo, start_new_session=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        (os.killpg if to_group else os.kill)(process.pid, number)
        assert process.stdout.read() == b"1\n"
        assert process.wait(30) == 0
        process.communicate()


# Terminals -----------------------------------------------------------------------------------


def test_on_a_terminal_the_command_sees_a_terminal(repo: Path) -> None:
    script = (
        "import sys, os\n"
        "print([s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr)])\n"
        "print('size', *os.get_terminal_size(1))\n"
    )
    terminal = Terminal([*GITEXP, "record", "-q", PYTHON, "-c", script])
    screen = terminal.read_until(b"size")
    assert terminal.wait() == 0
    assert b"[True, True, True]\r\n" in screen
    assert b"\r\r\n" not in terminal.screen


def test_off_a_terminal_it_sees_pipes(repo: Path) -> None:
    script = "import sys; print([s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr)])"
    assert gitexp("record", "-q", PYTHON, "-c", script).stdout == b"[False, False, False]\n"


def test_the_window_size_follows(repo: Path) -> None:
    import fcntl
    import struct
    import termios

    script = (
        "import os, signal, time\n"
        "def show(*a): print('size', *os.get_terminal_size(1), flush=True)\n"
        "signal.signal(signal.SIGWINCH, show)\n"
        "print('ready', flush=True)\n"
        "for _ in range(300): time.sleep(0.02)\n"
    )
    terminal = Terminal([*GITEXP, "record", "-q", PYTHON, "-c", script])
    terminal.read_until(b"ready")
    fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
    terminal.read_until(b"size 77 33")
    terminal.type(b"\x03")
    assert terminal.wait() != 0


def test_ctrl_c_reaches_the_command_once_and_the_run_is_interrupted(repo: Path) -> None:
    script = (
        "import time\n"
        "try:\n    print('ready', flush=True)\n    time.sleep(30)\n"
        "except KeyboardInterrupt:\n    time.sleep(0.3); print('stopped', flush=True); raise\n"
    )
    terminal = Terminal([*GITEXP, "record", PYTHON, "-c", script])
    terminal.read_until(b"ready")
    terminal.type(b"\x03")
    terminal.read_until(b"stopped")
    assert terminal.wait() == 130
    run = the_run(repo)
    assert run["status"] == "interrupted"
    assert "interrupted" in terminal.screen.decode()


def test_keys_typed_reach_the_command(repo: Path) -> None:
    terminal = Terminal([*GITEXP, "record", "-q", PYTHON, "-c", "print('got', input('> '))"])
    terminal.read_until(b"> ")
    terminal.type(b"hello\n")
    terminal.read_until(b"got hello")
    assert terminal.wait() == 0


def test_progress_bars_are_folded_in_the_log(repo: Path) -> None:
    script = (
        "import sys\n"
        "for n in range(100): sys.stderr.write(f'\\r{n}%')\n"
        "sys.stderr.write('\\r100%\\n'); print('done')\n"
    )
    gitexp("record", "-n", "bar", PYTHON, "-c", script)
    assert sorted(shown(repo, "bar", "output.log").splitlines()) == ["100%", "done"]


# Config --------------------------------------------------------------------------------------


def test_config_files_then_the_command_line_then_set(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("lr: 1e-3\nmodel: {depth: 2, width: 8}\nepochs: 5\n")
    (tmp_path / "more.toml").write_text("[model]\nwidth = 16\n")
    gitexp("record", "--config", str(tmp_path / "base.yaml"), "--config",
           str(tmp_path / "more.toml"), "--set", "model.depth=3", "--set", "name=x",
           "--", "true", "--lr", "0.1", "-e", "5", "--flag")  # fmt: skip
    assert the_run(repo)["config"] == {
        "lr": 0.1,
        "model": {"depth": 3, "width": 16},
        "epochs": 5,
        "e": 5,
        "flag": True,
        "name": "x",
    }


def test_credentials_are_redacted_everywhere(repo: Path) -> None:
    secret = "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH"
    gitexp("record", "-n", "s", "--set", f"api_key={secret}", "--", "sh", "-c",
           f"echo {secret}", "--token", secret)  # fmt: skip
    everything = git(repo, "log", "-p", "--all", "--format=%B", names.ref_of("s"))
    assert secret not in everything


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--config", "none.yaml", "--", "true"], "does not exist"),
        (["--name", "a b", "true"], "cannot be a run's name"),
        (["--name", "latest", "true"], "meaning of its own"),
        (["--set", "novalue", "true"], "novalue"),
        ([], "Missing argument"),
    ],
)
def test_bad_usage_is_refused_before_anything_runs(
    repo: Path, arguments: list[str], said: str
) -> None:
    done = gitexp("record", *arguments, code=2)
    assert said in done.stderr.decode()
    assert runs_of(repo) == []


def test_a_taken_name_is_refused(repo: Path) -> None:
    gitexp("record", "-n", "x", "true")
    done = gitexp("record", "-n", "x", "touch", "made", code=1)
    assert b"error: a run named 'x' exists already" in done.stderr
    assert not (repo / "made").exists()


# Repositories of all kinds -------------------------------------------------------------------


def test_outside_a_repository_nothing_is_run(tmp_path: Path) -> None:
    done = gitexp("record", "touch", "made", cwd=tmp_path, code=1)
    assert b"is not in a git repository" in done.stderr
    assert b"hint: run `git init`" in done.stderr
    assert done.stderr.count(b"\n") == 2
    assert not (tmp_path / "made").exists()


def test_without_git_nothing_is_run(repo: Path) -> None:
    done = gitexp("record", "/usr/bin/touch", "made", env={"PATH": ""}, code=1)
    assert b"error: git was not found" in done.stderr
    assert not (repo / "made").exists()


def test_an_old_git_is_refused(repo: Path, tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\n[ $1 = version ] && echo git version 2.20.1 && exit 0\nexit 129\n")
    fake.chmod(0o755)
    done = gitexp("record", "/usr/bin/touch", "made", env={"PATH": str(fake.parent)}, code=1)
    assert b"git 2.20.1 is too old" in done.stderr


def test_a_repository_without_commits(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("1\n")
    gitexp("record", "-n", "x", "true", cwd=tmp_path)
    assert git(tmp_path, "rev-list", "--count", "refs/experiments/x") == "2"
    assert json.loads(shown(tmp_path, "x", "run.json"))["git"]["base_commit"] is None
    assert "code/a.py" in tree_of(tmp_path, "x")


def test_a_detached_head_in_a_subfolder(repo: Path) -> None:
    git(repo, "checkout", "-q", "--detach")
    (repo / "sub").mkdir()
    gitexp("record", "pwd", cwd=repo / "sub")
    run = the_run(repo)
    assert run["git"]["branch"] is None
    assert run["cwd"] == "sub"


def test_a_linked_worktree_shares_runs_and_journals(repo: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    git(repo, "worktree", "add", "-q", str(linked), "-b", "other")
    (linked / "only_here.py").write_text("1\n")
    gitexp("record", "-n", "x", "true", cwd=linked)
    assert the_run(repo)["git"]["branch"] == "other"
    assert "code/only_here.py" in tree_of(repo, "x")


def test_a_shallow_clone(repo: Path, tmp_path: Path) -> None:
    git(repo, "commit", "-q", "--allow-empty", "-m", "Second")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    gitexp("record", "-n", "x", "true", cwd=tmp_path / "shallow")
    fsck(tmp_path / "shallow")


def test_without_a_user_name(repo: Path, isolated: Path) -> None:
    (isolated / ".gitconfig").write_text("")
    gitexp("record", "-n", "x", "true")
    assert git(repo, "log", "-1", "--format=%an <%ae>", "refs/experiments/x") == (
        "gitexp <gitexp@localhost>"
    )


def test_odd_paths(tmp_path: Path) -> None:
    top = tmp_path / os.fsdecode(b"with space\nand newline \xff")
    top.mkdir()
    git(top, "init", "-q")
    (top / os.fsdecode(b"n\xffme \n.py")).write_text("1\n")
    gitexp("record", "-n", "x", "--", "echo", b"\xff", cwd=top)
    run = json.loads(shown(top, "x", "run.json"))
    assert run["command"] == ["echo", "\\xff"]
    assert b"code/n\xffme \n.py" in subprocess.run(
        ["git", "ls-tree", "-r", "-z", "--name-only", "refs/experiments/x"],
        cwd=top, capture_output=True, check=True,
    ).stdout.split(b"\0")  # fmt: skip
    fsck(top)


def test_a_sha256_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    gitexp("record", "-n", "x", "true", cwd=tmp_path)
    fsck(tmp_path)


# Checkpoints from files ----------------------------------------------------------------------


def test_files_of_the_commands_own_become_checkpoints(repo: Path) -> None:
    script = (
        "import numpy as np, time\n"
        "from safetensors.numpy import save_file\n"
        "import os; os.makedirs('out', exist_ok=True)\n"
        "for n in range(2):\n"
        "    save_file({'w': np.full(3, n, np.float32)}, f'out/model-{n}.safetensors')\n"
    )
    (repo / ".gitignore").write_text("out/\nold.safetensors\n")
    (repo / "old.safetensors").write_bytes(b"was here before")
    gitexp("record", "-n", "x", "--checkpoint", "out/*.safetensors", "--checkpoint",
           "*.safetensors", PYTHON, "-c", script)  # fmt: skip
    run = the_run(repo)
    assert [c["label"] for c in run["checkpoints"]] == ["out-model-0", "out-model-1"]
    assert "checkpoints/out-model-1/model.safetensors" in tree_of(repo, "x")


# When we die ---------------------------------------------------------------------------------


def test_the_training_survives_our_death_and_is_recovered(repo: Path) -> None:
    script = (
        "import time, gitexp\n"
        "for n in range(40):\n"
        "    gitexp.log({'n': n}); print('line', n, 'x' * 5000, flush=True); time.sleep(0.05)\n"
        "open('done', 'w').write('yes')\n"
    )
    (repo / ".gitignore").write_text("done\n")
    process = start_gitexp("record", "-n", "x", PYTHON, "-c", script, cwd=repo)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"line 0")
    process.kill()
    # All of the output still arrives, through the standby.
    rest = process.stdout.read()
    assert b"line 39" in rest
    process.communicate()
    wait_for(lambda: (repo / "done").exists())
    wait_for(lambda: the_run(repo)["status"] != "running")
    run = the_run(repo)
    assert run["status"] == "finished"
    assert run["metrics"]["n"]["count"] == 40
    assert "line 39" in shown(repo, "x", "output.log")
    assert not list((repo / ".git" / "gitexp" / "journals").iterdir())
    fsck(repo)
