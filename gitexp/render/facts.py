"""A run's facts as rows of words, for README.md and the report alike; no markup."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from itertools import islice
from typing import Any, NamedTuple

from gitexp.render import text
from gitexp.render.hardware import hardware_name, hardware_value, is_telling, telling_first
from gitexp.schema.headline import metric_groups
from gitexp.schema.metrics import HIGHER, LOWER, MetricSummary
from gitexp.schema.names import ref_of
from gitexp.schema.run import FAILED, FINISHED, INTERRUPTED, KILLED, RUNNING, Run
from gitexp.schema.tree import flatten

_SIGNS = {FINISHED: "✓", RUNNING: "●", FAILED: "✗", KILLED: "✗", INTERRUPTED: "■"}
_ARROWS = {LOWER: "↓", HIGHER: "↑"}  # which way is better
_RANKED = 400  # metrics that are sorted by what they tell; more of them follow as they came


class MetricRow(NamedTuple):
    """A metric in words."""

    key: str
    arrow: str  # ↓ lower is better, ↑ higher is better, or empty
    last: str
    best: str
    best_step: str
    low: str
    high: str
    points: str


class UseRow(NamedTuple):
    """A hardware figure in words."""

    name: str
    mean: str
    peak: str


def sign(status: object) -> str:
    """A mark that tells the statuses apart without colour."""
    return _SIGNS.get(str(status), "?")


def outcome(run: Run) -> str:
    """What became of the run: `finished in 12m 3s`, `killed by SIGKILL after 9s`, `running`."""
    took = text.duration(run.duration_s)
    status = text.one_line(str(run.status))
    if run.status == RUNNING or took == text.NONE:
        return status
    if run.status == FINISHED:
        return f"{status} in {took}"
    by = f" by {text.one_line(str(run.signal))}" if run.signal and run.status == KILLED else ""
    code = f" (exit code {run.exit_code})" if isinstance(run.exit_code, int) and not by else ""
    return f"{status}{by} after {took}{code}"


def arrow(metric: MetricSummary) -> str:
    """↓ where lower is better, ↑ where higher is, nothing where that is not known."""
    return _ARROWS.get(str(metric.goal), "")


def ranked_metrics(run: Run) -> list[str]:
    """All metric keys, those of telling quantities first and each quantity's keys together."""
    first = dict(islice(run.metrics.items(), _RANKED))
    keys = [key for group in metric_groups(first) for key in group.keys]
    return keys + list(islice(run.metrics, _RANKED, None))


def metric_row(key: str, metric: MetricSummary) -> MetricRow:
    """One metric in words."""
    known = metric.goal in _ARROWS
    return MetricRow(
        key,
        arrow(metric),
        text.number(metric.last),
        text.number(metric.best) if known else "",
        step(metric.best_step) if known else "",
        text.number(metric.min),
        text.number(metric.max),
        text.count(metric.count),
    )


def step(value: object) -> str:
    """A step in words."""
    return text.count(value) if isinstance(value, int) else text.NONE


def config_rows(config: Mapping[str, Any], limit: int = 160) -> list[tuple[str, str]]:
    """Config keys with dots, and their values on one line of at most `limit` characters."""
    return [(text.cut(key, 120), text.value(v, limit)) for key, v in flatten(config).items()]


def summary_rows(run: Run, limit: int = 160) -> list[tuple[str, str]]:
    """The summary as `config_rows`, without metrics that are to have none."""
    return config_rows({k: v for k, v in run.summary.items() if v != {}}, limit)


def use_rows(run: Run, *, telling_only: bool = False) -> list[UseRow]:
    """Mean and peak of hardware figures, the telling ones first."""
    hardware = run.hardware
    keys = telling_first(dict.fromkeys((*hardware.mean, *hardware.peak)))
    if telling_only:
        keys = [key for key in keys if is_telling(key)]
    return [
        UseRow(
            hardware_name(key),
            hardware_value(key, hardware.mean.get(key)),
            hardware_value(key, hardware.peak.get(key)),
        )
        for key in keys
    ]


def energy_words(run: Run) -> list[str]:
    """Energy, CO2, cost and how it was measured, as far as they are known."""
    hardware = run.hardware
    words = [
        text.energy(hardware.energy_wh),
        text.mass(hardware.co2_g) + " CO₂",
        text.money(hardware.cost, hardware.currency),
    ]
    known = [word for word in words if not word.startswith(text.NONE)]
    if known and hardware.energy_source:
        known.append(f"source: {text.one_line(str(hardware.energy_source))}")
    return known


def metric_words(metrics: Mapping[str, Any]) -> str:
    """A checkpoint's metrics in one line."""
    shown = list(flatten(metrics).items())[:6]
    return ", ".join(f"{text.cut(key, 60)} {text.number(value)}" for key, value in shown)


def command_line(run: Run) -> str:
    """The command as a shell takes it."""
    return shlex.join(text.plain(str(part)) for part in run.command)


def reproduce_commands(run: Run) -> str:
    """How to get the exact code and run it again, with git alone."""
    name = text.plain(str(run.name))
    ref, folder = ref_of(name), "../" + name.replace("/", "-")
    lines = []
    if run.git.code_tree:
        cwd = text.plain(str(run.cwd)).strip("/")
        lines += [
            "# only where the run is not here yet",
            shlex.join(["git", "fetch", "origin", f"{ref}:{ref}"]),
            shlex.join(["git", "worktree", "add", "--detach", folder, ref]),
            shlex.join(["cd", f"{folder}/code/{cwd}".rstrip("/")]),
        ]
    if run.command:
        lines.append(command_line(run))
    return "\n".join(lines)


def environment_words(environment: Mapping[str, Any]) -> str:
    """The environment in one line: Python, system, processors, number of packages."""
    flat = {key.lower(): value for key, value in flatten(_main(environment)).items()}
    words = []
    for label, keys in (
        ("Python ", ("python.version", "python")),
        ("", ("os.distribution", "os.name", "os", "platform")),
        ("", ("cpu.model", "cpu.name", "cpu")),
    ):
        found = next((flat[key] for key in keys if isinstance(flat.get(key), str)), None)
        if found:
            words.append(label + text.value(found, 60))
    words += _gpu_words(environment.get("gpus"))
    packages = environment.get("packages")
    if isinstance(packages, Mapping):
        words.append(text.plural(len(packages), "package"))
    return " · ".join(words)


def environment_rows(environment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Everything but the packages, keys with dots, GPUs numbered."""
    main = _main(environment)
    if isinstance(gpus := main.get("gpus"), list):
        main["gpus"] = {str(place): gpu for place, gpu in enumerate(gpus)}
    return config_rows(main)


def package_rows(environment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Packages and their versions, by name."""
    packages = environment.get("packages")
    return sorted(config_rows(packages)) if isinstance(packages, Mapping) else []


def _main(environment: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in environment.items() if key != "packages"}


def _gpu_words(gpus: object) -> list[str]:
    names: dict[str, int] = {}
    for gpu in gpus if isinstance(gpus, list) else []:
        name = gpu.get("name") if isinstance(gpu, Mapping) else gpu
        shown = text.value(name, 60)
        names[shown] = names.get(shown, 0) + 1
    return [f"{n}x {name}" if n > 1 else name for name, n in names.items()]
