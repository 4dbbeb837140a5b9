"""The report: one HTML file about some runs, readable without any script, alive with one."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gitexp._version import __version__
from gitexp.paths import shipped
from gitexp.render import text
from gitexp.render.app.embed import HIDE, SHOW_IF_BROKEN, App
from gitexp.render.differences import differences, package_versions
from gitexp.render.report_compare import (
    MOST_OVERLAID,
    detailed,
    overlays,
    runs_table,
    tiles,
)
from gitexp.render.report_energy import energy_section
from gitexp.render.report_run import Detail, detail_for, run_head, run_page
from gitexp.render.report_seeds import seed_section
from gitexp.render.scope import scoped
from gitexp.render.svg import stylesheet
from gitexp.render.templates import render
from gitexp.schema.replicates import ReplicateDiff
from gitexp.schema.view import RunView

_COLUMNS = 8  # runs that a table of differences has a column for; of more runs it has a summary
_DIFFERENCES = 200
# From so many runs on the app begins before the static page is there: that takes its time, too.
# A file that is cut off, as in a mail's preview, begins with the static page up to then.
_APP_FIRST = 100
_OPEN_RUNS = 3  # so many runs are unfolded from the start


def report_html(
    views: Sequence[RunView],
    *,
    title: str,
    generated_s: float,
    repository: str = "",
    left_out: Sequence[str] = (),
    detail: Detail | None = None,
    app: App | None = None,
    savings: Sequence[Mapping[str, Any]] = (),
    seeds: Sequence[ReplicateDiff] = (),
) -> str:
    """One self-contained HTML page, with its style and pictures inside.

    Args:
        views: the runs, in the order to show them in.
        title: of the page.
        generated_s: the present, for the page's date and the ages; seconds since the epoch.
        repository: its name, shown above the title.
        left_out: what is missing and why, each in a sentence.
        detail: how much of each run to show; None: by their number.
        app: what makes the page interactive; None: it has no script.
        savings: runs that were not started since they had been tried, as the journal notes them.
        seeds: groups of replicates among the runs, each compared with the best one.
    """
    detail = detail or detail_for(len(views))
    style = report_style()
    pages = [
        run_page(view, place, generated_s, detail)
        for place, view in enumerate(views[: detailed(len(views))])
    ]
    heads = [run_head(view, place, detailed(len(views))) for place, view in enumerate(views)]
    runs = [view.run for view in views]
    context: dict[str, Any] = {
        "title": text.one_line(title),
        "repository": text.one_line(repository),
        "generated": text.moment(generated_s),
        "version": __version__,
        "counts": _counts([str(run.status) for run in runs]),
        "style": style,
        "policy": policy([style], app),
        "app": app,
        "app_first": len(views) >= _APP_FIRST,
        "hide": HIDE,
        "show_if_broken": SHOW_IF_BROKEN,
        "left_out": [text.one_line(reason) for reason in left_out],
        "pages": pages,
        "heads": heads,
        "open_runs": len(pages) <= _OPEN_RUNS,
        "tiles": tiles(views),
        "table": runs_table(views, generated_s),
        "config_differences": differences([run.config for run in runs])[:_DIFFERENCES],
        "package_differences": differences([package_versions(view.environment) for view in views])[
            :_DIFFERENCES
        ],
        "code_differences": differences([_code(view) for view in views]),
        "columns": len(views) <= _COLUMNS,
        "overlays": overlays(views),
        "overlaid": [
            head for head, view in zip(heads[:MOST_OVERLAID], views, strict=False) if view.series
        ],
        "most_overlaid": MOST_OVERLAID,
        "seeds": seed_section(runs, seeds),
        "energy": energy_section(runs, savings),
    }
    return render("report.html.j2", context)


def _code(view: RunView) -> dict[str, str]:
    """What can differ in the code of runs, in words; {} where there is no snapshot."""
    git = view.run.git
    if not git.code_tree:
        return {}
    files = [text.one_line(str(change.path)) for change in view.code_changes]
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return {
        "base commit": text.short_oid(git.base_commit),
        "changed files": ", ".join(text.cut_middle(f, 40) for f in files[:3]) + more,
        "source tree": text.short_oid(git.code_tree),
    }


def report_style(more: str = "", *, but: str = "") -> str:
    """The style of what stands in #static, which reaches nothing else: the app has its own.

    Args:
        more: rules that come after those of all reports.
        but: what they leave alone inside it.
    """
    sheet = (shipped("templates") / "report" / "report.css").read_text("utf-8")
    return scoped(f"{sheet}\n{stylesheet('.plot ')}\n{more}", "#static", but)


def policy(styles: Sequence[str], app: App | None = None) -> str:
    """The page's Content-Security-Policy: no other style or script than its own has force.

    Args:
        styles: contents of its style elements, the app's aside.
        app: what else runs in it.
    """
    allowed = [*styles, *([app.style] if app else [])]
    directives = ["default-src 'none'", f"style-src {' '.join(map(_hash, allowed))}"]
    if app:
        # Media of runs are made into blobs; frames with a run's HTML are sandboxed as well.
        blobs = "data: blob:"
        scripts = (app.script, HIDE, SHOW_IF_BROKEN)
        directives.insert(1, f"script-src {' '.join(map(_hash, scripts))}")
        directives += [f"{kind}-src {blobs}" for kind in ("img", "media")]
    else:
        directives.append("img-src data:")
    return "; ".join([*directives, "base-uri 'none'", "form-action 'none'"])


def _hash(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _counts(statuses: Sequence[str]) -> str:
    """`3 runs: 2 finished, 1 failed`; `3 runs, all finished`; of a single run its status."""
    found = Counter(text.cut(text.one_line(status), 40) for status in statuses)
    runs = text.plural(len(statuses), "run")
    if len(found) == 1 and len(statuses) > 1:
        return f"{runs}, all {next(iter(found))}"
    by_status = ", ".join(f"{n} {status}" for status, n in found.most_common(8))
    if len(statuses) > 1:
        return f"{runs}: {by_status}"
    return next(iter(found), "no runs")
