"""Which checkpoints are kept."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitexp.schema.retention import Keep, StepValues, kept_labels, parse_keep
from gitexp.schema.run import CheckpointEntry


def entry(label: str, step: int | None = None, **metrics: float) -> CheckpointEntry:
    return CheckpointEntry(label, step, 10, 1, dict(metrics))


@pytest.mark.parametrize(
    ("text", "keep"),
    [
        ("all", Keep("all")),
        ("last:3", Keep("last", count=3)),
        ("best:val_loss", Keep("best", metric="val_loss")),
        ("best:eval/top:1", Keep("best", metric="eval/top:1")),
    ],
)
def test_settings_are_read(text: str, keep: Keep) -> None:
    assert parse_keep(text) == keep


@pytest.mark.parametrize("text", ["", "last", "last:", "last:0", "last:-1", "best:", "none", "3"])
def test_what_is_no_setting_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="last:N"):
        parse_keep(text)


ENTRIES = [
    entry("a", 1, loss=0.5),
    entry("b", 2, loss=0.1),
    entry("c", 3),
    entry("d", 4, loss=0.3),
]


@pytest.mark.parametrize(
    ("text", "goal", "kept"),
    [
        ("all", None, "abcd"),
        ("last:1", None, "d"),
        ("last:3", None, "bcd"),
        ("last:9", None, "abcd"),
        ("best:loss", "lower", "bd"),
        ("best:loss", "higher", "ad"),
        ("best:loss", None, "abcd"),  # nobody knows what is better
        ("best:los", "lower", "abcd"),  # a misspelt name costs no model
    ],
)
def test_kept_labels(text: str, goal: str | None, kept: str) -> None:
    assert kept_labels(parse_keep(text), ENTRIES, goal) == set(kept)


def test_a_checkpoint_without_the_metric_has_the_runs_value_at_its_step() -> None:
    values = StepValues()
    for step, value in ((1, 0.9), (3, 0.05), (4, 0.7)):
        values.add(step, value)
    keep = parse_keep("best:loss")
    assert kept_labels(keep, ENTRIES, "lower", values.at) == {"c", "d"}
    assert [values.at(step) for step in (0, 1, 2, 3, 9, None)] == [None, 0.9, 0.9, 0.05, 0.7, 0.7]


def test_a_metric_that_is_not_a_number_is_never_the_best() -> None:
    entries = [entry("a", 1, loss=math.nan), entry("b", 2, loss=1.0), entry("c", 3, loss=2.0)]
    assert kept_labels(parse_keep("best:loss"), entries, "lower") == {"b", "c"}


losses = st.none() | st.floats(allow_nan=True)


@given(
    st.lists(losses, min_size=1, max_size=8),
    st.sampled_from(["all", "last:1", "last:2", "best:loss"]),
    st.sampled_from(["lower", "higher", None]),
)
def test_the_newest_is_always_kept_and_what_is_dropped_stays_dropped(
    found: list[float | None], text: str, goal: str | None
) -> None:
    keep, held = parse_keep(text), []
    for number, loss in enumerate(found):
        held.append(entry(str(number), number, **({} if loss is None else {"loss": loss})))
        kept = kept_labels(keep, held, goal)
        assert str(number) in kept
        held = [one for one in held if one.label in kept]
        assert kept_labels(keep, held, goal) == kept
