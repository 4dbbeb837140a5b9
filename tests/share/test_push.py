"""Runs reach a remote, once, whole and never over somebody else's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from share.conftest import clone
from support.cli import gitexp
from support.git import fsck, git
from support.runs import make_run
from support.share import fetch, push, push_shared, refs, run_json

from gitexp.errors import NoRemote, RemoteProblem, RunNotFound
from gitexp.record import push_limits, push_plan
from gitexp.record.annotate import remove, rename, set_note, set_tags
from gitexp.schema import hosts
from gitexp.store.remote import find_remote
from gitexp.store.repository import Repository


def test_new_runs_arrive_and_go_only_once(ada: Path, hub: Path) -> None:
    make_run(ada, "one")
    make_run(ada, "two")
    assert push(ada) == {"one": "new", "two": "new"}
    assert refs(hub) == refs(ada)
    assert push_shared(ada).unchanged == 2
    fsck(hub)


def test_changed_runs_go_again(ada: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    set_tags(Repository.open(ada), "one", ["good"], [])
    assert push(ada) == {"one": "changed"}
    assert run_json(hub, "one")["tags"] == ["good"]


def test_chosen_runs_go_alone(ada: Path, hub: Path) -> None:
    make_run(ada, "one")
    make_run(ada, "two")
    assert push(ada, "two") == {"two": "new"}
    assert list(refs(hub)) == ["two"]
    with pytest.raises(RunNotFound):
        push(ada, "three")


def test_dry_run_changes_nothing(ada: Path, hub: Path) -> None:
    make_run(ada, "one")
    before = git(ada, "for-each-ref")
    assert push(ada, dry_run=True) == {"one": "new"}
    assert refs(hub) == {}
    assert git(ada, "for-each-ref") == before


def test_more_than_a_batch(ada: Path, hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_limits, "BATCH_REFS", 3)
    for i in range(7):
        make_run(ada, f"run-{i}")
    said: list[str] = []
    push(ada, say=said.append)
    assert refs(hub) == refs(ada)
    assert said == [
        "pushing 3 runs to origin, part 1 of 3",
        "pushing 3 runs to origin, part 2 of 3",
        "pushing 1 run to origin, part 3 of 3",
    ]


def test_large_pushes_are_split_by_run(
    ada: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_limits, "PUSH_LIMIT_BYTES", 150_000)
    for i in range(3):
        make_run(ada, f"run-{i}", files={"media/noise.bin": os.urandom(100_000)})
    said: list[str] = []
    push(ada, say=said.append)
    assert refs(hub) == refs(ada)
    assert len(said) == 3


def test_a_large_run_goes_in_pieces_of_its_chain(
    ada: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_limits, "PUSH_LIMIT_BYTES", 250_000)
    make_run(ada, "small")
    make_run(ada, "large", files={"media/0.bin": os.urandom(100_000)})
    repo = Repository.open(ada)
    for i in range(1, 5):
        add_file(repo, "large", f"media/{i}.bin", os.urandom(100_000))
    sizes: list[int] = []
    real = push_plan.push_refs

    def spy(*args: Any) -> Any:
        before = hub_bytes(hub)
        done = real(*args)
        sizes.append(hub_bytes(hub) - before)
        return done

    monkeypatch.setattr(push_plan, "push_refs", spy)
    said: list[str] = []
    done = push_shared(ada, say=said.append)
    assert refs(hub) == refs(ada)
    assert said[1:3] == ["large: piece 1 of 3", "large: piece 2 of 3"]
    assert max(sizes) < 250_000
    assert done.warnings == []
    fsck(hub)
    add_file(repo, "large", "media/huge.bin", os.urandom(300_000))
    (warning,) = push_shared(ada).warnings
    assert warning.startswith("large: one of its commits has 0.0 GB; GitHub cuts a push off")
    assert refs(hub) == refs(ada)


def add_file(repo: Repository, run: str, path: str, content: bytes) -> None:
    """One more commit on a run's chain, as for a checkpoint."""
    tip = git(repo.top, "rev-parse", f"refs/experiments/{run}")
    env = {"GIT_INDEX_FILE": str(repo.git_dir / "index.test")}
    blob = git(repo.top, "hash-object", "-w", "--stdin", input=content)
    git(repo.top, "read-tree", tip, env=env)
    git(repo.top, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=env)
    tree = git(repo.top, "write-tree", env=env)
    message = git(repo.top, "log", "-1", "--format=%B", tip).encode()
    oid = git(repo.top, "commit-tree", tree, "-p", tip, input=message)
    git(repo.top, "update-ref", f"refs/experiments/{run}", oid)


