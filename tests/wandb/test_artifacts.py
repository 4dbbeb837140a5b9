"""Artifacts as scripts use them: logged, used by other runs, fetched, deleted; real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from support.cli import gitexp, runs_of
from support.git import fsck, git
from support.schema import assert_valid_run
from support.scripts import script
from support.share import fetch, push


def one_version(top: Path, text: str = "hello", name: str = "ds", aliases: str = "[]") -> str:
    return script(
        top,
        f"""
        run = wandb.init()
        artifact = wandb.Artifact({name!r}, type="dataset", metadata={{"text": {text!r}}})
        with artifact.new_file("sub/a.txt") as file:
            file.write({text!r})
        print(run.log_artifact(artifact, aliases={aliases}).wait().name)
        """,
    )


def test_log_and_use_within_one_run(repo: Path) -> None:
    said = script(
        repo,
        """
        import pathlib, tempfile
        run = wandb.init(project="p", entity="e")
        artifact = wandb.Artifact("ds", "dataset", description="words", metadata={"n": 1})
        with tempfile.TemporaryDirectory() as folder:
            top = pathlib.Path(folder); (top / "x").mkdir()
            (top / "x/one.txt").write_text("one"); (top / "two.txt").write_text("two")
            artifact.add_dir(folder, name="all")
            entry = artifact.add_file(str(top / "two.txt"), name="again.txt")
        assert artifact.is_draft() and artifact.state == "PENDING"
        digest = artifact.digest
        assert run.log_artifact(artifact, aliases=["best", "v7"]) is artifact
        artifact.wait()
        assert (artifact.name, artifact.version, artifact.digest) == ("ds:v0", "v0", digest)
        assert artifact.aliases == ["latest", "best"]
        assert artifact.qualified_name == "e/p/ds:v0" or artifact.qualified_name == "ds:v0"
        for text in ("ds", "ds:v0", "ds:best", "e/p/ds:latest", f"ds@{digest}"):
            found = run.use_artifact(text, type="dataset")
            assert (found.name, found.description, found.metadata) == ("ds:v0", "words", {"n": 1})
        path = found.download("out")
        assert open("out/all/x/one.txt").read() == "one" and path == "out"
        assert found.get_path("again.txt").download("out2") == "out2/again.txt"
        assert [f.name for f in found.files()] == ["again.txt", "all/two.txt", "all/x/one.txt"]
        assert (found.size, found.file_count, found.size) == (9, 3, 9)
        found.verify("out")
        open("out/all/two.txt", "w").write("changed"); open("out/more", "w").close()
        found.checkout("out"); found.verify("out")
        for wrong in ("ds:v1", "ds:nothing", "other:latest"):
            try:
                run.use_artifact(wrong)
            except wandb.CommError as error:
                print(error)
        """,
    )
    assert "no artifact 'ds:v1'" in said
    assert "nothing is called 'other'" in said
    (run,) = runs_of(repo)
    assert_valid_run(run)
    (logged,) = run["artifacts"]
    assert (logged["name"], logged["version"], logged["files"]) == ("ds", 0, 3)
    (used,) = run["lineage"]["used"]
    assert (used["name"], used["version"], used["id"]) == ("ds", 0, run["id"])
    folder = f"refs/experiments/{run['name']}:artifacts/ds/{logged['digest'][:12]}"
    assert git(repo, "show", f"{folder}/files/all/x/one.txt") == "one"
    fsck(repo)


def test_the_same_content_is_no_new_version_and_aliases_move(repo: Path) -> None:
    assert one_version(repo, "a", aliases="['good']") == "ds:v0"
    assert one_version(repo, "b") == "ds:v1"
    assert one_version(repo, "a") == "ds:v0"
    assert script(repo, "print(wandb.init().use_artifact('ds').name)") == "ds:v0"
    assert one_version(repo, "c", aliases="['good']") == "ds:v2"
    said = script(repo, "a = wandb.init().use_artifact('ds:good'); print(a.name, a.aliases)")
    assert said == "ds:v2 ['latest', 'good']"


def test_an_artifact_of_a_run_that_still_runs(repo: Path) -> None:
    code = """
    import gitexp as wandb, sys
    run = wandb.init()
    artifact = wandb.Artifact("live", "model")
    with artifact.new_file("w.bin", mode="wb") as file:
        file.write(b"x" * 3_000_000)
    run.log_artifact(artifact)
    print("logged", flush=True)
    sys.stdin.read()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=repo, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "logged\n"
        said = script(
            repo,
            "p = wandb.init().use_artifact('live:latest').file(); print(os.path.getsize(p))",
        )
        assert said == "3000000"
        other.communicate("")
    assert other.returncode == 0


