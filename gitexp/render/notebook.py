"""A run as a card in a notebook's cell: HTML and SVG, no script."""

from __future__ import annotations

from markupsafe import Markup, escape

from gitexp.render import facts, text
from gitexp.render.findings import finding_rows
from gitexp.render.plots import draw_plot, plan_plots
from gitexp.render.terminal_list import table_cells
from gitexp.schema.listing import Listing
from gitexp.schema.view import RunView

_METRICS = 12
_PLOTS = 4
_FINDINGS = 6
_STYLE = (
    ".gitexp-card table{border-collapse:collapse;margin:4px 0}"
    ".gitexp-card td,.gitexp-card th{padding:1px 10px 1px 0;text-align:left}"
    ".gitexp-card .plots{display:flex;flex-wrap:wrap;gap:8px}"
    ".gitexp-card .plots svg{width:340px;height:auto}"
)


def runs_card(listing: Listing) -> str:
    """Runs as a table: the columns of `gitexp ls`, the best values bold."""
    head, *rows = table_cells(listing)
    lines = [Markup("").join(Markup("<th>{}</th>").format(cell.text) for cell in head)]
    lines += [
        Markup("").join(
            Markup("<td style='text-align:{}'>{}</td>").format(
                "right" if cell.right else "left",
                Markup("<strong>{}</strong>").format(cell.text)
                if "bold" in cell.style
                else text.cut(cell.text, 80),
            )
            for cell in row
        )
        for row in rows
    ]
    body = Markup("").join(Markup("<tr>{}</tr>").format(line) for line in lines)
    more = listing.total - len(rows) if listing.limited else 0
    note = Markup("<p>{}</p>").format(f"… and {text.plural(more, 'run')} more") if more else ""
    page = Markup("<div class='gitexp-card'><style>{}</style><table>{}</table>{}</div>")
    return str(page.format(Markup(_STYLE), body, note))


def run_card(view: RunView) -> str:
    """What is known of a run at this moment: status, metrics, curves, findings."""
    run = view.run
    name = text.cut(text.one_line(str(run.name)), 200)
    parts = [
        Markup("<div class='gitexp-card'><style>{}</style>").format(Markup(_STYLE)),
        Markup("<p><strong>{}</strong> {} {}</p>").format(
            name, facts.sign(run.status), facts.outcome(run)
        ),
    ]
    rows = [
        facts.metric_row(key, run.metrics[key]) for key in facts.ranked_metrics(run)[:_METRICS]
    ]
    if rows:
        parts.append(Markup("<table><tr><th>metric</th><th>last</th><th>best</th></tr>"))
        parts += [
            Markup("<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>").format(
                text.cut(text.one_line(row.key), 80), row.last, row.best or ""
            )
            for row in rows
        ]
        parts.append(Markup("</table>"))
    # draw_plot escapes all text.
    plots = [
        Markup(draw_plot(view, plot, width=420, height=250, points=160, standalone=False))
        for plot in plan_plots(view, _PLOTS)
    ]
    if plots:
        parts.append(Markup("<div class='plots'>{}</div>").format(Markup("").join(plots)))
    parts += [
        Markup("<p>{} <strong>{}</strong>: {}. Try: {}.</p>").format(
            row.sign, row.rule, row.what, row.advice
        )
        for row in finding_rows(view.findings, _FINDINGS)
    ]
    parts.append(Markup("<p><code>gitexp show {}</code></p></div>").format(name))
    return str(escape(Markup("").join(parts)))