def hub_bytes(hub: Path) -> int:
    """Of all objects."""
    return sum(path.stat().st_size for path in (hub / "objects").rglob("*") if path.is_file())


def test_an_interrupted_push_goes_on(
    ada: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_limits, "BATCH_REFS", 1)
    for i in range(3):
        make_run(ada, f"run-{i}")
    real = push_plan.push_refs
    calls = []

    def break_off(*args: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(push_plan, "push_refs", break_off)
        with pytest.raises(KeyboardInterrupt):
            push(ada)
    assert list(refs(hub)) == ["run-0"]
    assert push(ada) == {"run-1": "new", "run-2": "new"}
    assert refs(hub) == refs(ada)
    fsck(hub)


def test_a_name_that_is_taken_gets_a_suffix_of_the_id(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "baseline", config={"lr": 1})
    make_run(bob, "baseline", config={"lr": 2}, id="beef" * 8)
    push(ada)
    assert push(bob) == {"baseline-beef": "new"}
    assert run_json(hub, "baseline")["config"] == {"lr": 1}
    assert run_json(hub, "baseline-beef")["config"] == {"lr": 2}
    assert run_json(hub, "baseline-beef")["name"] == "baseline-beef"
    # Bob has both now, under the names that all have.
    assert refs(bob) == refs(hub)


def test_a_rename_moves_the_ref(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    fetch(bob)
    rename(Repository.open(ada), "one", "first")
    assert push(ada) == {"first": "renamed"}
    assert list(refs(hub)) == ["first"]
    assert fetch(bob) == {"first": "renamed"}
    assert refs(bob) == refs(hub)


def test_diverged_annotations_are_merged_before_the_push(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    fetch(bob)
    set_tags(Repository.open(ada), "one", ["ada"], [])
    push(ada)
    set_tags(Repository.open(bob), "one", ["bob"], [])
    assert push(bob, dry_run=True) == {"one": "behind"}
    assert push(bob)["one"] == "changed"
    assert sorted(run_json(hub, "one")["tags"]) == ["ada", "bob"]


def test_news_of_others_is_no_trouble(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    fetch(bob)
    set_note(Repository.open(ada), "one", "look")
    push(ada)
    done = push_shared(bob)
    assert not done.failed
    assert refs(hub) == refs(ada)


def test_a_run_removed_there_stays_away_until_it_is_named(ada: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    git(hub, "update-ref", "-d", "refs/experiments/one")
    assert push(ada) == {"one": "gone"}
    assert refs(hub) == {}
    assert push(ada, "one") == {"one": "new"}
    assert refs(hub) == refs(ada)


def test_a_run_force_moved_there_is_not_overwritten(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    set_tags(Repository.open(ada), "one", ["kept"], [])
    push(ada)
    # Somebody with force puts the ref back.
    git(hub, "update-ref", "refs/experiments/one", "refs/experiments/one~1")
    assert fetch(ada) == {}
    assert run_json(ada, "one")["tags"] == ["kept"]
    assert push(ada) == {"one": "changed"}
    assert run_json(hub, "one")["tags"] == ["kept"]


def test_the_remotes_hook_is_heard_and_the_others_get_through(ada: Path, hub: Path) -> None:
    for i in range(5):
        make_run(ada, f"run-{i}")
    hook = hub / "hooks/pre-receive"
    hook.write_text(
        "#!/bin/sh\nwhile read old new ref; do case $ref in *run-3)\n"
        "echo 'error: GH013: run-3 is not wanted' >&2; exit 1;; esac; done\n"
    )
    hook.chmod(0o755)
    done = push_shared(ada)
    assert sorted(refs(hub)) == ["run-0", "run-1", "run-2", "run-4"]
    (refused,) = done.of("refused")
    assert (refused.name, refused.why) == ("run-3", "GH013: run-3 is not wanted")
    assert done.failed


def test_the_users_own_pre_push_hook_is_not_bothered(ada: Path, hub: Path) -> None:
    hook = ada / ".git/hooks/pre-push"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    make_run(ada, "one")
    assert push(ada) == {"one": "new"}


def test_as_branches(ada: Path, bob: Path, hub: Path) -> None:
    git(hub, "config", "receive.hideRefs", "refs/experiments")
    make_run(ada, "one")
    done = push_shared(ada)
    assert done.of("refused")[0].hint == "try --as-branches"
    assert push(ada, as_branches=True) == {"one": "new"}
    assert git(hub, "rev-parse", "refs/heads/gitexp/one") == refs(ada)["one"]
    assert fetch(bob) == {"one": "new"}
    set_tags(Repository.open(bob), "one", ["seen"], [])
    # What is a branch there stays one.
    assert push(bob) == {"one": "changed"}
    assert git(hub, "rev-parse", "refs/heads/gitexp/one") == refs(bob)["one"]


def github_of(top: Path, hub: Path) -> None:
    """The clone's origin has GitHub's address and is the hub nevertheless."""
    git(top, "config", f"url.{hub}.insteadOf", "https://github.com/ada/engine.git")
    git(top, "remote", "set-url", "origin", "https://github.com/ada/engine.git")


def test_githubs_limits(ada: Path, hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_limits, "GITHUB_FILE_LIMIT_BYTES", 100_000)
    monkeypatch.setattr(push_limits, "GITHUB_FILE_WARNING_BYTES", 50_000)
    make_run(ada, "small")
    make_run(ada, "middling", files={"media/film.bin": os.urandom(60_000)})
    make_run(ada, "large", files={"media/film.bin": os.urandom(120_000)})
    assert push_shared(ada, dry_run=True).warnings != []
    github_of(ada, hub)
    done = push_shared(ada)
    assert sorted(refs(hub)) == ["middling", "small"]
    (left_out,) = done.of("left out")
    assert left_out.name == "large"
    assert "media/film.bin" in left_out.why
    assert "LFS" in left_out.hint
    assert [w.split(":")[0] for w in done.warnings] == ["middling"]


def test_limits_are_githubs_own() -> None:
    assert hosts.GITHUB_FILE_LIMIT_BYTES == 100 * 2**20
    assert hosts.is_github("git@github.com:ada/engine.git")
    assert not hosts.is_github("https://github.example.org/ada/engine")


def test_which_remote(ada: Path, hub: Path) -> None:
    git(ada, "remote", "add", "backup", str(hub))
    assert find_remote(Repository.open(ada)).name == "origin"
    git(ada, "config", "branch.main.pushRemote", "backup")
    assert find_remote(Repository.open(ada)).name == "backup"
    assert find_remote(Repository.open(ada), "origin").name == "origin"
    assert not find_remote(Repository.open(ada), str(hub)).configured
    with pytest.raises(NoRemote, match=r"\(there is: origin, backup\)"):
        find_remote(Repository.open(ada), "nowhere")


def test_a_repository_without_remotes(repo: Path) -> None:
    with pytest.raises(NoRemote):
        find_remote(Repository.open(repo))


def test_a_remote_that_is_not_there(ada: Path) -> None:
    make_run(ada, "one")
    git(ada, "remote", "set-url", "origin", str(ada / "nowhere.git"))
    with pytest.raises(RemoteProblem, match="does not appear to be a git repository"):
        push(ada)


def test_a_removed_run_is_not_pushed_nor_fetched(ada: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    remove(Repository.open(ada), "one")
    assert push(ada) == {}
    assert fetch(ada) == {}
    assert refs(ada) == {}


def test_bundle(ada: Path, tmp_path: Path) -> None:
    make_run(ada, "one")
    make_run(ada, "two")
    file = tmp_path / "runs.bundle"
    gitexp("push", "--bundle", str(file), "two", cwd=ada)
    far = clone(ada, tmp_path / "far", "Far")
    done = gitexp("fetch", "../runs.bundle", cwd=far)
    assert b"1 new" in done.stdout
    assert refs(far) == {"two": refs(ada)["two"]}
    fsck(far)


def test_command(ada: Path, hub: Path) -> None:
    make_run(ada, "one", metrics=[{"loss": 0.5}])
    make_run(ada, "two", metrics=[{"loss": 0.1}])
    done = gitexp("push", "--where", "loss < 0.2", "origin", cwd=ada)
    assert done.stdout.decode().splitlines()[0] == "new      two"
    assert list(refs(hub)) == ["two"]
    assert b"1 new" in gitexp("push", "--dry-run", cwd=ada).stdout
    assert gitexp("push", "--all", "one", cwd=ada, code=2).stderr.startswith(b"error: --all")
    gitexp("push", "--all", cwd=ada)
    assert refs(hub) == refs(ada)


def test_error_text(repo: Path) -> None:
    make_run(repo, "one")
    said = gitexp("push", cwd=repo, code=1).stderr.decode()
    assert said.splitlines() == [
        "error: this repository has no remote",
        "hint: `git remote -v` lists remotes, `git remote add` adds one",
    ]


def test_a_rename_meets_an_annotation(ada: Path, bob: Path, hub: Path) -> None:
    """Renamed here, annotated there, in any order of pushes: one run, the new name, the tags."""
    make_run(ada, "one")
    push(ada)
    fetch(bob)
    set_tags(Repository.open(bob), "one", ["good"], [])
    push(bob)
    rename(Repository.open(ada), "one", "first")
    push(ada)
    assert list(refs(hub)) == ["first"]
    assert run_json(hub, "first")["tags"] == ["good"]
    assert refs(ada) == refs(hub)
    # And the one who annotates comes second, without a fetch.
    set_tags(Repository.open(bob), "one", ["better"], [])
    assert push(bob, "one")["first"] == "changed"
    assert list(refs(hub)) == ["first"]
    assert sorted(run_json(hub, "first")["tags"]) == ["better", "good"]
    assert refs(bob) == refs(hub)


def test_a_renamed_run_stays_a_branch(ada: Path, bob: Path, hub: Path) -> None:
    git(hub, "config", "receive.hideRefs", "refs/experiments")
    make_run(ada, "one")
    push(ada, as_branches=True)
    rename(Repository.open(ada), "one", "first")
    make_run(ada, "two")
    assert push(ada) == {"first": "renamed", "two": "new"}
    assert sorted(
        git(hub, "for-each-ref", "--format=%(refname)", "refs/heads/gitexp").split()
    ) == [
        "refs/heads/gitexp/first",
        "refs/heads/gitexp/two",
    ]
    assert set(fetch(bob)) == {"first", "two"}


def test_words_that_are_not_as_they_should_be(ada: Path, hub: Path) -> None:
    make_run(ada, "one")

    def said(*words: str, code: int) -> list[str]:
        return gitexp(*words, cwd=ada, code=code).stderr.decode().splitlines()

    first = ["error: 'origin' is a remote", "hint: the remote is the last word"]
    assert said("push", "origin", "one", code=2) == first
    gone = "error: there is no file or repository 'runs.bundle'"
    assert said("fetch", "runs.bundle", code=1)[0] == gone
    gone = "error: there is no file or repository '../hubb.git'"
    assert said("push", "../hubb.git", code=1)[0] == gone
    assert said("push", "--bundle", "no/x", code=1)[0] == "error: no is no folder"
    done = gitexp("push", "--where", "status == 'failed'", cwd=ada)
    assert done.stdout == b"no run fits --where\n"
    assert gitexp("fetch", cwd=ada).stdout == b"origin: no runs\n"
    assert refs(hub) == {}


def test_githubs_rules_are_told_in_its_words(ada: Path, hub: Path) -> None:
    hook = hub / "hooks/pre-receive"
    hook.write_text(
        "#!/bin/sh\necho 'error: GH013: Repository rule violations found.' >&2\n"
        "echo >&2; echo '- Cannot create ref due to creations being restricted.' >&2; exit 1\n"
    )
    hook.chmod(0o755)
    make_run(ada, "one")
    (refused,) = push_shared(ada).of("refused")
    assert refused.why == (
        "GH013: Repository rule violations found. "
        "- Cannot create ref due to creations being restricted."
    )
    assert "--as-branches" in refused.hint
    (refused,) = push_shared(ada, as_branches=True).of("refused")
    assert "--as-branches" not in refused.hint
