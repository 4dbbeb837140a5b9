"""Small mermaid graphs, as GitHub draws them in Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gitexp.render.text import count, cut, one_line
from gitexp.schema.run import Run

_MOST_NODES = 24
_MOST_DEPTH = 3


def lineage_graph(run: Run) -> str:
    """Where the run comes from, or nothing where it comes from nowhere."""
    lineage = run.lineage
    origins = (
        (lineage.resumed_from, "resumed"),
        (lineage.forked_from, "forked"),
        (lineage.reproduced_from, "reproduced"),
        (lineage.sweep, f"trial {lineage.trial}" if isinstance(lineage.trial, int) else "trial"),
    )
    edges = [
        f"    from{n}{_label(origin)} -->|{how}| run"
        for n, (origin, how) in enumerate(origins)
        if origin
    ]
    return "\n".join(["graph LR", *edges, f"    run{_label(run.name)}"]) if edges else ""


def model_graph(model: Mapping[str, Any]) -> str:
    """The upper modules of a model.json, or nothing where it holds no module tree.

    Args:
        model: a module: `class`, `parameters` (how many), and `children`, a list of such modules
            that each have a `name` too.
    """
    if not isinstance(model.get("class"), str):
        return ""
    lines = ["graph TD"]
    # Breadth first, so that a cut leaves whole levels.
    level: list[tuple[str | None, Mapping[str, Any]]] = [(None, model)]
    drawn = 0
    for _ in range(_MOST_DEPTH):
        below: list[tuple[str | None, Mapping[str, Any]]] = []
        for parent, module in level:
            if drawn == _MOST_NODES:
                lines.append(f"    {parent} --> more[…]")
                return "\n".join(lines)
            node, drawn = f"m{drawn}", drawn + 1
            edge = f"{parent} --> " if parent else ""
            lines.append(f"    {edge}{node}{_label(_module_words(module))}")
            children = module.get("children")
            for child in children if isinstance(children, list) else ():
                if isinstance(child, Mapping):
                    below.append((node, child))
        level = below
    return "\n".join(lines)


def _module_words(module: Mapping[str, Any]) -> str:
    name, parameters = module.get("name"), module.get("parameters")
    words = f"{name}: {module.get('class')}" if name else str(module.get("class"))
    return f"{words}, {count(parameters)} parameters" if isinstance(parameters, int) else words


def _label(text: object) -> str:
    """A node's text; mermaid has no escape that holds everywhere, so rare characters go."""
    kept = re.sub(r"[^\w .,:/+=()-]", "·", one_line(str(text)))
    return f'["{cut(kept, 60)}"]'
