"""run.json: what is written follows the shipped schema and reads back equal."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.schema import RUN_SCHEMA, assert_valid_run

from gitexp.schema.artifact import ArtifactEntry, UsedArtifact
from gitexp.schema.clock import to_iso
from gitexp.schema.metrics import MetricSummary
from gitexp.schema.run import (
    STATUSES,
    CheckpointEntry,
    ErrorInfo,
    GitFacts,
    HardwareSummary,
    Lineage,
    Resumption,
    Run,
    SkippedFile,
)
from gitexp.schema.verdict import OUTCOMES, Verdict

text = st.text(max_size=8)
maybe_text = st.none() | text
count = st.integers(0, 2**53)
steps = st.integers(-(2**53), 2**53)
finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(0, 1e300)
values = st.floats(allow_nan=False)
times = st.floats(0, 4e9).map(to_iso)
oids = st.sampled_from(["0123456789" * 4, "abcdef01" * 8])
json_values = st.recursive(
    st.none() | st.booleans() | count | finite | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
configs = st.dictionaries(text, json_values, max_size=4)
texts = st.lists(text, max_size=3).map(tuple)

metric_summaries = st.builds(
    MetricSummary,
    count=count,
    last=values,
    last_step=steps,
    min=st.none() | values,
    min_step=st.none() | steps,
    max=st.none() | values,
    max_step=st.none() | steps,
    goal=st.sampled_from(["lower", "higher", None]),
)
skipped_files = st.builds(SkippedFile, path=text, bytes=count, reason=text)
checkpoints = st.builds(
    CheckpointEntry,
    label=st.text(min_size=1, max_size=8),
    step=st.none() | steps,
    bytes=count,
    tensors=count,
    metrics=st.dictionaries(text, values, max_size=3),
    created_at=st.none() | times,
)
verdicts = st.builds(
    Verdict,
    run=text,
    id=text,
    role=st.sampled_from(["original", "repeat"]),
    outcome=st.sampled_from(OUTCOMES),
    created_at=times,
    tolerance=positive,
    **dict.fromkeys(("metrics", "points", "differing_metrics", "tensors"), count),
    differing_tensors=count,
    metric=maybe_text,
    step=st.none() | steps,
    **dict.fromkeys(("original_value", "repeat_value", "largest"), st.none() | values),
    tensor_distance=st.none() | values,
    environment=texts,
)
artifact_names = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
artifacts = st.builds(
    ArtifactEntry,
    name=artifact_names,
    type=text,
    digest=text,
    **dict.fromkeys(("version", "bytes", "files"), count),
    created_at=times,
    description=maybe_text,
    metadata=configs,
    aliases=st.dictionaries(text, times, max_size=3),
    dropped_aliases=st.dictionaries(text, times, max_size=3),
    tags=texts,
    ttl_days=st.none() | count,
    source=maybe_text,
)
used_artifacts = st.builds(
    UsedArtifact,
    **dict.fromkeys(("name", "type", "digest", "run", "id"), text),
    version=count,
    used_at=times,
    use_as=maybe_text,
)
resumptions = st.builds(
    Resumption,
    at=times,
    commit=text,
    status=st.sampled_from(STATUSES),
    step=st.none() | count,
    duration_s=positive,
    host=text,
)
runs = st.builds(
    Run,
    name=st.text(min_size=1, max_size=8),
    id=st.text(min_size=1, max_size=8),
    created_at=times,
    status=st.sampled_from(STATUSES),
    finished_at=st.none() | times,
    duration_s=st.none() | positive,
    command=texts,
    cwd=text,
    author=text,
    host=text,
    group=maybe_text,
    job_type=maybe_text,
    tags=texts,
    notes=text,
    git=st.builds(
        GitFacts,
        base_commit=st.none() | oids,
        branch=maybe_text,
        dirty=st.booleans(),
        code_tree=st.none() | oids,
        skipped=st.lists(skipped_files, max_size=3).map(tuple),
    ),
    config=configs,
    config_digest=text,
    summary=configs,
    metrics=st.dictionaries(text, metric_summaries, max_size=3),
    hardware=st.builds(
        HardwareSummary,
        samples=count,
        mean=st.dictionaries(text, finite, max_size=3),
        peak=st.dictionaries(text, finite, max_size=3),
        energy_wh=st.none() | positive,
        energy_source=maybe_text,
        co2_g=st.none() | positive,
        cost=st.none() | positive,
        currency=maybe_text,
    ),
    checkpoints=st.lists(checkpoints, max_size=3).map(tuple),
    dropped_checkpoints=st.lists(checkpoints, max_size=3).map(tuple),
    artifacts=st.lists(artifacts, max_size=2).map(tuple),
    exit_code=st.none() | st.integers(-300, 300),
    signal=maybe_text,
    error=st.none() | st.builds(ErrorInfo, type=text, message=text, traceback=text),
    capture=configs,
    lineage=st.builds(
        Lineage,
        resumed_from=maybe_text,
        forked_from=maybe_text,
        reproduced_from=maybe_text,
        sweep=maybe_text,
        trial=st.none() | count,
        forked_id=maybe_text,
        forked_step=st.none() | count,
        forked_checkpoint=maybe_text,
        resumptions=st.lists(resumptions, max_size=2).map(tuple),
        used=st.lists(used_artifacts, max_size=2).map(tuple),
    ),
    verdicts=st.lists(verdicts, max_size=2).map(tuple),
    warnings=texts,
    schema=st.just(1),
)  # fmt: skip


@given(runs)
@settings(deadline=None, max_examples=60)
def test_a_run_reads_back_equal(run: Run) -> None:
    written = json.dumps(run.to_json(), allow_nan=False)
    assert_valid_run(written.encode())
    assert Run.from_json(json.loads(written)) == run


def test_the_strategy_knows_every_field() -> None:
    def built(strategy: Any, cls: type) -> set[str]:
        return {field.name for field in fields(cls)} - set(strategy.wrapped_strategy.kwargs)

    assert built(runs, Run) == set()
    assert built(metric_summaries, MetricSummary) == set()


def test_nan_reads_back() -> None:
    summary = MetricSummary(3, math.nan, 2, goal="lower")
    checkpoint = CheckpointEntry("last", 2, 10, 1, {"loss": math.nan, "best": -math.inf})
    run = Run("a", "1", to_iso(0), metrics={"loss": summary}, checkpoints=(checkpoint,))
    assert_valid_run(run.to_json())
    back = Run.from_json(run.to_json())
    assert math.isnan(back.metrics["loss"].last)
    assert math.isnan(back.checkpoints[0].metrics["loss"])
    assert back.checkpoints[0].metrics["best"] == -math.inf


@pytest.mark.parametrize(
    ("path", "cls"),
    [
        ((), Run),
        (("git",), GitFacts),
        (("git", "skipped"), SkippedFile),
        (("metrics",), MetricSummary),
        (("hardware",), HardwareSummary),
        (("checkpoints",), CheckpointEntry),
        (("error",), ErrorInfo),
        (("artifacts",), ArtifactEntry),
        (("lineage",), Lineage),
        (("lineage", "resumptions"), Resumption),
        (("lineage", "used"), UsedArtifact),
        (("verdicts",), Verdict),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else None,
)
def test_the_schema_describes_every_field(path: tuple[str, ...], cls: type) -> None:
    schema = RUN_SCHEMA
    for key in path:
        schema = schema["properties"][key]
        schema = schema.get("items", schema)
    if cls is MetricSummary:
        schema = schema["additionalProperties"]
    names = {field.name for field in fields(cls)}
    assert set(schema["properties"]) == names
    # Most runs come from no other and log no artifact.
    if cls is not Lineage:
        assert set(schema["required"]) == names - ({"artifacts"} if cls is Run else set())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(RUN_SCHEMA)
    minimal = Run("a", "1", to_iso(0)).to_json()
    assert_valid_run(minimal)
    with pytest.raises(AssertionError, match="status"):
        assert_valid_run({**minimal, "status": "lost"})
    with pytest.raises(AssertionError, match="warnings"):
        assert_valid_run({key: value for key, value in minimal.items() if key != "warnings"})


def test_unknown_fields_are_dropped() -> None:
    run = Run("a", "1", to_iso(0), git=GitFacts(branch="main"))
    data = run.to_json()
    data["later"] = data["git"]["later"] = data["hardware"]["later"] = 1
    assert Run.from_json(data) == run


def test_what_may_be_missing() -> None:
    data = {"schema": 1, "name": "a", "id": "1", "created_at": to_iso(0)}
    empty = Run("a", "1", to_iso(0))
    assert Run.from_json(data) == empty
    nothing = dict.fromkeys(("git", "metrics", "hardware", "checkpoints", "error", "lineage"))
    nothing |= dict.fromkeys(("tags", "command", "warnings", "config", "summary", "capture"))
    assert Run.from_json({**data, **nothing}) == empty


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"schema": None}, "states no schema"),
        ({"schema": True}, "states no schema"),
        ({"schema": 2}, "newer"),
        ({"name": 5}, "'name' is a int"),
        ({"created_at": None}, "'created_at' is a NoneType"),
        ({"duration_s": "12"}, "'duration_s' is a str"),
        ({"duration_s": True}, "'duration_s' is a bool"),
        ({"tags": "a"}, "'tags' is a str"),
        ({"tags": ["a", 1]}, r"'tags\[1\]' is a int"),
        ({"config": []}, "'config' is a list"),
        ({"git": {"dirty": 1}}, "'git.dirty' is a int"),
        ({"git": {"skipped": [{"path": None}]}}, r"'git.skipped\[0\].path' is a NoneType"),
        ({"git": {"skipped": [{}]}}, "argument"),
        ({"metrics": {"loss": 1}}, "'metrics.loss' is a int"),
        ({"metrics": {"loss": {"last": []}}}, "'metrics.loss.last' is a list"),
        ({"hardware": {"mean": {"cpu": "1"}}}, "'hardware.mean.cpu' is a str"),
        ({"checkpoints": [{"label": "a"}]}, "argument"),
        ({"checkpoints": [{"label": "a", "step": 1.5}]}, r"'checkpoints\[0\].step' is a float"),
        ({"dropped_checkpoints": [{"label": 1}]}, r"'dropped_checkpoints\[0\].label' is a int"),
        ({"error": "no"}, "'error' is a str"),
        ({"hardware": {"mean": None}}, "'hardware.mean' is a NoneType"),
        ({"metrics": {"loss": None}}, "'metrics.loss' is a NoneType"),
        ({"git": {"skipped": None}}, "'git.skipped' is a NoneType"),
    ],
)
def test_malformed(change: dict[str, Any], why: str) -> None:
    data = {"schema": 1, "name": "a", "id": "1", "created_at": to_iso(0), **change}
    with pytest.raises(ValueError, match=why):
        Run.from_json(data)


@given(st.dictionaries(st.sampled_from([f.name for f in fields(Run)]), json_values, max_size=6))
@settings(deadline=None)
def test_nothing_but_value_error(change: dict[str, Any]) -> None:
    data = {"schema": 1, "name": "a", "id": "1", "created_at": to_iso(0), **change}
    try:
        run = Run.from_json(data)
    except ValueError:
        return
    assert run.to_json()["name"] == data["name"]
