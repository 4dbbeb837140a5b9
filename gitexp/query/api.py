"""Reading runs from Python: what `gitexp.runs`, `gitexp.load` and `gitexp.diff` give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.errors import GitexpError
from gitexp.query.diff import diff_runs
from gitexp.query.listing import flat_listing, list_runs
from gitexp.query.runs import Found, Runs
from gitexp.query.selectors import resolve
from gitexp.query.series import read_rows, read_series
from gitexp.query.view import load_view, read_run_file
from gitexp.schema.diff import RunDiff
from gitexp.schema.metrics import MetricSummary
from gitexp.schema.names import OUTPUT
from gitexp.schema.run import Run
from gitexp.schema.series import Series
from gitexp.store.repository import Repository

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 50  # rows of a table in a notebook


class History(list[dict[str, Any]]):
    """Rows `{"_step": …, "_time": …, metric: value, …}`; calls with the same step are one row."""

    def to_dataframe(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame, indexed by step; `_time` is a column.

        Raises:
            GitexpError: pandas is not installed.
        """
        pd = _pandas()
        return pd.DataFrame(list(self), columns=None if self else ["_step", "_time"]).set_index(
            "_step"
        )


class RunList(list["LoadedRun"]):
    """Runs, newest first or as they were sorted; a notebook shows them as a table."""

    def to_dataframe(self) -> pd.DataFrame:
        """A row for each run, indexed by name: facts, `config.…`, `metrics.…`, `summary.…`.

        Raises:
            GitexpError: pandas is not installed.
        """
        pd = _pandas()
        if not self:
            return pd.DataFrame(index=pd.Index([], name="name"))
        with Runs(self[0].repository) as everything:
            listing = flat_listing(everything, [run.found for run in self])
        columns = [column.key for column in listing.columns]
        return pd.DataFrame(list(listing.rows), columns=columns).set_index("name")

    def _repr_html_(self) -> str | None:
        if not self:
            return None
        from gitexp.render.notebook import runs_card

        shown = [run.found for run in self[:_SHOWN]]
        with Runs(self[0].repository) as everything:
            listing = list_runs(everything, shown)
        return runs_card(replace(listing, total=len(self), limited=len(self) > _SHOWN))


class LoadedRun:
    """A run to look at, as it was when it was loaded.

    Attributes:
        run: all of its facts.
        repository, found: where it is, and as what it was found there.
        oid: the commit that its files are read from; None: it is not committed yet.
    """

    def __init__(self, repo: Repository, found: Found) -> None:
        self.repository = repo
        self.found = found
        self.run: Run = found.run
        self.oid = found.oid

    def __repr__(self) -> str:
        return f"<run {self.name}: {self.status}>"

    @property
    def name(self) -> str:
        """What it is called; the same run may be renamed."""
        return self.run.name

    @property
    def id(self) -> str:
        """What never changes."""
        return self.run.id

    @property
    def status(self) -> str:
        """`running`, `finished`, `failed`, `killed` or `interrupted`."""
        return self.run.status

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        return self.run.tags

    @property
    def config(self) -> dict[str, Any]:
        """Hyperparameters, nested."""
        return self.run.config

    @property
    def metrics(self) -> dict[str, MetricSummary]:
        """Last, smallest and largest value of each metric, and where they were."""
        return self.run.metrics

    @property
    def summary(self) -> dict[str, Any]:
        """The last value of each metric, and what was set in the summary, which wins."""
        shown = {**{key: m.last for key, m in self.run.metrics.items()}, **self.run.summary}
        # {}: define_metric(summary="none").
        return {key: value for key, value in shown.items() if value != {}}

    def to_dataframe(self) -> pd.DataFrame:
        """All rows that were logged as a pandas DataFrame, indexed by step.

        Raises:
            GitexpError: pandas is not installed.
        """
        return self.history().to_dataframe()

    def _repr_html_(self) -> str:
        from gitexp.render.notebook import run_card

        return run_card(load_view(self.repository, self.found, output_lines=0))

    def history(self) -> History:
        """All rows that were logged."""
        return History(read_rows(self.repository, self.found))

    def series(self, key: str) -> Series:
        """Steps, times and values of one metric.

        Raises:
            KeyError: the run has no such metric.
        """
        return read_series(self.repository, self.found, [key])[key]

    def output(self) -> str:
        """What it printed."""
        content = read_run_file(self.repository, self.found, OUTPUT) or b""
        return content.decode("utf-8", "replace")

    def file(self, path: str) -> bytes:
        """A file of the run's tree, e.g. `environment.json` or `code/train.py`.

        Raises:
            FileNotFoundError: it has none of that path.
        """
        content = read_run_file(self.repository, self.found, path)
        if content is None:
            raise FileNotFoundError(f"run {self.name} has no file {path}")
        return content


def runs(
    where: str | None = None,
    sort: str | None = None,
    n: int | None = None,
    *,
    path: Path | str | None = None,
) -> RunList:
    """The runs of a repository, newest first; malformed ones are left out.

    Args:
        where: as for `gitexp ls --where`: `"config.lr < 0.01 and status == 'finished'"`.
        sort: as for `--sort`: `"val_loss"` is best first.
        n: how many at most.
        path: a folder of the repository; the current one by default.

    Raises:
        BadExpression: `where` or `sort` cannot be read.
        GitProblem: there is no repository that can be used.
    """
    repo = _open(path)
    with Runs(repo) as everything:
        chosen = everything.select(where=where, sort=sort)
    return RunList([LoadedRun(repo, found) for found in chosen if found.error is None][:n])


def load(run: str, *, path: Path | str | None = None) -> LoadedRun:
    """One run by name, prefix, `latest`, `best:val_loss`, `@tag`, commit, ….

    Raises:
        RunNotFound: there is none.
        AmbiguousRun: there are several.
        MalformedRun: it cannot be read.
    """
    repo = _open(path)
    return LoadedRun(repo, resolve(repo, run))


def diff(*selectors: str, patch: bool = False, path: Path | str | None = None) -> RunDiff:
    """What sets two runs or more apart; the first one is the baseline.

    Args:
        selectors: what `load` takes.
        patch: whether the code's patch is wanted too.
        path: as for `runs`.

    Raises:
        RunNotFound, AmbiguousRun, MalformedRun: as for `load`.
        ValueError: fewer than two runs are given.
    """
    if len(selectors) < 2:
        raise ValueError("a diff needs two runs or more")
    repo = _open(path)
    with Runs(repo) as everything:
        found = [resolve(everything, selector) for selector in selectors]
    return diff_runs(repo, found, patch=patch)


def _pandas() -> Any:
    try:
        import pandas as pd
    except ImportError as error:
        raise GitexpError("pandas is not installed", "pip install pandas") from error
    return pd


def _open(path: Path | str | None) -> Repository:
    return Repository.open(None if path is None else Path(path))
