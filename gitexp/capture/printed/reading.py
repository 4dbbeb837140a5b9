"""What one printed line says: values by name, and where on the axes they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gitexp.schema.metrics import goal_of


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


LINE, MAPPING, BAR, TABLE, BARE, PATTERN = "line", "mapping", "bar", "table", "bare", "pattern"

EPOCH, STEP, BATCH, TRIAL, EPISODE = "epoch", "step", "batch", "trial", "episode"
_AXES = {
    **dict.fromkeys(("epoch", "epochs", "ep"), EPOCH),
    **dict.fromkeys(
        word_set("step steps iter iters iteration iterations it update updates timestep timesteps "
        "global_step global_steps total_timesteps total_steps num_timesteps n_iter itr tick "
        "num_iterations"),
        STEP,
    ),
    **dict.fromkeys(("batch", "batches", "minibatch", "batch_idx", "sample", "samples"), BATCH),
    **dict.fromkeys(("episode", "episodes", "game", "games"), EPISODE),
    **dict.fromkeys(("trial", "round", "generation", "gen", "boosting_round"), TRIAL),
}  # fmt: skip
_BEFORE_AXIS = word_set(
    "train training val validation valid eval evaluation test global total current epoch step "
    "starting start after at end of the finished completed done in number num boosting "
    "processing running optimizer gradient best is"
)
_COUNTING = word_set("n i no num number nr idx index id count cur curr")
_TOTALS = word_set("max min n num total")
PHASES = {
    **dict.fromkeys(("train", "training", "trainset"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "validating"), "val"),
    **dict.fromkeys(("eval", "evaluation", "evaluating"), "eval"),
    **dict.fromkeys(("test", "testing", "testset"), "test"),
    "dev": "dev",
    "holdout": "holdout",
    "best": "best",
}
# Beside the names that have a better and a worse: what trainings print and log as well.
_USUAL = word_set("lr norm sps fps mfu epsilon grad gradnorm momentum temperature")
_RATES = word_set("sps fps ips throughput")
_CLOCK = word_set("time seconds duration latency energy eta elapsed")


@dataclass(frozen=True, slots=True)
class Axis:
    """A counter on a line: `Epoch [3/20]`."""

    value: int
    total: int | None = None


@dataclass(slots=True)
class Reading:
    """What one line says."""

    kind: str
    values: dict[str, float] = field(default_factory=dict)
    axes: dict[str, Axis] = field(default_factory=dict)
    decimals: dict[str, int] = field(default_factory=dict)  # as printed, for finding twins
    phase: str = ""
    who: str = ""  # the process that printed it, where lines say so
    loose: bool = False  # no name is followed by a colon or an equals sign

    @property
    def shape(self) -> tuple[object, ...]:
        """The same for lines that differ in their numbers only."""
        return (self.kind, self.phase, self.who, tuple(self.axes), tuple(self.values))

    @property
    def tells_metrics(self) -> bool:
        """Whether a name is one that metrics usually have."""
        return any(is_metric(name) for name in self.values)


def words_of(name: str) -> list[str]:
    """The lower-case words of a name, `valLoss` and `val_loss` alike."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W_]+", spaced.lower())


def is_metric(name: str) -> bool:
    """Whether a name is one that metrics usually have; times are not among them."""
    words = words_of(name)
    if not words or (_CLOCK & set(words[-2:])):
        return False
    return goal_of(name) is not None or words[-1] in _USUAL or _is_learning_rate(words)


def is_clock(name: str) -> bool:
    """Whether a name is of a time or a rate, which differs each time that it is read."""
    words = words_of(name)
    return bool(set(words[-2:]) & (_CLOCK | _RATES)) or words[-2:-1] == ["per"]


def is_result(name: str) -> bool:
    """Whether a name is of what is better or worse, so that a single number of it tells."""
    words = words_of(name)
    return goal_of(name) is not None and not _CLOCK & set(words[-2:])


def _is_learning_rate(words: list[str]) -> bool:
    return words[-2:] == ["learning", "rate"]


def axis_of(name: str) -> str | None:
    """The axis that a name means, if it means one."""
    lowered = name.strip().lower().replace("-", "_")
    found = _AXES.get(lowered.replace(" ", "_")) or _AXES.get(lowered.rpartition("/")[2])
    if found:
        return found
    words = words_of(name)
    if len(words) > 1 and set(words[:-1]) <= _BEFORE_AXIS:
        return _AXES.get(words[-1])
    if len(words) == 2:  # n_episode, cur_iter, epoch_idx; but num_epochs is a setting
        first, last = words
        if first in _COUNTING and not last.endswith("s"):
            return _AXES.get(last)
        if last in _COUNTING:
            return _AXES.get(first)
    return None


def axis_in(name: str) -> str | None:
    """The axis that a word of a name means; for names of what counts to a total."""
    return next((_AXES[word] for word in words_of(name) if word in _AXES), None)


def is_total(name: str) -> bool:
    """Whether a name says how far a counter is to go: `max_epochs`, `num_steps`."""
    words = words_of(name)
    if len(words) < 2 or words[0] not in _TOTALS:
        return False
    return words[-1] in _AXES or words[-1].removesuffix("s") in _AXES


def phase_of(text: str) -> str:
    """`train`, `val`, … if a word of the text says so, else nothing."""
    for word in words_of(text):
        if word in PHASES:
            return PHASES[word]
    return ""


def key_of(name: str, phase: str = "") -> str:
    """A metric's key: `Train Loss` → `train_loss`; what is one word stays as it is written."""
    words = re.findall(r"[^\s]+", name)
    words = [word.lower() if word.istitle() else word for word in words]
    if len(words) > 1 and all(word.isupper() for word in words):
        words = [word.lower() for word in words]
    key = "_".join(words)
    if phase and not any(word in PHASES for word in words_of(key)) and not _of_no_phase(key):
        key = f"{phase}_{key}"
    return key


def _of_no_phase(key: str) -> bool:
    """A learning rate is no other one in validation."""
    words = words_of(key)
    return bool(words) and (words[-1] in _USUAL or _is_learning_rate(words))
