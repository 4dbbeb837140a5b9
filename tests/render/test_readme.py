import json
import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from render import factory

from gitexp.render.plots import run_plots
from gitexp.render.readme import run_readme
from gitexp.schema.metrics import MetricSummary
from gitexp.schema.view import RunView

github = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

SHAPES = [
    factory.training, factory.failed, factory.running, factory.killed, factory.bare,
    factory.hostile, factory.broken,
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_readme(shape, golden):
    golden(f"readme/{shape.__name__}.md", run_readme(shape()))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_each_picture_is_there_and_none_is_left_over(shape):
    view = shape()
    shown = re.findall(r"\]\(plots/([^)]+)\)", run_readme(view))
    assert shown == list(run_plots(view))


def test_github_makes_no_tag_of_a_hostile_run_but_ours():
    html = github.render(run_readme(factory.hostile()))
    tags = set(re.findall(r"<(\w+)", html))
    assert tags <= {
        "a", "blockquote", "code", "details", "em", "h1", "h2", "hr", "img", "li", "p", "pre",
        "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
    }  # fmt: skip
    targets = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert targets
    for target in targets:
        assert re.match(
            r"(code|plots|checkpoints|metrics|run|output|environment|config)\b", target
        )
        assert ".." not in target


def test_headings_are_ours_only():
    for view in (factory.hostile(), factory.training()):
        html = github.render(run_readme(view))
        assert html.count("<h1>") == 1
        assert html.count("<h2>") <= 14
        assert not re.search(r"<h[3-6]", html)


def test_two_thousand_metrics_and_five_hundred_config_keys():
    view = factory.training()
    many = {f"layer.{n}/grad": MetricSummary(2, 1.0, 1) for n in range(2000)}
    config = {f"key{n}": {"nested": "x" * 5000} for n in range(500)}
    run = view.run.but(metrics={**view.run.metrics, **many}, config=config, notes="n" * 10**6)
    page = run_readme(replace(view, run=run, output="y" * 10**6))
    assert "1993 more in [metrics.jsonl]" in page
    assert "400 more keys</summary>" in page
    assert "76 more keys in [config.yaml]" in page
    assert len(page) < 150_000
    assert page.index("`val/loss`") < page.index("`layer.0/grad`")


def test_values_are_cut_and_tables_stay_tables():
    run = factory.training_run().but(config={"prompt": "a | b\n" * 1000})
    page = run_readme(RunView(run))
    (row,) = [line for line in page.splitlines() if line.startswith("| `prompt`")]
    assert len(row) < 300
    assert github.render(page).count("<td><code>prompt</code></td>") == 1


def test_a_nested_name_is_one_folder_to_check_out():
    page = run_readme(RunView(factory.training_run("ada/first").but(cwd="src/nets")))
    assert "git worktree add --detach ../ada-first refs/experiments/ada/first" in page
    assert "cd ../ada-first/code/src/nets" in page


def test_a_readme_needs_no_more_than_the_journal_gives():
    """The supervisor renders it with what it has at hand."""
    run = factory.training_run()
    page = run_readme(RunView(run))
    assert "## Curves" not in page
    assert "## Reproduce" in page
    assert json.loads(json.dumps(run.to_json())) == run.to_json()


def test_a_model_is_drawn():
    leaf = {"name": "l", "class": "Linear", "parameters": 10}
    model = {"class": "Net", "parameters": 4000, "children": [leaf]}
    page = run_readme(replace(factory.bare(), model=model))
    assert 'm0["Net, 4,000 parameters"]' in page
    assert 'm0 --> m1["l: Linear, 10 parameters"]' in page
