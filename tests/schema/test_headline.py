import pytest

from gitexp.schema.headline import headline_metrics, metric_groups
from gitexp.schema.metrics import MetricSummary, goal_of


def summaries(*keys):
    return {key: MetricSummary(count=2, last=1.0, last_step=1, goal=goal_of(key)) for key in keys}


@pytest.mark.parametrize(
    "pair",
    [
        ("loss", "val_loss"),
        ("train/loss", "val/loss"),
        ("train_loss", "loss/validation"),
        ("training.loss", "eval.loss"),
    ],
)
def test_training_and_validation_of_one_quantity_belong_together(pair):
    (group,) = metric_groups(summaries(*reversed(pair)))
    assert group.keys == pair
    assert group.quantity == "loss"


def test_losses_come_first_and_schedules_last():
    keys = ("lr", "epoch", "dice", "weird", "train/acc", "val/acc", "loss")
    groups = metric_groups(summaries(*keys))
    assert [g.quantity for g in groups] == ["loss", "acc", "dice", "weird", "lr", "epoch"]


def test_headline_is_what_was_validated():
    keys = ("epoch", "lr", "train/loss", "val/loss", "train/acc", "val/acc", "test/acc")
    assert headline_metrics(summaries(*keys)) == ["val/loss", "val/acc"]
    assert headline_metrics(summaries(*keys), 1) == ["val/loss"]


def test_how_often_a_metric_was_logged_is_no_counter():
    keys = ("epoch", "global_step", "train_loss_step", "train_loss_epoch", "error_rate")
    headline = headline_metrics(summaries(*keys))
    assert headline == ["train_loss_step", "train_loss_epoch", "error_rate"]


def test_a_schedule_is_a_headline_where_there_is_nothing_else():
    assert headline_metrics(summaries("lr", "step")) == ["lr", "step"]
    assert headline_metrics({}) == []


def test_a_quantity_may_have_no_name_of_its_own():
    groups = metric_groups(summaries("train", "val"))
    assert [g.keys for g in groups] == [("train", "val")]
    assert groups[0].quantity == "train"


def test_two_thousand_metrics_are_all_there():
    keys = [f"layer.{i}/grad" for i in range(2000)]
    groups = metric_groups(summaries(*keys))
    assert [key for group in groups for key in group.keys] == keys
