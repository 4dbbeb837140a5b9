"""Garbage collection frees what is gitexp's, and nothing that anything reaches."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import init_repo
from support.git import fsck, git
from support.runs import make_run

from gitexp.errors import GcRunning, GitCommandFailed
from gitexp.journal.spool import spool_state
from gitexp.query.checkpoints import load_checkpoint
from gitexp.record.annotate import remove
from gitexp.record.upkeep import collect_garbage
from gitexp.schema.freed import Freed
from gitexp.store.checkpoints import write_checkpoint
from gitexp.store.gc_lock import hold_gc
from gitexp.store.kept_packs import kept_packs, to_join
from gitexp.store.reader import missing_objects
from gitexp.store.repository import Repository

MB = 1024 * 1024


@pytest.fixture(params=["sha1", "sha256"])
def lab(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    top = tmp_path / "lab"
    init_repo(top, f"--object-format={request.param}")
    monkeypatch.chdir(top)
    return top


def store(top: Path, scratch: Path, seed: int, size: int = 3 * MB) -> str:
    """A checkpoint in git that no ref reaches; the oid of its tree."""
    spool = scratch / f"spool-{seed}-{time.monotonic_ns()}"
    rng = np.random.default_rng(seed)
    spool_state(spool, {"w": rng.integers(0, 255, size, "uint8"), "seed": seed})
    return write_checkpoint(Repository.open(top), spool)


def run_with(top: Path, scratch: Path, name: str, seed: int, size: int = 3 * MB) -> str:
    tree = store(top, scratch, seed, size)
    return make_run(top, name, checkpoints={"end": {"tree": tree, "step": 1}})


def age(top: Path, seconds: float = 7200) -> None:
    """Make everything in the repository older."""
    then = time.time() - seconds
    for path in (top / ".git" / "objects").rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def gc(top: Path, **options: Any) -> Freed:
    freed = collect_garbage(Repository.open(top), **options)
    if not options.get("dry_run"):
        fsck(top)
    return freed


def objects_bytes(top: Path) -> int:
    return sum(p.stat().st_size for p in (top / ".git" / "objects").rglob("*") if p.is_file())


def packs(top: Path) -> list[str]:
    return sorted(path.name for path in (top / ".git" / "objects" / "pack").glob("*.pack"))


def test_a_removed_runs_objects_go_and_others_stay(lab: Path, tmp_path: Path) -> None:
    run_with(lab, tmp_path, "a", 1)
    run_with(lab, tmp_path, "b", 2)
    oid = git(lab, "rev-parse", "refs/experiments/b")
    remove(Repository.open(lab), "b")
    age(lab)
    before = objects_bytes(lab)
    told = gc(lab, dry_run=True)
    assert objects_bytes(lab) == before
    freed = gc(lab)
    assert (told.bytes, told.objects) == (freed.bytes, freed.objects)
    assert freed.bytes > 3 * MB
    assert before - objects_bytes(lab) >= freed.bytes - 64 * 1024  # an index of the packs is new
    assert freed.packs_removed == 1
    assert missing_objects(Repository.open(lab), [oid]) == {oid}
    assert load_checkpoint("a", "end")["seed"] == 1
    again = gc(lab)
    assert (again.bytes, again.objects) == (0, 0)


def test_what_is_young_stays_unless_asked(lab: Path, tmp_path: Path) -> None:
    run_with(lab, tmp_path, "a", 1)
    remove(Repository.open(lab), "a")
    freed = gc(lab)
    assert freed.bytes == 0
    assert freed.young_bytes > 3 * MB
    assert gc(lab, now=True).bytes > 3 * MB
    assert packs(lab) == []


def test_shared_tensors_stay_while_one_run_has_them(lab: Path, tmp_path: Path) -> None:
    tree = store(lab, tmp_path, 1)
    make_run(lab, "a", checkpoints={"end": {"tree": tree}})
    make_run(lab, "b", checkpoints={"end": {"tree": tree}})
    remove(Repository.open(lab), "a")
    gc(lab, now=True)
    assert load_checkpoint("b", "end")["seed"] == 1


def test_a_pack_that_is_half_needed_is_written_anew(lab: Path, tmp_path: Path) -> None:
    # 20 MiB are more than one file: two tensors, one of them in another run as well.
    rng = np.random.default_rng(0)
    common = rng.integers(0, 255, 9 * MB, "uint8")
    for name in "ab":
        spool = tmp_path / name
        spool_state(spool, {"common": common, "own": rng.integers(0, 255, 9 * MB, "uint8")})
        tree = write_checkpoint(Repository.open(lab), spool)
        make_run(lab, name, checkpoints={"end": {"tree": tree}})
    remove(Repository.open(lab), "a")
    assert gc(lab, dry_run=True, now=True).bytes == pytest.approx(9 * MB, rel=0.01)
    freed = gc(lab, now=True)
    assert freed.bytes == pytest.approx(9 * MB, rel=0.01)
    assert np.array_equal(load_checkpoint("b", "end")["common"], common)
    assert len(packs(lab)) == 2
    git(lab, "gc", "--prune=now", "--quiet")
    assert np.array_equal(load_checkpoint("b", "end")["common"], common)


def test_many_packs_are_joined_and_large_ones_left(lab: Path, tmp_path: Path) -> None:
    run_with(lab, tmp_path, "large", 99, 80 * MB)
    for seed in range(12):
        run_with(lab, tmp_path, f"r{seed}", seed)
    large = max(kept_packs(Repository.open(lab)), key=lambda pack: pack.size)
    freed = gc(lab, now=True)
    assert (freed.packs_before, freed.packs_after) == (13, 2)
    assert large.path.name in packs(lab)
    assert len(kept_packs(Repository.open(lab))) == 2
    for seed in range(12):
        assert load_checkpoint(f"r{seed}", "end")["seed"] == seed
    assert (lab / ".git/objects/pack/multi-pack-index").exists()
    git(lab, "multi-pack-index", "verify")
    assert gc(lab, now=True).packs_after == 2
    git(lab, "repack", "-adfq")
    fsck(lab)


@pytest.mark.parametrize(
    ("sizes", "count"),
    [([], 0), ([5], 0), ([1, 2, 4, 8], 0), ([1, 1, 100], 2), ([3] * 9 + [1000], 9),
     ([1, 1, 3, 7, 100], 4), ([400, 400], 2)],
)  # fmt: skip
def test_packs_are_joined_in_geometric_steps(sizes: list[int], count: int) -> None:
    assert to_join(sizes) == count


def test_a_damaged_object_stops_the_joining_and_loses_nothing(repo: Path, tmp_path: Path) -> None:
    for seed in range(10):
        run_with(repo, tmp_path, f"r{seed}", seed)
    victim = kept_packs(Repository.open(repo))[0].path
    content = bytearray(victim.read_bytes())
    content[1000] ^= 0xFF
    victim.chmod(0o644)
    victim.write_bytes(content)
    before = packs(repo)
    freed = collect_garbage(Repository.open(repo), now=True)
    assert packs(repo) == before
    assert "damaged" in next(iter(freed.held.values()))


def test_what_only_git_itself_knows_of_stays(repo: Path, tmp_path: Path) -> None:
    """Reflogs, stashes, indexes and heads of all worktrees, unfinished merges and rebases."""
    trees = {}
    for number, place in enumerate(
        ("reflog", "stash", "index", "head", "merge", "rebase", "journal", "tag", "notes")
    ):
        trees[place] = store(repo, tmp_path, 100 + number, 2 * MB + MB // 2)
    commits = {
        place: git(repo, "commit-tree", tree, "-m", f"{place}\n\nGitexp-Id: 1\n")
        for place, tree in trees.items()
    }
    linked = tmp_path / "linked"
    git(repo, "worktree", "add", "-q", "--detach", str(linked), commits["head"])
    git(repo, "update-ref", "--create-reflog", "refs/heads/moved", commits["reflog"])
    git(repo, "update-ref", "refs/heads/moved", "HEAD")
    git(repo, "update-ref", "--create-reflog", "refs/stash", commits["stash"])
    git(linked, "read-tree", trees["index"])
    private = repo / ".git" / "worktrees" / "linked"
    (private / "MERGE_HEAD").write_text(commits["merge"] + "\n")
    (private / "rebase-merge").mkdir()
    (private / "rebase-merge" / "orig-head").write_text(commits["rebase"] + "\n")
    git(repo, "tag", "-a", "v1", "-m", "v1", commits["tag"])
    git(repo, "update-ref", "refs/notes/x", commits["notes"])
    journal = repo / ".git" / "gitexp" / "journals" / "x"
    journal.mkdir(parents=True)
    (journal / "run.json").write_text("{}")
    (journal / "stored.json").write_text(json.dumps({"1-end": trees["journal"]}))
    git(repo, "config", "gc.reflogExpire", "never")
    age(repo)
    # The commits themselves of what only an index and a journal know.
    assert gc(repo, now=True).objects == 2
    for tree in trees.values():
        git(repo, "rev-list", "--objects", "--quiet", tree)
    git(repo, "worktree", "remove", "--force", str(linked))
    assert gc(repo, now=True).bytes > 4 * 2 * MB


def test_the_users_own_loose_ends_stay(repo: Path, tmp_path: Path) -> None:
    blob = git(repo, "hash-object", "-w", "--stdin", input=b"a draft")
    commit = git(repo, "commit-tree", "HEAD^{tree}", "-m", "lost")
    run_with(repo, tmp_path, "a", 1)
    remove(Repository.open(repo), "a")
    age(repo)
    assert gc(repo).bytes > 3 * MB
    assert git(repo, "cat-file", "-t", blob) == "blob"
    assert git(repo, "cat-file", "-t", commit) == "commit"


def test_objects_in_gits_packs_go_when_they_are_much(repo: Path, tmp_path: Path) -> None:
    for name in "ab":
        noise = os.urandom(MB)
        make_run(repo, name, files={f"media/{n}.bin": noise + bytes([n]) for n in range(2)})
    git(repo, "gc", "--quiet")
    remove(Repository.open(repo), "b")
    age(repo)
    told = gc(repo, dry_run=True)
    freed = gc(repo)
    assert freed.bytes >= MB
    assert told.bytes >= MB
    assert git(repo, "show", "refs/experiments/a:run.json")
    assert gc(repo).git_bytes == 0


def test_a_missing_object_stops_it(repo: Path, tmp_path: Path) -> None:
    oid = run_with(repo, tmp_path, "a", 1)
    run_with(repo, tmp_path, "b", 2)
    remove(Repository.open(repo), "b")
    tree = git(repo, "rev-parse", f"{oid}^{{tree}}")
    (repo / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    before = packs(repo)
    with pytest.raises(GitCommandFailed, match=tree[:10]):
        collect_garbage(Repository.open(repo), now=True)
    assert packs(repo) == before


def test_foreign_kept_packs_are_left_alone(repo: Path, tmp_path: Path) -> None:
    run_with(repo, tmp_path, "a", 1)
    (keep,) = (repo / ".git/objects/pack").glob("*.keep")
    keep.write_text("mine\n")
    remove(Repository.open(repo), "a")
    assert gc(repo, now=True).packs_removed == 0
    assert len(packs(repo)) == 1


def test_many_loose_objects_get_into_a_pack_and_refs_too(repo: Path) -> None:
    for number in range(12):
        files = {f"media/{n}": b"%d %d" % (number, n) for n in range(30)}
        make_run(repo, f"r{number}", files=files)
    freed = gc(repo)
    assert freed.loose_packed > 300
    assert len(packs(repo)) == 1
    assert not list((repo / ".git/refs/experiments").glob("*"))
    assert len(git(repo, "for-each-ref", "refs/experiments").splitlines()) == 12


def test_leftovers_and_stale_rows_go(repo: Path) -> None:
    make_run(repo, "a")
    opened = Repository.open(repo)
    from gitexp.index.cache import RunIndex

    with RunIndex(opened) as index:
        index.refresh()
    git(repo, "update-ref", "-d", "refs/experiments/a")
    journals = repo / ".git/gitexp/journals"
    for name in (".a.123", "never-began"):
        (journals / name).mkdir(parents=True)
        (journals / name / "metrics.jsonl").write_bytes(b"x" * 1000)
        os.utime(journals / name, (0, 0))
    (journals / "young").mkdir()
    freed = gc(repo)
    assert freed.rows == 1
    assert freed.leftovers_bytes == 2000
    assert os.listdir(journals) == ["young"]


# Locks ---------------------------------------------------------------------------------------


def test_one_at_a_time(repo: Path) -> None:
    opened = Repository.open(repo)
    with hold_gc(opened):
        with pytest.raises(GcRunning, match="gitexp gc"), hold_gc(opened):
            pass
        said = git(repo, "-c", "gc.auto=1", "gc", "--auto", "--quiet")
        assert said == ""
        assert str(os.getpid()) in (repo / ".git/gc.pid").read_text()
    assert not (repo / ".git/gc.pid").exists()


def test_a_running_git_gc_is_waited_for_or_named(repo: Path) -> None:
    mark = repo / ".git" / "gc.pid"
    mark.write_text(f"{os.getpid()} {os.uname().nodename}")
    with (
        pytest.raises(GcRunning, match=str(os.getpid())),
        hold_gc(Repository.open(repo), wait_s=0.2),
    ):
        pass
    assert mark.exists()
    # A process of that number does not exist: it died.
    mark.write_text(f"{2**22 + 1} {os.uname().nodename}")
    with hold_gc(Repository.open(repo), wait_s=0.2):
        pass
    assert not mark.exists()
    assert not (repo / ".git" / "gc.pid.lock").exists()
