"""`gitexp checkout`, as a user types it."""

from __future__ import annotations

from pathlib import Path

import safetensors.numpy
from support.cli import gitexp
from support.git import git
from support.runs import make_run

CODE = {"train.py": b"print('new')\n", "net/__init__.py": b""}


def checkpoint(value: float) -> dict[str, object]:
    import numpy as np

    return {"data": safetensors.numpy.save({"w": np.full(3, value, np.float32)}), "tensors": 1}


def test_without_a_folder_it_lies_beside_the_repository(repo: Path) -> None:
    make_run(repo, "team/dove", code=CODE)
    done = gitexp("checkout", "latest", cwd=repo)
    folder = repo.parent / "team-dove"
    assert done.stdout.decode() == f"{folder}\n"
    assert done.stderr == b""
    assert (folder / "train.py").read_bytes() == CODE["train.py"]
    assert git(folder, "status", "--porcelain") == ""
    again = gitexp("checkout", "latest", cwd=repo, code=1)
    assert again.stderr.decode() == (
        f"error: {folder} exists and is not empty\n"
        f"hint: give another folder, or remove it: git worktree remove {folder}\n"
    )


def test_checkpoints_come_as_files_that_git_does_not_see(repo: Path, tmp_path: Path) -> None:
    # A label may be a stranger's: it never is a path.
    labels = {"epoch-1": 1.0, "epoch/1": 2.0, "last": 4.0}
    trees = {label: checkpoint(value) for label, value in labels.items()}
    make_run(repo, "dove", code=CODE, checkpoints=trees)
    out = tmp_path / "out"
    done = gitexp("checkout", "dove", str(out), "--checkpoints", cwd=repo)
    assert done.stderr.decode() == "3 checkpoints in gitexp-checkpoints/\n"
    found = {
        path.name: safetensors.numpy.load_file(path)["w"][0]
        for path in (out / "gitexp-checkpoints").glob("*.safetensors")
    }
    assert found == {
        "epoch-1.safetensors": 1.0,
        "epoch-1-2.safetensors": 2.0,
        "last.safetensors": 4.0,
    }
    assert git(out, "status", "--porcelain") == ""


def test_a_link_of_the_code_is_not_written_through(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repo / "gitexp-checkpoints").symlink_to(tmp_path / "elsewhere")
    (repo / "m.safetensors").write_bytes(checkpoint(1)["data"])  # type: ignore[arg-type]
    save = "cp m.safetensors out.safetensors"
    gitexp("record", "-q", "--checkpoint", "out.safetensors", "--name", "dove", "--",
           "sh", "-c", save, cwd=repo)  # fmt: skip
    done = gitexp("checkout", "dove", str(tmp_path / "out"), "--checkpoints", cwd=repo, code=1)
    assert b"has a gitexp-checkpoints of its own" in done.stderr
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert git(repo, "worktree", "list").count("\n") == 0


def test_a_run_without_checkpoints_says_so(repo: Path, tmp_path: Path) -> None:
    make_run(repo, "dove", code=CODE)
    done = gitexp("checkout", "dove", str(tmp_path / "out"), "--checkpoints", cwd=repo)
    assert done.stderr == b"the run has no checkpoints\n"


def test_links_that_lead_out_are_named(repo: Path, tmp_path: Path) -> None:
    (repo / "data-link").symlink_to("/mnt/data")
    gitexp("record", "-q", "--name", "dove", "--", "true", cwd=repo)
    done = gitexp("checkout", "dove", str(tmp_path / "out"), cwd=repo)
    assert done.stderr.decode() == "links that lead out of it: data-link → /mnt/data\n"
