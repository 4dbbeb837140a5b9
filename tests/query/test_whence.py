"""Where tensors come from: by the blobs of large checkpoints, by content of small ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from support.cli import gitexp
from support.git import git
from support.runs import make_run

from gitexp.errors import GitexpError
from gitexp.journal.spool import spool_state
from gitexp.query.runs import Runs
from gitexp.query.whence import find_origins, started_from
from gitexp.schema.whence import Whence
from gitexp.store.checkpoint_export import write_sharded
from gitexp.store.checkpoints import write_checkpoint
from gitexp.store.repository import Repository
from gitexp.store.stored_checkpoint import StoredCheckpoint

State = dict[str, np.ndarray[Any, Any]]
MiB = 2**20


def large(seed: int, **changed: int) -> State:
    """Two tensors of 12 MiB, and some small ones in two modules."""

    def values(name: str, size: int) -> np.ndarray[Any, Any]:
        dice = np.random.default_rng([changed.get(name, seed), len(name)])
        return dice.standard_normal(size, np.float32)

    return {
        "a.weight": values("a", 3 * MiB),
        "b.weight": values("bb", 3 * MiB),
        "a.bias": values("ccc", 5),
        "b.bias": values("dddd", 5),
    }


@pytest.fixture
def keep(repo: Path, tmp_path: Path) -> Callable[..., str]:
    """Make a run with checkpoints; returns the tree of the last one."""
    days = iter(range(1, 28))

    def make(name: str, *states: State, lfs: bool = False) -> str:
        checkpoints: dict[str, dict[str, Any]] = {}
        tree = ""
        for n, state in enumerate(states, 1):
            spool = tmp_path / f"{name}-{n}"
            spooled = spool_state(spool, state)
            tree = write_checkpoint(Repository.open(repo), spool, lfs=lfs)
            checkpoints[f"epoch-{n}"] = {
                "step": n, "tree": tree, "bytes": spooled.bytes, "tensors": spooled.tensors,
            }  # fmt: skip
        day = f"2024-01-{next(days):02}T00:00:00.000Z"
        make_run(repo, name, checkpoints=checkpoints, created_at=day)
        return tree

    return make


def whence(repo: Path, path: Path) -> Whence:
    with Runs(Repository.open(repo)) as runs:
        return find_origins(runs, path)


def parts(found: Whence) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(o.run, o.label, tuple(sorted(o.tensors))) for o in found.origins]


ALL = ("a.bias", "a.weight", "b.bias", "b.weight")


def test_a_large_file_is_a_checkpoint(
    repo: Path, tmp_path: Path, keep: Callable[..., str]
) -> None:
    keep("owl", large(1))
    keep("dove", large(2), large(3))
    keep("copy", large(3))
    safetensors.numpy.save_file(large(3), tmp_path / "m.safetensors", {"format": "np"})
    found = whence(repo, tmp_path / "m.safetensors")
    assert parts(found) == [("dove", "epoch-2", ALL)]
    (origin,) = found.origins
    assert origin.whole
    assert (origin.also, origin.step, found.unknown, found.looked_at) == (1, 2, (), 4)


def test_tensors_of_several_checkpoints(
    repo: Path, tmp_path: Path, keep: Callable[..., str]
) -> None:
    keep("owl", large(1))
    keep("dove", large(2))
    mixed = {**large(1), "b.weight": large(2)["b.weight"], "new": np.ones(3, np.float32)}
    safetensors.numpy.save_file(mixed, tmp_path / "m.safetensors")
    found = whence(repo, tmp_path / "m.safetensors")
    assert parts(found) == [("owl", "epoch-1", ("a.bias", "a.weight", "b.bias")),
                            ("dove", "epoch-1", ("b.weight",))]  # fmt: skip
    assert found.unknown == ("new",)
    assert not found.origins[0].whole


def test_a_folder_of_shards(repo: Path, tmp_path: Path, keep: Callable[..., str]) -> None:
    tree = keep("dove", large(2))
    with StoredCheckpoint(Repository.open(repo), tree) as stored:
        assert write_sharded(stored, tmp_path / "hf") > 3
    assert parts(whence(repo, tmp_path / "hf")) == [("dove", "epoch-1", ALL)]
    # Somebody else's shards hold other groups of tensors.
    (tmp_path / "two").mkdir()
    state = large(2)
    for n, names in enumerate((("a.weight", "b.bias"), ("b.weight", "a.bias"))):
        safetensors.numpy.save_file(
            {name: state[name] for name in names}, tmp_path / "two" / f"{n}.safetensors"
        )
    assert parts(whence(repo, tmp_path / "two")) == [("dove", "epoch-1", ALL)]


def test_the_index_of_a_folder_says_which_files_are_the_model(
    repo: Path, tmp_path: Path, keep: Callable[..., str]
) -> None:
    keep("dove", large(2))
    folder, state = tmp_path / "hf", large(2)
    folder.mkdir()
    weight_map = {}
    for n, names in enumerate((("a.weight", "b.bias"), ("b.weight", "a.bias")), 1):
        file = f"model-{n:05}-of-00002.safetensors"
        safetensors.numpy.save_file({name: state[name] for name in names}, folder / file)
        weight_map |= dict.fromkeys(names, file)
    # The same once more in one file, as some publish it.
    safetensors.numpy.save_file(state, folder / "consolidated.safetensors")
    with pytest.raises(GitexpError, match="two tensors of the same name"):
        whence(repo, folder)
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    assert parts(whence(repo, folder)) == [("dove", "epoch-1", ALL)]
    for bad in (
        '{"weight_map": {"a": "../x.safetensors"}}',
        '{"weight_map": {"a": "x.bin"}}',
        "]",
    ):
        index.write_text(bad)
        with pytest.raises(GitexpError, match="cannot read"):
            whence(repo, folder)


def renamed(state: State, prefix: str) -> State:
    return {f"{prefix}{name}": value for name, value in state.items()}


def test_a_large_model_under_other_names(
    repo: Path, tmp_path: Path, keep: Callable[..., str]
) -> None:
    keep("owl", large(1))
    keep("dove", large(2), large(3))
    path = tmp_path / "m.safetensors"
    safetensors.numpy.save_file(renamed(large(2), "model."), path)
    named = tuple(f"model.{name}" for name in ALL)
    found = whence(repo, path)
    assert parts(found) == [("dove", "epoch-1", named)]
    assert found.unknown == ()
    # Names with nothing in common, in the same order; and one tensor of another run's.
    first, second = large(2), large(1)
    other = {"k0": first["a.weight"], "k1": second["b.weight"], "new": np.ones(7, np.float32)}
    safetensors.numpy.save_file(other, path)
    found = whence(repo, path)
    assert sorted(parts(found)) == [("dove", "epoch-1", ("k0",)), ("owl", "epoch-1", ("k1",))]
    assert found.unknown == ("new",)


def test_checkpoints_in_git_lfs(repo: Path, tmp_path: Path, keep: Callable[..., str]) -> None:
    keep("owl", large(1))
    keep("dove", large(2), small(5), lfs=True)
    path = tmp_path / "m.safetensors"
    safetensors.numpy.save_file(large(2), path)
    assert parts(whence(repo, path)) == [("dove", "epoch-1", ALL)]
    safetensors.numpy.save_file(renamed(large(2), "model."), path)
    assert [origin.run for origin in whence(repo, path).origins] == ["dove"]
    mixed = {"a.weight": large(1)["a.weight"], "b.weight": large(2)["b.weight"]}
    safetensors.numpy.save_file(mixed, path)
    assert sorted(parts(whence(repo, path))) == [
        ("dove", "epoch-1", ("b.weight",)),
        ("owl", "epoch-1", ("a.weight",)),
    ]
    gitexp("checkpoint", "get", "dove:epoch-2", "-o", str(path), cwd=repo)
    assert parts(whence(repo, path)) == [("dove", "epoch-2", ("b", "w"))]


def test_tensors_in_parts_under_other_names(
    repo: Path, tmp_path: Path, keep: Callable[..., str]
) -> None:
    huge = {"w": np.arange(13 * MiB, dtype=np.float32).reshape(13, MiB), "b": np.ones(3)}
    keep("dove", huge)
    path = tmp_path / "m.safetensors"
    safetensors.numpy.save_file(renamed(huge, "net."), path)
    assert parts(whence(repo, path)) == [("dove", "epoch-1", ("net.b", "net.w"))]
    huge["w"][0, 0] = -1  # one part is another one, so the tensor is
    safetensors.numpy.save_file(renamed(huge, "net."), path)
    assert whence(repo, path).unknown == ("net.w",)


def test_a_header_that_is_none_is_passed_over(
    repo: Path, tmp_path: Path, keep: Callable[..., str]
) -> None:
    keep("dove", large(2))
    (tmp_path / "header.json").write_bytes(b"{]")
    blob = git(repo, "hash-object", "-w", str(tmp_path / "header.json"))
    rows = "".join(f"100644 blob {blob}\t{name}\0" for name in ("a.safetensors", "header.json"))
    tree = git(repo, "mktree", "-z", input=rows.encode())
    make_run(
        repo,
        "evil",
        checkpoints={"x": {"tree": tree}},
        created_at="2025-01-01T00:00:00.000Z",
    )
    path = tmp_path / "m.safetensors"
    safetensors.numpy.save_file(renamed(large(2), "model."), path)
    assert [origin.run for origin in whence(repo, path).origins] == ["dove"]


def small(value: float) -> State:
    return {"w": np.full(4, value, np.float32), "b": np.full(2, -value, np.float32)}


def test_a_small_file_whole_and_by_tensor(
    repo: Path, tmp_path: Path, keep: Callable[..., str]
) -> None:
    keep("owl", small(1))
    keep("dove", small(2))
    path = tmp_path / "m.safetensors"
    safetensors.numpy.save_file(small(2), path)
    assert parts(whence(repo, path)) == [("dove", "epoch-1", ("b", "w"))]
    # Other names, and one tensor of each run.
    mixed = {"net.w": small(1)["w"], "net.b": small(2)["b"], "c": np.zeros(9, np.float32)}
    safetensors.numpy.save_file(mixed, path)
    found = whence(repo, path)
    assert parts(found) == [("owl", "epoch-1", ("net.w",)), ("dove", "epoch-1", ("net.b",))]
    assert found.unknown == ("c",)


def test_what_is_no_model(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"nonsense, and long enough")
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "x.safetensors", tmp_path / "empty", tmp_path / "gone"):
        with pytest.raises(GitexpError, match="cannot read"):
            whence(repo, path)


def test_what_a_fine_tune_started_from(repo: Path, keep: Callable[..., str]) -> None:
    keep("unrelated", large(9))
    keep("base", large(1), large(2))
    keep("tuned", large(2, bb=7), large(8))
    with Runs(Repository.open(repo)) as runs:
        tuned, base = runs.get("tuned"), runs.get("base")
        assert tuned is not None
        assert base is not None
        origin = started_from(runs, tuned)
        assert origin is not None
        assert (origin.run, origin.label, origin.whole) == ("base", "epoch-2", False)
        assert len(origin.tensors) == 3
        assert started_from(runs, base) is None
    for _ in range(2):  # the second time as it was kept
        said = gitexp("show", "tuned", cwd=repo).stdout.decode()
        assert "started from  base:epoch-2 (step 2), by 3 equal files of tensors" in said
    assert "started from" not in gitexp("show", "base", cwd=repo).stdout.decode()


def test_what_a_small_fine_tune_started_from(repo: Path, keep: Callable[..., str]) -> None:
    def state(body: int, head: int) -> State:
        dice = np.random.default_rng
        return {
            "body.weight": dice(body).standard_normal(50, np.float32),
            "body.bias": np.zeros(4, np.float32),
            "head.weight": dice(head).standard_normal(9, np.float32),
        }

    keep("unrelated", state(8, 9))
    keep("base", state(1, 2), state(1, 3))
    keep("tuned", state(1, 7))
    keep("scratch", state(5, 6))  # has the same zeros alone
    said = gitexp("show", "tuned", cwd=repo).stdout.decode()
    assert "started from  base:epoch-1 (step 1), by 1 equal tensor\n" in said
    assert "started from" not in gitexp("show", "scratch", cwd=repo).stdout.decode()
    assert "started from" not in gitexp("show", "base", cwd=repo).stdout.decode()


@pytest.mark.parametrize("model", [small, large])
def test_the_same_training_again_started_from_nothing(
    repo: Path, keep: Callable[..., str], model: Callable[..., State]
) -> None:
    keep("base", model(1))
    keep("once", model(2), model(3))
    keep("again", model(2), model(3))
    keep("tuned", model(3))
    assert "started from" not in gitexp("show", "again", cwd=repo).stdout.decode()
    said = gitexp("show", "tuned", cwd=repo).stdout.decode()
    assert "started from  again:epoch-2" in said


def test_the_command(repo: Path, tmp_path: Path, keep: Callable[..., str]) -> None:
    keep("dove", small(2))
    path = tmp_path / "m.safetensors"
    gitexp("checkpoint", "get", "dove", "-o", str(path), cwd=repo)
    said = gitexp("whence", str(path), cwd=repo).stdout.decode()
    assert said.splitlines()[0] == f"{path} is dove:epoch-1 (step 1)"
    data = json.loads(gitexp("whence", "--json", str(path), cwd=repo).stdout)
    assert data["origins"][0]["run"] == "dove"
    safetensors.numpy.save_file({"x": np.ones(3)}, path)
    said = gitexp("whence", str(path), cwd=repo, code=1).stdout.decode()
    assert said == f"{path}: 1 tensor, 24 B: no run's checkpoint holds any of them\n"
