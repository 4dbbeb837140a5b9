"""Objects in artifacts: media under wandb's names, model objects, source files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from support.cli import runs_of
from support.scripts import script

import gitexp as wandb
from gitexp.record import api
from gitexp.wandb.saved_model import SavedModel


@pytest.fixture
def artifact(repo: Path, monkeypatch: pytest.MonkeyPatch) -> wandb.Artifact:
    monkeypatch.setattr(api, "_active", None)  # other tests' runs
    return wandb.Artifact("a", "dataset")


def test_pictures_are_described_as_wandb_does(artifact: wandb.Artifact) -> None:
    pixels = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    picture = wandb.Image(pixels, caption="cap")
    entry = artifact.add(picture, "img")
    assert entry.local_path is not None
    told = json.loads(Path(entry.local_path).read_text())
    assert (entry.path, told["_type"], told["format"]) == (
        "img.image-file.json",
        "image-file",
        "png",
    )
    assert (told["width"], told["height"], told["caption"]) == (8, 8, "cap")
    assert list(artifact.manifest.entries) == ["img.image-file.json", told["path"]]
    assert told["path"].startswith("media/images/")
    again = artifact.add(wandb.Image(pixels), "same")
    assert len(artifact.manifest.entries) == 3
    table = artifact.add(wandb.Table(columns=["i"], data=[[picture], [None]]), "t")
    assert table.local_path is not None
    rows = json.loads(Path(table.local_path).read_text())
    assert (table.path, rows["nrows"], rows["ncols"]) == ("t.table.json", 2, 1)
    assert (rows["data"][0][0]["path"], rows["data"][1][0]) == (told["path"], None)
    assert len(artifact.manifest.entries) == 4
    assert again.path == "same.image-file.json"


@pytest.mark.parametrize(
    ("media", "name"),
    [
        (wandb.Html("<b>x</b>"), "html-file"),
        (wandb.Audio(np.zeros(100), sample_rate=100), "audio-file"),
        (wandb.Object3D(np.zeros((4, 3))), "object3D-file"),
        (wandb.Classes([{"id": 0, "name": "road"}]), "classes"),
    ],
)
def test_names_say_what_it_is(artifact: wandb.Artifact, media: object, name: str) -> None:
    assert artifact.add(media, "it").path == f"it.{name}.json"
    assert len(artifact.manifest.entries) == (1 if name == "classes" else 2)


def test_media_comes_back(repo: Path) -> None:
    script(
        repo,
        """
        import numpy as np
        run = wandb.init()
        artifact = wandb.Artifact("all", "dataset")
        artifact.add(wandb.Html("<b>x</b>"), "page")
        artifact.add(wandb.Classes([{"id": 0, "name": "road"}]), "classes")
        artifact.add(wandb.Image(np.zeros((4, 4, 3), np.uint8), caption="black"), "img")
        run.log_artifact(artifact).wait()
        found = run.use_artifact("all")
        assert isinstance(found.get("page"), wandb.Html)
        assert found.get("classes").class_set == [{"id": 0, "name": "road"}]
        assert isinstance(found.get("img"), wandb.Image)
        assert found.get_entry("img").path == "img.image-file.json"
        one, other = wandb.Table(["n"], [[1]]), wandb.Table(["n"], [[1]])
        both = wandb.Artifact("both", "dataset")
        both.add(one, "first")
        both.add(wandb.JoinedTable(one, other, "n"), "joined")
        names = ["first.table.json", "t2_joined.table.json", "joined.joined-table.json"]
        assert list(both.manifest.entries) == names
        run.log_artifact(both).wait()
        assert run.use_artifact("both").get("joined").joined().get_column("n") == [1]
        """,
    )


def test_model_objects(repo: Path) -> None:
    pytest.importorskip("sklearn")
    said = script(
        repo,
        """
        from sklearn.linear_model import LinearRegression
        from gitexp.wandb.workflows import link_model, log_model, use_model
        model = LinearRegression().fit([[0], [1]], [1, 3])
        try:
            use_model("reg:latest")
        except ValueError as error:
            assert "inside a run" in str(error)
        saved = log_model(model, "reg", aliases=["best"], scope_project=True)
        link_model(saved, "team/registered")
        found = use_model("registered:latest")
        print(round(float(found.model_obj().predict([[2]])[0]), 6), found.artifact.name)
        for call in (lambda: use_model("reg"), lambda: log_model(3)):
            try:
                call()
            except ValueError:
                continue
            raise SystemExit("no error")
        """,
    )
    assert said == "5.0 registered:v0"
    (run,) = runs_of(repo)
    assert (run["job_type"], {a["name"] for a in run["artifacts"]}) == (
        "log_model",
        {"reg", "registered"},
    )


def test_a_model_in_no_artifact(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from gitexp.wandb.workflows import link_model

    saved = SavedModel.init(torch.nn.Linear(2, 1))
    assert isinstance(saved.model_obj(), torch.nn.Linear)
    with pytest.raises(ValueError, match="belongs to a logged artifact"):
        link_model(saved, "registered")
    torch.save(torch.nn.Linear(2, 1), tmp_path / "m.pt")
    assert isinstance(SavedModel.init(tmp_path / "m.pt").model_obj(), torch.nn.Linear)
    with pytest.raises(ValueError, match="no kind of SavedModel"):
        SavedModel.init("nothing")


def test_source_files(repo: Path) -> None:
    (repo / "sub").mkdir()
    for name in ("sub/lib.py", "notes.txt", "requirements.txt", "wandb.py"):
        (repo / name).write_text("")
    (repo / "wandb").mkdir()
    (repo / "wandb/made.py").write_text("")
    said = script(
        repo,
        """
        run = wandb.init(project="demo")
        code = run.log_code()
        print(code.type, code.name.partition(":")[0])
        print(sorted(code.wait().manifest.entries))
        named = run.log_code("sub", name="mine", include_fn=lambda path: path.endswith(".py"))
        print(named.name, list(run.use_artifact("mine").manifest.entries))
        __file__ = os.path.abspath("sub/lib.py")  # as of a script that runs from a file
        print(run.log_code("sub").name.partition(":")[0])
        print(wandb.log_code("sub", exclude_fn=lambda path, root: True))
        print({a.type for a in wandb.Api().run(run.id).logged_artifacts()})
        """,
    )
    assert said.splitlines() == [
        "code source-demo-None",
        "['requirements.txt', 'sub/lib.py', 'train.py', 'wandb.py']",
        "mine ['lib.py']",
        "source-demo-sub_lib.py",
        "None",
        "{'code'}",
    ]