def test_what_was_logged_survives_sigkill(repo: Path) -> None:
    script(
        repo,
        """
        run = wandb.init()
        artifact = wandb.Artifact("ds", "dataset")
        with artifact.new_file("a") as file:
            file.write("kept")
        run.log_artifact(artifact)
        os.kill(os.getpid(), 9)
        """,
        exit_code=-9,
    )
    gitexp("recover", cwd=repo)
    assert script(repo, "print(open(wandb.init().use_artifact('ds:v0').file()).read())") == "kept"


def test_two_runs_at_once_get_two_numbers(repo: Path) -> None:
    code = """
    import gitexp as wandb, sys
    run = wandb.init()
    for i in range(4):
        artifact = wandb.Artifact("many", "dataset")
        with artifact.new_file("a") as file:
            file.write(sys.argv[1] + str(i))
        run.log_artifact(artifact)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    both = [subprocess.Popen([*command, word], cwd=repo) for word in "ab"]
    assert [process.wait() for process in both] == [0, 0]
    numbers = [entry["version"] for run in runs_of(repo) for entry in run["artifacts"]]
    assert sorted(numbers) == list(range(8))


def test_it_goes_where_the_run_goes(repo: Path, tmp_path: Path) -> None:
    script(
        repo,
        """
        import numpy as np
        from safetensors.numpy import save_file
        save_file({"w": np.arange(6_000_000, dtype=np.float32)}, "m.safetensors")
        open("plain.bin", "wb").write(os.urandom(2_000_000))
        run = wandb.init()
        artifact = wandb.Artifact("model", "model")
        artifact.add_file("m.safetensors"); artifact.add_file("plain.bin")
        run.log_artifact(artifact)
        """,
    )
    remote, other = tmp_path / "remote.git", tmp_path / "other"
    git(tmp_path, "init", "-q", "--bare", os.fspath(remote))
    git(repo, "remote", "add", "origin", os.fspath(remote))
    git(repo, "push", "-q", "origin", "main")
    push(repo)
    git(tmp_path, "clone", "-q", os.fspath(remote), os.fspath(other))
    fetch(other)
    said = script(
        other,
        "a = wandb.init().use_artifact('model:latest'); d = a.download(); a.verify(d); print(d)",
    )
    assert said == os.fspath(other / "artifacts/model:v0")
    for name in ("m.safetensors", "plain.bin"):
        assert (other / said / name).read_bytes() == (repo / name).read_bytes()
    assert git(other, "status", "--porcelain") == ""


def test_gc_leaves_it_and_rm_frees_it(repo: Path) -> None:
    assert one_version(repo) == "ds:v0"
    gitexp("gc", "--now", cwd=repo)
    assert script(
        repo, "print(open(wandb.init(mode='disabled').use_artifact('ds').file()).read())"
    )
    (run,) = runs_of(repo)
    gitexp("rm", run["name"], "--yes", cwd=repo)
    script(repo, "wandb.Api().artifact('ds')", exit_code=1)


def test_changes_of_a_version_are_commits(repo: Path) -> None:
    one_version(repo, aliases="['old']")
    script(
        repo,
        """
        artifact = wandb.init(mode="disabled").use_artifact("ds:old")
        artifact.aliases.append("prod"); artifact.aliases.remove("old")
        artifact.description = "better"; artifact.metadata["more"] = 1
        artifact.tags = ["seen"]; artifact.ttl = 30
        artifact.save()
        again = wandb.init(mode="disabled").use_artifact("ds:prod")
        assert (again.description, again.metadata) == ("better", {"text": "hello", "more": 1})
        assert again.aliases == ["latest", "prod"] and again.ttl.days == 30
        (found,) = wandb.Api().artifacts("dataset", "ds", tags=["seen"])
        assert found.tags == ["seen"] and not wandb.Api().artifacts("dataset", "ds", tags=["x"])
        """,
    )
    (run,) = runs_of(repo)
    assert_valid_run(run)
    assert run["artifacts"][0]["dropped_aliases"].keys() == {"old"}


def test_delete(repo: Path) -> None:
    one_version(repo, "a")
    one_version(repo, "b")
    script(
        repo,
        """
        find = wandb.init(mode="disabled").use_artifact
        find("ds:v0").delete()
        try:
            find("ds:v1").delete()
        except wandb.Error as error:
            assert "aliases" in str(error)
        assert not wandb.Api().artifact_exists("ds:v0")
        """,
    )
    first = runs_of(repo)[-1]
    assert "artifacts" not in first
    assert git(repo, "ls-tree", f"refs/experiments/{first['name']}", "artifacts") == ""


def test_tables_and_pictures_come_back(repo: Path) -> None:
    script(
        repo,
        """
        import numpy as np
        run = wandb.init()
        artifact = wandb.Artifact("preds", "predictions")
        picture = wandb.Image(np.zeros((4, 4, 3), dtype=np.uint8), caption="black")
        artifact.add(wandb.Table(columns=["n", "img"], data=[[1, picture], [2, None]]), "table")
        artifact["alone"] = picture
        run.log_artifact(artifact).wait()
        found = run.use_artifact("preds:latest")
        table = found.get("table")
        assert table.columns == ["n", "img"] and table.data[1] == [2, None]
        assert isinstance(table.data[0][1], wandb.Image)
        assert isinstance(found["alone"], wandb.Image) and found.get("nothing") is None
        """,
    )


def test_references(repo: Path) -> None:
    (repo / "data").mkdir()
    (repo / "data/far.txt").write_text("far")
    said = script(
        repo,
        """
        artifact = wandb.Artifact("refs", "dataset")
        artifact.add_reference("file://" + os.path.abspath("data"))
        artifact.add_reference("s3://bucket/key.bin", name="key")
        run = wandb.init(); run.log_artifact(artifact).wait()
        found = run.use_artifact("refs")
        print(found.get_path("key").ref_target(), found.get_path("far.txt").download("out"))
        open("data/far.txt", "w").write("changed")
        try:
            found.get_path("far.txt").download("out2")
        except wandb.Error as error:
            print(error)
        """,
    )
    assert said.startswith("s3://bucket/key.bin out/far.txt\nfar.txt: file://")
    assert "not what it was" in said


def test_models_and_links(repo: Path) -> None:
    (repo / "m.bin").write_bytes(b"weights")
    said = script(
        repo,
        """
        run = wandb.init(id="abc", project="p")
        one = run.log_model("m.bin", aliases=["prod"]).wait()
        linked = run.link_model("m.bin", "My model", name="m", aliases=["staging"])
        print(one.name, linked.wait().name, linked.aliases)
        print(open(wandb.use_model("team/Registry/My model:staging"), "rb").read())
        assert (linked.is_link, linked.source_name, linked.source_version) == (True, "m:v0", "v0")
        assert linked.source_artifact.name == "m:v0" and linked.linked_at
        other = run.link_artifact(linked, "team/Registry/another")
        assert (other.entity, other.project, other.source_project) == (
            "team", "Registry", run.project,
        )
        assert other.source_name == "m:v0"
        source = run.use_artifact("m")
        names = [other.name for other in source.linked_artifacts]
        assert names == ["My-model:v0", "another:v0"]
        assert (source.is_link, source.linked_at, source.source_name) == (False, None, "m:v0")
        for call in (
            lambda: run.link_model("m.bin", "team/Registry/Mine"),
            lambda: run.use_model(run.log_artifact("m.bin", "data", "dataset").wait().name),
            lambda: run.link_model("m.bin", "Mine", name="data"),
        ):
            try:
                call()
            except AssertionError:
                continue
            raise SystemExit("no error")
        """,
    )
    assert said.splitlines() == [
        "run-abc-m.bin:v0 My-model:v0 ['latest', 'staging']",
        "b'weights'",
    ]
    (run,) = runs_of(repo)
    sources = {entry["name"]: entry["source"] for entry in run["artifacts"]}
    assert sources == {
        "run-abc-m.bin": None,
        "m": None,
        "My-model": "m:v0",
        "another": "m:v0",
        "data": None,
    }


def test_a_link_goes_and_what_it_names_stays(repo: Path) -> None:
    (repo / "m.bin").write_bytes(b"weights")
    script(repo, "wandb.init().link_model('m.bin', 'registered', name='m', aliases=['prod'])")
    script(
        repo,
        """
        api = wandb.Api()
        link = api.artifact("registered:prod")
        link.delete()
        assert not api.artifact_exists("registered:v0") and api.artifact_exists("m:v0")
        try:
            api.artifact("m").unlink()
        except ValueError as error:
            assert "is no link" in str(error)
        else:
            raise SystemExit("unlinked")
        """,
    )


def test_several_runs_fill_one(repo: Path) -> None:
    part = """
    run = wandb.init(group="workers")
    artifact = wandb.Artifact("all", "dataset")
    with artifact.new_file("%s.txt") as file:
        file.write("%s")
    run.%s_artifact(artifact).wait()
    """
    for name in ("a", "b"):
        script(repo, part % (name, name, "upsert"))
    assert [run.get("artifacts") for run in runs_of(repo)] == [None, None]
    script(repo, part % ("c", "c", "finish"))
    script(
        repo,
        """
        run = wandb.init()
        found = run.use_artifact("all")
        assert list(found.manifest.entries) == ["a.txt", "b.txt", "c.txt"]
        assert (found.version, open(found.get_entry("b.txt").download()).read()) == ("v0", "b")
        for log in (run.upsert_artifact, run.finish_artifact):
            try:
                log(wandb.Artifact("all", "dataset"))
            except TypeError as error:
                assert "group" in str(error)
            else:
                raise SystemExit("no error")
        """,
    )
    assert list((repo / ".git/gitexp/distributed").iterdir()) == []


def test_what_cannot_be_logged_is_an_error(repo: Path) -> None:
    one_version(repo)
    script(
        repo,
        """
        run = wandb.init()
        file = "train.py"
        many = wandb.Artifact("many", "dataset")
        many.metadata.update({str(i): i for i in range(101)})
        for call, kind in (
            (lambda: run.log_artifact(file, "x", aliases=["a/b"]), ValueError),
            (lambda: run.log_artifact(file, "x", tags=["not:this"]), ValueError),
            (lambda: run.log_artifact(file, "a b"), ValueError),
            (lambda: run.log_artifact("nothing", "x"), ValueError),
            (lambda: run.log_artifact(3), TypeError),
            (lambda: run.log_artifact(wandb.Artifact("ds", "model")), ValueError),
            (lambda: run.log_artifact(many), ValueError),
            (lambda: run.use_artifact("ds", type="model"), ValueError),
            (lambda: run.use_artifact(3), ValueError),
        ):
            try:
                call()
            except kind:
                continue
            raise SystemExit("no error")
        """,
    )
    assert len([a for run in runs_of(repo) for a in run.get("artifacts", ())]) == 1


def test_a_file_of_another_artifact(repo: Path) -> None:
    one_version(repo, "far")
    said = script(
        repo,
        """
        run = wandb.init()
        entry = run.use_artifact("ds").get_entry("sub/a.txt")
        artifact = wandb.Artifact("refs", "dataset")
        (added,) = artifact.add_reference(entry, name="here.txt")
        assert (added.digest, added.size) == (entry.digest, 3)
        run.log_artifact(artifact).wait()
        found = run.use_artifact("refs").download()
        print(open(os.path.join(found, "here.txt")).read())
        """,
    )
    assert said == "far"


def test_a_draft_from_a_version(repo: Path) -> None:
    one_version(repo)
    said = script(
        repo,
        """
        run = wandb.init()
        draft = run.use_artifact("ds").new_draft()
        with draft.new_file("b.txt") as file:
            file.write("more")
        draft.remove("sub")
        print(run.log_artifact(draft).wait().name, list(draft.manifest.entries))
        """,
    )
    assert said == "ds:v1 ['b.txt']"


def test_a_version_does_not_change(repo: Path) -> None:
    script(
        repo,
        """
        run = wandb.init()
        artifact = wandb.Artifact("ds", "dataset")
        artifact.add_file("train.py")
        run.log_artifact(artifact)
        for call in (lambda: artifact.add_file("train.py"), lambda: artifact.remove("train.py")):
            try:
                call()
            except wandb.ArtifactFinalizedError as error:
                assert "is finalized" in str(error)
            else:
                raise SystemExit("changed")
        """,
    )


def test_what_a_disabled_run_takes(repo: Path) -> None:
    script(
        repo,
        """
        run = wandb.init(mode="disabled")
        artifact = run.log_artifact(wandb.Artifact("a", "b")); artifact.wait()
        run.log_model("train.py"); run.link_artifact(artifact, "x/y")
        """,
    )
    assert runs_of(repo) == []
