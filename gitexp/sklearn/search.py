"""A search over hyperparameters as runs: one for each candidate, together in a group."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gitexp.record import api
from gitexp.record.active import ActiveRun
from gitexp.record.finished import commit_finished, write_finished
from gitexp.record.media.table import Table
from gitexp.record.start import Plan, stored_settings
from gitexp.record.values import plain_config
from gitexp.schema import names
from gitexp.schema.metrics import HIGHER, LOWER
from gitexp.schema.run import Lineage
from gitexp.settings import load_settings
from gitexp.store.repository import Repository

_BEST = "best"


def log_search(
    search: Any, *, group: str | None = None, tags: Sequence[str] = (), dir: Any = None
) -> list[str]:
    """Make each candidate of a fitted search (grid, random, halving) a run of its own.

    A run's config has the candidate's parameters, its metrics the scores of each split (by
    split) and `mean_test_score`, `std_test_score`, `rank_test_score`, `mean_fit_time`; the best
    one is tagged `best`, one that could not be fitted has failed. An active run gets the whole as
    a table, `search_results`, and `best_score` in its summary. The runs are committed in the
    background.

    Args:
        search: fitted, with `cv_results_`.
        group: by default the active run's name, else search-<date>-<time>.
        tags: of all the runs.
        dir: a folder of the repository; by default the active run's, else the current one's.

    Returns:
        The names of the runs, in the order of `cv_results_`.

    Raises:
        ValueError: the search is not fitted.
        NotARepository: there is no repository to hold the runs.
    """
    results = getattr(search, "cv_results_", None)
    if results is None:
        raise ValueError(f"the {type(search).__name__} has no cv_results_: fit it first")
    active = api.current()
    if active is not None and not isinstance(active, ActiveRun):
        return []  # a run that records nothing
    like = None if active is None else active.folder
    repo = Repository.open(_worktree(dir, like))
    settings = load_settings(repo.worktree)
    if group is None:
        # The ref's name: scripts may call their runs anything.
        started = time.strftime("search-%Y%m%d-%H%M%S")
        group = started if active is None else active.ref.removeprefix(names.ref_of(""))
    ranks = _ranks(results)
    best = getattr(search, "best_index_", None)  # of several metrics, only a refit says
    written = []
    for at, params in enumerate(results["params"]):
        plan = Plan(
            name=names.slug(f"{group}-{at + 1}"),
            exact_name=False,
            config={"estimator": type(search.estimator).__name__, **plain_config(params)},
            tags=(*tags, *((_BEST,) if at == best else ())),
            group=group,
            job_type="search",
            capture={"sklearn": type(search).__name__},
            lineage=Lineage(sweep=group, trial=at),
        )
        rows = _rows(results, at, search.n_splits_)
        failed = _is_unfit(results, at)
        goals = {"*_score": HIGHER, "*_time": LOWER, "rank_*": LOWER, "std_*": LOWER}
        written.append(
            write_finished(repo, settings, plan, rows, like=like, goals=goals, failed=failed)
        )
        like = written[0][0]
    commit_finished([folder for folder, _ in written])
    if active is not None:
        active.log({"search_results": _table(results, ranks, [name for _, name in written])})
        if hasattr(search, "best_score_"):
            active.summary["best_score"] = float(search.best_score_)
    return [name for _, name in written]


def _worktree(dir: Any, journal: Path | None) -> Path | None:
    """A folder of the repository that is to hold the runs; None: the current one."""
    if dir is not None:
        return Path(dir)
    return None if journal is None else stored_settings(journal)[0] or journal


def _is_unfit(results: Mapping[str, Any], at: int) -> bool:
    """Whether a candidate has no score of any split: its fits have failed."""
    scores = [
        values[at]
        for key, values in results.items()
        if key.startswith("split") and "_test_" in key
    ]
    return all(score != score for score in scores)


def _rows(results: Mapping[str, Any], at: int, splits: int) -> list[dict[str, Any]]:
    """One row for each split, the last one with what is known of all."""
    now = time.time()
    rows: list[dict[str, Any]] = [{"_step": n, "_time": now} for n in range(splits)]
    for key, values in results.items():
        value = values[at]
        if key == "params" or key.startswith("param_") or not hasattr(value, "item"):
            continue
        split, _, metric = key.removeprefix("split").partition("_")
        if key.startswith("split") and split.isdigit() and int(split) < splits:
            rows[int(split)][metric] = value.item()
        else:
            rows[-1][key] = value.item()
    return rows


def _ranks(results: Mapping[str, Any]) -> list[str]:
    """The columns that are worth a table, beside the parameters."""
    kept = ("mean_test", "std_test", "rank_test", "mean_train", "mean_fit_time")
    return [key for key in results if key.startswith(kept)]


def _table(results: Mapping[str, Any], scores: Sequence[str], runs: Sequence[str]) -> Table:
    parameters = list(dict.fromkeys(key for params in results["params"] for key in params))
    rows = [
        [run, *(plain_config(params.get(key)) for key in parameters),
         *(results[key][at].item() for key in scores)]
        for at, (run, params) in enumerate(zip(runs, results["params"], strict=True))
    ]  # fmt: skip
    return Table(columns=["run", *parameters, *scores], data=rows, allow_mixed_types=True)
