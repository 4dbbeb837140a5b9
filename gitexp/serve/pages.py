"""The dashboard's pages: the app's, which is filled by the API, and the one without a script."""

from __future__ import annotations

from typing import Any

from gitexp.query.report import make_report, repository_name
from gitexp.query.runs import Runs
from gitexp.render.app.embed import json_in_html
from gitexp.render.app.runs import page_document
from gitexp.render.templates import render

_REPORTED = 50  # runs of the page without a script


def app_page(runs: Runs, *, api: str, token: str | None) -> str:
    """The page that the app mounts in.

    Args:
        runs: as they are now.
        api: where its data are.
        token: of somebody who may edit; None: who asks may only look.
    """
    from markupsafe import Markup

    repository = repository_name(runs.repo)
    title = f"{repository} · gitexp"
    edits: dict[str, Any] = {} if token is None else {"edit": True, "token": token}
    document = page_document(
        [run.peek() for run in runs.scan() if run.error is None],
        mode="dashboard",
        title=title,
        repository=repository,
        generated_s=runs.now_s,
        api=api,
        **edits,
    )
    # json_in_html leaves no character in it that HTML could read.
    page = Markup(json_in_html(document))
    context = {"title": title, "repository": repository, "runs": runs.count(), "page": page}
    return render("ui.html.j2", context)


def report_page(runs: Runs) -> str:
    """The newest runs as one static page; a sentence where there are none."""
    if not runs.count():
        return "<!doctype html><title>gitexp</title><p>There are no runs yet."
    return make_report(runs, limit=_REPORTED).html
