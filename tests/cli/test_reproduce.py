"""`gitexp reproduce`: real runs run again in real processes, and what is said about it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.cli import GITEXP, Terminal, gitexp, runs_of
from support.git import git
from support.runs import make_run
from support.schema import assert_valid_run

import gitexp as gitexp_module

PYTHON = sys.executable

# Deterministic but for what FACTOR says, which is no part of the code.
TRAIN = """
import os, sys
import numpy as np
import gitexp

run = gitexp.init()
factor = float(os.environ.get("FACTOR", "1"))
w = np.zeros(4)
for step in range(5):
    w += 0.1 * (factor if step >= 3 else 1)
    gitexp.log({"loss": float(1 / (1 + w.sum())), "seconds": step / 7 * factor})
gitexp.save_checkpoint({"w": w, "b": np.ones(2)}, label="last")
sys.exit(int(os.environ.get("FAIL", "0")))
"""


@pytest.fixture
def lab(repo: Path) -> Path:
    (repo / "train.py").write_text(TRAIN)
    gitexp("record", "-q", "--capture", "argv,output", "--name", "dove", "--set", "lr=0.1", "--",
           PYTHON, "train.py", cwd=repo)  # fmt: skip
    return repo


def shown(top: Path, name: str) -> dict[str, Any]:
    raw = git(top, "show", f"refs/experiments/{name}:run.json")
    assert_valid_run(raw.encode())
    run = json.loads(raw)
    assert isinstance(run, dict)
    return run


def test_a_deterministic_run_is_bit_equal_and_both_runs_say_so(lab: Path) -> None:
    (lab / "train.py").write_text("raise SystemExit('not this')\n")
    status = git(lab, "status", "--porcelain")
    done = gitexp("reproduce", "dove", cwd=lab)
    said = done.stdout.decode().splitlines()
    assert said[0] == "✓ bit-equal: 1 metric in 5 points, 2 tensors"
    assert "Not compared, they measure the machine: seconds" in said
    err = done.stderr.decode()
    assert f"command: {PYTHON} train.py" in err
    assert "environment: as recorded" in err
    repeat, original = shown(lab, "dove-repeat"), shown(lab, "dove")
    assert repeat["lineage"]["reproduced_from"] == "dove"
    assert repeat["config"] == original["config"]
    assert repeat["git"]["code_tree"] == original["git"]["code_tree"]
    (ours,), (theirs,) = original["verdicts"], repeat["verdicts"]
    assert (ours["run"], ours["role"], ours["outcome"]) == ("dove-repeat", "repeat", "bit-equal")
    assert (theirs["run"], theirs["role"], theirs["id"]) == ("dove", "original", original["id"])
    for name, words in (("dove", "✓ repeated by dove-repeat: bit-equal"),
                        ("dove-repeat", "✓ repeats dove: bit-equal")):  # fmt: skip
        assert words in gitexp("show", name, cwd=lab).stdout.decode()
        readme = git(lab, "show", f"refs/experiments/{name}:README.md")
        assert "## Run again" in readme
        assert words in readme
    # Nothing is left behind, and the user's worktree is as it was.
    assert git(lab, "worktree", "list").count("\n") == 0
    assert git(lab, "status", "--porcelain") == status
    subjects = git(lab, "log", "-1", "--format=%s", "refs/experiments/dove")
    assert subjects == "dove: repeated by dove-repeat, bit-equal"


def test_curves_that_part(lab: Path) -> None:
    done = gitexp("reproduce", "dove", cwd=lab, env={"FACTOR": "1.5"}, code=3)
    said = done.stdout.decode()
    assert said.startswith("✗ diverged: loss parts at step 3 (")
    assert "1 of 2 tensors differ" in said
    (verdict,) = shown(lab, "dove")["verdicts"]
    assert (verdict["metric"], verdict["step"], verdict["differing_metrics"]) == ("loss", 3, 1)
    assert verdict["differing_tensors"] == 1
    assert 0 < verdict["largest"] < 1


def test_within_tolerance(lab: Path) -> None:
    almost = {"FACTOR": "1.0001"}
    done = gitexp("reproduce", "dove", cwd=lab, env=almost)
    assert done.stdout.decode().startswith("✓ within tolerance: ")
    gitexp("reproduce", "dove", "--exact", cwd=lab, env=almost, code=3)
    gitexp("reproduce", "dove", "--tolerance", "1e-9", cwd=lab, env=almost, code=3)
    verdicts = shown(lab, "dove")["verdicts"]
    assert [v["run"] for v in verdicts] == ["dove-repeat", "dove-repeat-2", "dove-repeat-3"]
    assert [v["outcome"] for v in verdicts] == ["within tolerance"] * 2 + ["diverged"]


def test_a_repeat_that_fails(lab: Path) -> None:
    done = gitexp("reproduce", "dove", cwd=lab, env={"FAIL": "2"}, code=4)
    assert done.stdout.decode().splitlines()[0] == "✗ failed"
    assert shown(lab, "dove-repeat")["status"] == "failed"


def test_somebody_elses_command_is_not_run_unasked(lab: Path, tmp_path: Path) -> None:
    git(lab, "config", "user.email", "mallory@example.org")
    done = gitexp("reproduce", "dove", cwd=lab, code=1)
    err = done.stderr.decode()
    assert "train.py" in err.splitlines()[0]
    assert "author:  Ada Lovelace <ada@example.org> (somebody else)" in err
    assert "there is nobody to ask" in err
    assert len(runs_of(lab)) == 1

    def answer(keys: bytes) -> int:
        terminal = Terminal([*GITEXP, "reproduce", "dove"], cwd=lab)
        terminal.read_until(b"[y/N]")
        terminal.type(keys)
        return terminal.wait()

    assert answer(b"n\n") == 130
    assert len(runs_of(lab)) == 1
    assert answer(b"y\n") == 0
    gitexp("reproduce", "dove", "--yes", cwd=lab)
    assert len(runs_of(lab)) == 3


def test_a_fetched_run_may_claim_to_be_ours(lab: Path) -> None:
    oid = git(lab, "rev-parse", "refs/experiments/dove")
    git(lab, "update-ref", "refs/gitexp/fetched/origin/dove", oid)
    done = gitexp("reproduce", "dove", cwd=lab, code=1)
    assert b"(it was fetched)" in done.stderr


@pytest.mark.parametrize("cwd", ["..", "../..", "/", "out", "gone"])
def test_a_folder_outside_the_code_is_refused(repo: Path, tmp_path: Path, cwd: str) -> None:
    (repo / "out").symlink_to("/tmp")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "link")
    make_run(repo, "dove", cwd=cwd, command=("touch", "ran"))
    done = gitexp("reproduce", "dove", cwd=repo, code=1)
    assert b"the folder that it ran in" in done.stderr
    assert not (repo.parent / "ran").exists()
    assert git(repo, "worktree", "list").count("\n") == 0


def test_what_cannot_be_run_again(repo: Path) -> None:
    make_run(repo, "none", command=())
    assert b"has no command" in gitexp("reproduce", "none", cwd=repo, code=1).stderr
    make_run(repo, "secret", command=("train", "--api-key", "[redacted]"))
    said = gitexp("reproduce", "secret", cwd=repo, code=1).stderr
    assert b"held a credential, which is not recorded" in said


def test_data_that_git_ignores_is_linked_and_the_code_stays_the_same(repo: Path) -> None:
    (repo / "data").mkdir()
    (repo / "data" / "x").write_text("3")
    (repo / "train.py").write_text("print('step 1 loss=' + open('data/x').read())\n")
    gitexp("record", "-q", "--name", "dove", PYTHON, "train.py", cwd=repo)
    (repo / "data" / "x").write_text("4")
    done = gitexp("reproduce", "dove", cwd=repo, code=4)
    assert b"it read what is not in its code, nor here as it was: data/x\n" in done.stderr
    (repo / "data" / "x").write_text("3")
    done = gitexp("reproduce", "dove", "--link", "data", cwd=repo)
    assert b"it read" not in done.stderr
    assert "\n✓ bit-equal" in done.stdout.decode()
    assert (
        shown(repo, "dove-repeat-2")["git"]["code_tree"] == shown(repo, "dove")["git"]["code_tree"]
    )
    for bad in ("train.py", "../x", "/x"):
        assert (
            b"error: --link" in gitexp("reproduce", "dove", "--link", bad, cwd=repo, code=1).stderr
        )


def test_what_it_read_is_copied_where_it_is_as_it_was(repo: Path) -> None:
    (repo / "train.py").write_text(
        "import os, time\n"
        "start = int(open('state').read()) if os.path.exists('state') else 0\n"
        "print(f'step {start} loss={1 / (start + 1):.4f}')\n"
        "time.sleep(2)  # until it is hashed\n"
        "open('state', 'w').write(str(start + 1))\n"
    )
    for name in ("first", "second"):
        gitexp("record", "-q", "--name", name, PYTHON, "train.py", cwd=repo)
    assert [entry["path"] for entry in shown(repo, "second")["capture"]["inputs"]] == ["state"]
    done = gitexp("reproduce", "second", cwd=repo, code=3)
    assert b"nor here as it was: state\n" in done.stderr
    (repo / "state").write_text("1")
    done = gitexp("reproduce", "second", cwd=repo)
    assert b"it read" not in done.stderr
    assert "\n✓ bit-equal" in f"\n{done.stdout.decode()}"
    assert (repo / "state").read_text() == "1"
    codes = {shown(repo, name)["git"]["code_tree"] for name in ("second", "second-repeat-2")}
    assert len(codes) == 1


def test_a_folder_of_ones_own_is_kept(lab: Path, tmp_path: Path) -> None:
    gitexp("reproduce", "dove", "--dir", str(tmp_path / "again"), cwd=lab)
    assert (tmp_path / "again" / "train.py").read_text() == TRAIN


def a_wheel(folder: Path, name: str, version: str) -> None:
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", f"version = {version!r}\n")
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def test_the_recorded_packages(repo: Path, tmp_path: Path) -> None:
    for version in ("1.0", "2.0"):
        a_wheel(tmp_path, "netlib", version)
    (repo / "train.py").write_text("import netlib\nprint('step 1 loss=' + netlib.version)\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "x")
    environment = {
        "python": {"version": ".".join(map(str, sys.version_info[:3]))},
        "packages": {"netlib": "1.0", "gitexp": "99", "pip": "1"},
    }
    make_run(
        repo, "dove", command=("python", "train.py"), environment=environment,
        metrics=[{"_step": 1, "loss": 1.0}], exit_code=0,
    )  # fmt: skip
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    done = gitexp("reproduce", "dove", "--venv", cwd=repo, env={**os.environ, **pip})
    assert "\n✓ bit-equal" in done.stdout.decode(), done.stderr
    assert "package.netlib" not in done.stderr.decode()
    own = {**environment, "packages": {"netlib": "2.0+local", "own-project": "0.1"}}
    make_run(repo, "owl", command=("python", "train.py"), environment=own,
             metrics=[{"_step": 1, "loss": 2.0}], exit_code=0)  # fmt: skip
    done = gitexp("reproduce", "owl", "--venv", cwd=repo, env={**os.environ, **pip})
    assert "pip finds them nowhere, left out: own-project 0.1\n" in done.stderr.decode()
    assert "package.own-project: 0.1 → none" in done.stderr.decode()
    assert "\n✓ bit-equal" in done.stdout.decode(), done.stderr
    bad = {**environment, "packages": {"--index-url": "http://evil"}}
    make_run(repo, "evil", command=("python", "train.py"), environment=bad)
    said = gitexp("reproduce", "evil", "--venv", cwd=repo, code=1).stderr
    assert b"cannot be installed by pip" in said


def test_an_environment_that_git_ignores_is_found_in_the_users_worktree(repo: Path) -> None:
    (repo / "env" / "bin").mkdir(parents=True)
    (repo / "env" / "bin" / "python").symlink_to(PYTHON)
    (repo / ".gitignore").write_text("/env\n")
    (repo / "sub").mkdir()
    (repo / "sub" / "train.py").write_text("import sys\nprint('step 1 loss=2')\n")
    command = ("../env/bin/python", "train.py")
    gitexp("record", "-q", "--name", "dove", *command, cwd=repo / "sub")
    gitexp("reproduce", "dove", cwd=repo)
    assert shown(repo, "dove-repeat")["command"][0] == f"{repo}/env/bin/python"
    (repo / "env" / "bin" / "python").unlink()
    gitexp("reproduce", "dove", cwd=repo)
    assert shown(repo, "dove-repeat-2")["command"][0] == shutil.which("python")


def test_from_python(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lab)
    assert gitexp_module.reproduce("dove").verdict.outcome == "bit-equal"
    git(lab, "config", "user.name", "Bob")
    with pytest.raises(gitexp_module.GitexpError, match="somebody else's command"):
        gitexp_module.reproduce("dove")
    assert gitexp_module.reproduce("dove", trust=True).verdict.outcome == "bit-equal"
    assert [verdict["run"] for verdict in shown(lab, "dove")["verdicts"]] == [
        "dove-repeat", "dove-repeat-2"
    ]  # fmt: skip


def test_packages_from_the_registry_that_pip_is_set_to(repo: Path, tmp_path: Path) -> None:
    wanted = ("iniconfig", "2.0.0")  # small, without dependencies
    download = [PYTHON, "-m", "pip", "download", "-q", "--no-deps", "-d", str(tmp_path / "there")]
    reached = subprocess.run([*download, "==".join(wanted)], capture_output=True, timeout=60)
    if reached.returncode:
        pytest.skip("no package registry can be reached")
    (repo / "train.py").write_text(
        "from importlib.metadata import version\n"
        "import iniconfig\n"
        "print('step 1 loss=' + version('iniconfig').replace('.', ''))\n"
    )
    environment = {
        "python": {"version": ".".join(map(str, sys.version_info[:3]))},
        "packages": dict([wanted]),
    }
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "x")
    make_run(
        repo, "dove", command=("python", "train.py"), environment=environment,
        metrics=[{"_step": 1, "loss": 200.0}], exit_code=0,
    )  # fmt: skip
    done = gitexp("reproduce", "dove", "--venv", cwd=repo)
    assert "\n✓ bit-equal" in done.stdout.decode(), done.stderr
    assert "package.iniconfig" not in done.stderr.decode()
