"""What init() refuses, and the files that it takes defaults from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import gitexp as wandb
from gitexp.errors import UsageError
from gitexp.wandb import config_sources


@pytest.mark.parametrize(
    ("keywords", "says"),
    [
        ({"id": "a/b"}, "id 'a/b' may have none of"),
        ({"id": ""}, "at least one letter"),
        ({"id": " a"}, "has a space at an end"),
        ({"id": "a" * 200}, "longer than 128 letters"),
        ({"project": "a:b"}, "project 'a:b' has a ':'"),
        ({"project": "a" * 200}, "longer than 128 letters"),
        ({"tags": ["a" * 65]}, "1 to 64 characters"),
        ({"settings": {"nothing": 1}}, "nothing: extra inputs are not permitted"),
        ({"reinit": "sometimes"}, "reinit 'sometimes' is unknown"),
        ({"mode": "sometimes"}, "mode 'sometimes' is unknown"),
        ({"resume": "allow", "fork_from": "a?_step=1"}, "exclude each other"),
        ({"resume": "later"}, "resume 'later' is unknown"),
        ({"config_include_keys": ["a"], "config_exclude_keys": ["b"]}, "exclude each other"),
    ],
)
def test_what_means_nothing_is_refused(keywords: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        wandb.init(**keywords)


def test_defaults_of_the_folder_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert config_sources.around({}) == {}
    described = "wandb_version: 1\nlr:\n  desc: rate\n  value: 0.1\nseed:\n  value: 3\n"
    Path("config-defaults.yaml").write_text(described)
    Path("more.yaml").write_text("seed: 4\n")
    Path("broken.yaml").write_text("a: [\n")
    monkeypatch.setenv("WANDB_CONFIG_PATHS", "more.yaml, broken.yaml, none.yaml")
    assert config_sources.around({"seed": 5, "lr": 0.3}) == {"lr": 0.3, "seed": 4}
    assert "reading broken.yaml" in capsys.readouterr().err
    run = wandb.init(mode="disabled", config={"lr": 0.2})
    assert dict(run.config) == {"lr": 0.2, "seed": 4}
    wandb.finish()
    assert wandb.helper.parse_config({"a": 1, "b": 2}, exclude=["a"]) == {"b": 2}


def test_settings_are_copied_and_told() -> None:
    settings = wandb.Settings(mode="offline", _disable_stats=True)
    dumped = settings.model_copy(update={"project": "p"}).model_dump()
    assert (dumped["mode"], dumped["project"], dumped["run_id"]) == ("offline", "p", None)
    assert settings.copy() == settings
    assert settings._offline
    assert settings.x_disable_stats
    settings.run_name = "n"
    assert dict(settings)["run_name"] == "n"
    with pytest.raises(ValueError, match="mode 'cloud' is unknown"):
        settings.mode = "cloud"
    assert settings.mode == "offline"
    with pytest.raises(ValueError, match="nothing"):
        settings.nothing = 1
    with pytest.raises(AttributeError, match="nothing"):
        settings.nothing  # noqa: B018
    with pytest.raises(UsageError, match="may have none of"):
        wandb.Settings(run_id="a:b")


def test_what_setup_says_holds_for_all_runs_of_the_process() -> None:
    wandb.setup(wandb.Settings(project="all", mode="disabled", run_notes="n"))
    try:
        run = wandb.init(project="one")
        assert (run.project, run.disabled, run.notes) == ("one", True, "n")
        assert wandb.init(reinit=True).project == "all"
    finally:
        wandb.teardown()
    assert wandb.setup().settings.project is None
    wandb.teardown()


def test_variables_are_known_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (wandb.env.MODE, wandb.env.RUN_ID) == ("WANDB_MODE", "WANDB_RUN_ID")
    monkeypatch.setenv("WANDB_PROJECT", "p")
    monkeypatch.setenv("WANDB_SILENT", "true")
    assert wandb.env.get_project() == "p"
    assert wandb.env.get_entity("nobody") == "nobody"
    assert wandb.env.is_silent()


def test_a_disabled_run_is_like_another_and_knows_no_other_names() -> None:
    run = wandb.init(mode="disabled", tags=["a"], notes="n")
    assert (run.tags, run.notes, run.disabled) == (("a",), "n", True)
    wandb.log({"x": 1})
    wandb.log({"x": 2}, commit=False)
    assert run.step == 1
    wandb.log({"y": {"z": 2}}, step=7)
    assert (run.step, run.summary["y"]["z"]) == (7, 2)
    assert run.define_metric("x").name == "x"
    run.alert("title", "text")
    assert run.name == f"dummy-{run.id}"
    assert (run.entity, run.url, run.settings.mode) == ("dummy", None, "disabled")
    with pytest.raises(TypeError, match="takes a dict of names"):
        wandb.log([1])
    with pytest.raises(AttributeError, match="a run has no 'nothing'"):
        run.nothing  # noqa: B018
    wandb.finish()


def test_a_tensor_in_a_config_is_its_numbers() -> None:
    torch = pytest.importorskip("torch")
    run = wandb.init(mode="disabled", config={"weights": torch.ones(2), "big": torch.ones(5000)})
    assert run.config["weights"] == [1.0, 1.0]
    assert run.config["big"].startswith("[1. 1.")
    wandb.finish()
