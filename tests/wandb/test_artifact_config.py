"""Artifacts as values of a run's config."""

from __future__ import annotations

from pathlib import Path

from support.cli import runs_of
from support.schema import assert_valid_run
from support.scripts import script

DATA = """
run = wandb.init(id="data")
data = wandb.Artifact("data", "dataset")
with data.new_file("x") as file:
    file.write("x")
run.log_artifact(data, aliases=["best"]).wait()
run.finish()
"""


def test_artifacts_in_a_config(repo: Path) -> None:
    script(
        repo,
        DATA
        + """
found = wandb.Api().artifact("data:v0")
told = found.json_encode()
config = {"given": found, "text": "wandb-artifact://e/p/data:best", "lr": 0.1}
run = wandb.init(id="train", config=config)
assert run.config.given == run.config.text == found and run.config.lr == 0.1
run.config.by_id = f"wandb-artifact://_id/{found.id}"
run.config.update({"told": told})
new = wandb.Artifact("new", "dataset")
run.config.new = new
assert run.config.by_id == run.config["told"] == found and run.config.new.version == "v0"
for key, nested in (("nested", {"a": found}), ("deeper", {"a": {"b": found}})):
    try:
        run.config[key] = nested
    except ValueError as error:
        assert "not inside another value" in str(error)
    else:
        raise SystemExit("no error")
try:
    run.config.none = "wandb-artifact://e/p/nothing:v0"
except wandb.CommError:
    pass
run.finish()
kept = wandb.Api().run("train").config
assert "nested" not in kept and "deeper" not in kept and "none" not in kept
assert kept["given"] == kept["text"] == kept["by_id"] == kept["told"] == told
assert kept["new"]["sequenceName"] == "new" and kept["lr"] == 0.1
assert (told["_type"], told["version"], told["sequenceName"]) == ("artifactVersion", "v0", "data")
""",
    )
    run = next(run for run in runs_of(repo) if run["capture"]["wandb"]["id"] == "train")
    assert_valid_run(run)
    assert {used["name"] for used in run["lineage"]["used"]} == {"data", "new"}
    assert [entry["name"] for entry in run["artifacts"]] == ["new"]


def test_a_run_that_records_nothing_takes_them(repo: Path) -> None:
    script(
        repo,
        """
        artifact = wandb.Artifact("a", "dataset")
        run = wandb.init(mode="disabled", config={"data": artifact, "n": 1})
        assert run.config["data"] is artifact and run.config["n"] == 1
        """,
    )
    assert runs_of(repo) == []
