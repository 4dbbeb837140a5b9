"""Small mermaid graphs, as GitHub draws them in Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from gitexp.render.lineage import forked_from
from gitexp.render.text import count, cut, one_line
from gitexp.schema.run import Run

_MOST_NODES = 24
_MOST_DEPTH = 4


def lineage_graph(run: Run) -> str:
    """Where the run comes from, or nothing where it comes from nowhere."""
    lineage = run.lineage
    origins = (
        (lineage.resumed_from, "resumed"),
        (forked_from(run), "forked"),
        (lineage.reproduced_from, "reproduced"),
        (lineage.sweep, f"trial {lineage.trial}" if isinstance(lineage.trial, int) else "trial"),
    )
    edges = [
        f"    from{n}{_label(origin)} -->|{how}| run"
        for n, (origin, how) in enumerate(origins)
        if origin
    ]
    edges += [
        f"    used{n}{_label(used.title)} -->|used| run"
        for n, used in enumerate(lineage.used[:_MOST_NODES])
    ]
    logged = [
        f"    run -->|logged| logged{n}{_label(entry.title)}"
        for n, entry in enumerate(run.artifacts[-_MOST_NODES:])
    ]
    if not edges and not logged:
        return ""
    return "\n".join(["graph LR", *edges, f"    run{_label(run.name)}", *logged])


def model_graph(model: Mapping[str, Any]) -> str:
    """The upper modules of a model.json, or nothing where it holds no module tree.

    Neighbours that are the same inside are one box, and levels are left out from below until what
    is left is a graph that can be read.

    Args:
        model: as gitexp.schema.model describes it.
    """
    if not isinstance(model.get("class"), str):
        return ""
    root = _Box(_module_words(model), model)
    for depth in range(_MOST_DEPTH, 1, -1):
        root.below = _boxes(model, depth - 1)
        if root.size() <= _MOST_NODES:
            break
    lines = ["graph TD"]
    # Breadth first, so that a cut leaves whole levels.
    level: list[tuple[str | None, _Box]] = [(None, root)]
    drawn = 0
    while level:
        below: list[tuple[str | None, _Box]] = []
        for parent, box in level:
            if drawn == _MOST_NODES:
                lines.append(f"    {parent} --> more[…]")
                return "\n".join(lines)
            node, drawn = f"m{drawn}", drawn + 1
            edge = f"{parent} --> " if parent else ""
            lines.append(f"    {edge}{node}{_label(box.words)}")
            below += [(node, child) for child in box.below]
        level = below
    return "\n".join(lines)


def model_words(model: Mapping[str, Any]) -> str:
    """A model in a few words: `GPT, 312,832 parameters, 6,400 of them frozen`."""
    kind, parameters = model.get("class"), model.get("parameters")
    if not isinstance(kind, str) or not isinstance(parameters, int):
        return ""
    words = f"{one_line(kind)}, {count(parameters)} parameters"
    trainable = model.get("trainable")
    if isinstance(trainable, int) and 0 <= trainable < parameters:
        words += f", {count(parameters - trainable)} of them frozen"
    return words


@dataclass(slots=True)
class _Box:
    """One module, or several in a row that are the same."""

    words: str
    module: Mapping[str, Any]
    below: list[_Box] = field(default_factory=list)

    def size(self) -> int:
        """Boxes in it and below."""
        return 1 + sum(box.size() for box in self.below)


def _boxes(module: Mapping[str, Any], depth: int) -> list[_Box]:
    """What is inside a module, down to a depth."""
    listed = module.get("children")
    children = [c for c in listed if isinstance(c, Mapping)] if isinstance(listed, list) else []
    boxes = []
    for _, same in groupby(children, key=lambda child: _form(child, depth)):
        row = list(same)
        first, last = row[0], row[-1]
        words = _module_words(first)
        if len(row) > 1:
            name = f"{first.get('name')} … {last.get('name')}"
            words = f"{len(row)} of {_module_words({**first, 'name': name})} each"
        boxes.append(_Box(words, first, _boxes(first, depth - 1) if depth > 1 else []))
    return boxes


def _form(module: Mapping[str, Any], depth: int) -> tuple[Any, ...]:
    """What two modules have in common that look the same."""
    listed = module.get("children")
    children = listed if isinstance(listed, list) and depth > 0 else ()
    inside = tuple(_form(child, depth - 1) for child in children if isinstance(child, Mapping))
    names = tuple(str(child.get("name")) for child in children if isinstance(child, Mapping))
    return str(module.get("class")), str(module.get("parameters")), names, inside


def _module_words(module: Mapping[str, Any]) -> str:
    name, parameters = module.get("name"), module.get("parameters")
    words = f"{name}: {module.get('class')}" if name else str(module.get("class"))
    if (shape := _shape(module.get("outputs"))) is not None:
        words += f" → {shape}"
    # Most boxes of a graph would say 0 otherwise.
    if isinstance(parameters, int) and parameters:
        words += f", {count(parameters)} parameters"
    return words


def _shape(outputs: Any) -> str | None:
    """The shape of a first output, without its batch."""
    first = outputs[0] if isinstance(outputs, list) and outputs else None
    if not isinstance(first, list) or not all(isinstance(n, int) for n in first):
        return None
    return " x ".join(str(n) for n in first[1:]) or "1"


def _label(text: object) -> str:
    """A node's text; mermaid has no escape that holds everywhere, so rare characters go."""
    kept = re.sub(r"[^\w .,:/+=()→…-]", "·", one_line(str(text)))
    return f'["{cut(kept, 60)}"]'
