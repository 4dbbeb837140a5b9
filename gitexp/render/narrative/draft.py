"""A first draft of an article about runs, as Markdown that `gitexp report --from` takes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gitexp.render import facts, markdown, text
from gitexp.render.differences import Difference, differences
from gitexp.render.findings import finding_rows
from gitexp.render.statistics import mean_words
from gitexp.schema.headline import headline_metrics
from gitexp.schema.metrics import LOWER, MetricSummary
from gitexp.schema.replicates import is_seed, replicate_groups, sample_of
from gitexp.schema.run import FINISHED, Run
from gitexp.schema.tree import flatten, number
from gitexp.schema.view import RunView

_NAMED = 20  # runs that a block lists by name; of more it takes the article's
_KEYS = 6
_SECTIONS = 3  # on config keys


def draft(views: Sequence[RunView], *, title: str, repository: str, generated_s: float) -> str:
    """The article: title, abstract with the numbers, a section for each finding.

    Args:
        views: the runs that it is about; curves, logs and code are not used.
        title: its first heading.
        repository: its name.
        generated_s: the present, seconds since the epoch.
    """
    runs = [view.run for view in views]
    merged: dict[str, MetricSummary] = {}
    for run in runs:
        for key, metric in run.metrics.items():
            merged.setdefault(key, metric)
    keys = headline_metrics(merged, 3)
    parts = [
        f"# {markdown.text(text.one_line(title))}",
        _abstract(runs, keys, repository, generated_s),
        _results(runs, keys),
        *_influences(runs, keys),
        *_seeds(runs, keys),
        *_diagnoses(views),
        *_failures(runs),
        *_cost(runs),
        _again(runs, keys),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _abstract(runs: Sequence[Run], keys: Sequence[str], repository: str, now_s: float) -> str:
    statuses = Counter(text.one_line(str(run.status)) for run in runs)
    told = ", ".join(f"{n} {status}" for status, n in statuses.most_common())
    sentences = [
        f"{text.plural(len(runs), 'run')} of {markdown.code(repository or 'this repository')} "
        f"({told}), as of {text.moment(now_s)} UTC."
    ]
    for key in keys:
        if (best := best_run(runs, key)) is not None:
            run, value = best
            sentences.append(
                f"The best {markdown.code(key)} is **{text.number(value)}**, of "
                f"{markdown.code(run.name)}{_spread(runs, key, value)}."
            )
    differing = [d.key for d in _differing(runs)]
    if differing:
        named = ", ".join(markdown.code(key) for key in differing[:_KEYS])
        more = f" and {len(differing) - _KEYS} more keys" if len(differing) > _KEYS else ""
        sentences.append(f"Their configs differ in {named}{more}.")
    return "\n".join(sentences)


def best_run(runs: Sequence[Run], key: str) -> tuple[Run, float] | None:
    """The run with the best value of a metric, and the value; None: no goal, or no value."""
    found = [
        (value, run)
        for run in runs
        if key in run.metrics
        and run.metrics[key].goal
        and (value := run.metrics[key].best) is not None
        and math.isfinite(value)
    ]
    if not found:
        return None
    choose = min if found[0][1].metrics[key].goal == LOWER else max
    value, run = choose(found, key=lambda pair: pair[0])
    return run, value


def _spread(runs: Sequence[Run], key: str, best: float) -> str:
    values = sorted(
        value
        for run in runs
        if key in run.metrics
        and (value := run.metrics[key].best) is not None
        and math.isfinite(value)
    )
    if len(values) < 3:
        return ""
    middle = values[len(values) // 2]
    words = f"; the median of all is {text.number(middle)}"
    apart = 100 * (best - middle) / abs(middle) if middle else 0.0
    return f"{words} ({text.percent(apart, sign=True)})" if abs(apart) >= 0.1 else words


def _results(runs: Sequence[Run], keys: Sequence[str]) -> str:
    lines = ["## Results", _comment("What do the curves show? Say it here, in a sentence or two.")]
    if keys:
        lines.append(_panel(runs, "curves", metrics=list(keys)))
    lines.append(_panel(runs, "runs", metrics=list(keys) or None))
    return "\n\n".join(lines)


def _influences(runs: Sequence[Run], keys: Sequence[str]) -> list[str]:
    """A section for each config key that has several values, by what comes out with each."""
    if not keys or len(runs) < 3:
        return []
    key = keys[0]
    sections: list[str] = []
    for difference in _differing(runs):
        if is_seed(difference.key) or len(sections) == _SECTIONS:
            continue
        groups: dict[str, list[float]] = {}
        for run, value in zip(runs, difference.values, strict=True):
            best = run.metrics[key].best if key in run.metrics else None
            if value and best is not None and math.isfinite(best):
                groups.setdefault(value, []).append(best)
        # A value of its own for each run says nothing, unless it is a number.
        if len(groups) < 2 or (len(groups) == len(runs) and not all(map(_is_number, groups))):
            continue
        goal = next(run.metrics[key].goal for run in runs if key in run.metrics)
        sections.append(_influence(runs, difference.key, key, groups, goal))
    return sections


def _influence(
    runs: Sequence[Run], name: str, key: str, groups: Mapping[str, list[float]], goal: str | None
) -> str:
    means = {value: sum(found) / len(found) for value, found in groups.items()}
    choose = min if goal == LOWER else max
    best = choose(means, key=means.__getitem__)
    numeric = all(_is_number(value) for value in groups)
    rows = [
        [markdown.code_cell(value), str(len(groups[value])), text.number(means[value])]
        for value in sorted(groups, key=lambda v: (float(v) if numeric else 0.0, v))[:12]
    ]
    table = markdown.table(
        [markdown.cell(name), "runs", f"mean {markdown.cell(key)}"], rows, "lrr"
    )
    lines = [
        f"## {markdown.text(f'{name}: {best} comes out best')}",
        f"On average {markdown.code(key)} is best with {markdown.code(name)} = "
        f"{markdown.code(best)}: {text.number(means[best])} "
        f"({text.plural(len(groups[best]), 'run')}).",
        table,
    ]
    if numeric:
        lines.append(_panel(runs, "scatter", x=f"config.{name}", y=key))
    return "\n\n".join(lines)


def _seeds(runs: Sequence[Run], keys: Sequence[str]) -> list[str]:
    groups = [group for group in replicate_groups(run.to_json() for run in runs) if len(group) > 1]
    if not groups or not keys:
        return []
    rows = []
    for group in groups[:12]:
        samples = [sample_of(group, key) for key in keys]
        names = ", ".join(markdown.code_cell(str(run["name"])) for run in group[:4])
        more = ", …" if len(group) > 4 else ""
        rows.append([f"{names}{more}", str(len(group)), *(mean_words(s, s.sd) for s in samples)])
    head = ["runs", "n", *(markdown.cell(key) for key in keys)]
    words = "Runs that differ only in their seed: mean ± standard deviation of the last values."
    return [f"## Over seeds\n\n{words}\n\n{markdown.table(head, rows, 'lrrrr')}"]


def _diagnoses(views: Sequence[RunView]) -> list[str]:
    """A section for each rule of docs/diagnostics.md that spoke."""
    by_rule: dict[str, list[tuple[Run, Any]]] = {}
    for view in views:
        for row in finding_rows(view.findings, 40):
            by_rule.setdefault(row.rule, []).append((view.run, row))
    sections = []
    for rule, found in list(by_rule.items())[:8]:
        lines = [
            f"- {markdown.code(run.name)}: {markdown.text(row.what)}"
            + (f" ({row.steps})" if row.steps else "")
            for run, row in found[:8]
        ]
        advice = next((row.advice for _, row in found if row.advice), "")
        tried = f"\n\nWhat may help: {markdown.text(advice)}." if advice else ""
        sections.append(
            f"## {markdown.text(rule)}\n\n" + "\n".join(lines) + tried.replace("..", ".")
        )
    if sections:
        named = list(dict.fromkeys(run.name for found in by_rule.values() for run, _ in found))
        chosen = [view.run for view in views if view.run.name in named]
        sections[-1] += "\n\n" + _panel(chosen, "findings", always=True)
    return sections


def _failures(runs: Sequence[Run]) -> list[str]:
    failed = [run for run in runs if run.status not in (FINISHED, "running")]
    if not failed:
        return []
    lines = []
    for run in failed[:12]:
        why = f": {markdown.code(str(run.error.type))}" if run.error is not None else ""
        lines.append(f"- {markdown.code(run.name)} {markdown.text(facts.outcome(run))}{why}")
    more = f"\n\nAnd {len(failed) - 12} more." if len(failed) > 12 else ""
    return ["## What did not finish\n\n" + "\n".join(lines) + more]


def _cost(runs: Sequence[Run]) -> list[str]:
    energy = [wh for run in runs if (wh := number(run.hardware.energy_wh)) is not None]
    if not energy:
        return []
    took = sum(number(run.duration_s) or 0.0 for run in runs)
    co2 = [g for run in runs if (g := number(run.hardware.co2_g)) is not None]
    words = f"{text.duration(took)} of computing and {text.energy(sum(energy))}"
    words += f", {text.mass(sum(co2))} CO₂" if co2 else ""
    return [f"## Cost\n\nAll runs together took {words}."]


def _again(runs: Sequence[Run], keys: Sequence[str]) -> str:
    best = next((found for key in keys if (found := best_run(runs, key))), None)
    name = (best[0] if best else runs[0]).name
    command = facts.reproduce_commands(best[0] if best else runs[0])
    return (
        f"## Run it again\n\n{markdown.fence(f'gitexp reproduce {name}', 'sh')}\n\n"
        f"Or with git alone:\n\n{markdown.fence(command, 'sh')}"
    )


def _differing(runs: Sequence[Run]) -> list[Difference]:
    # A mapping that runs lack says less than a value that they have otherwise.
    known = [flatten(run.config) for run in runs]
    return [d for d in differences(known) if not d.missing_only]


def _panel(runs: Sequence[Run], kind: str, *, always: bool = False, **keys: Any) -> str:
    """A block; the runs are named where there are few of them."""
    import yaml

    block: dict[str, Any] = {"panel": kind}
    if always or len(runs) <= _NAMED:
        block["runs"] = [run.name for run in runs[:_NAMED]]
    block |= {key: value for key, value in keys.items() if value is not None}
    written = yaml.safe_dump(block, sort_keys=False, allow_unicode=True, default_flow_style=None)
    return markdown.fence(written, "gitexp")


def _comment(words: str) -> str:
    return f"*{words}*"


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False
