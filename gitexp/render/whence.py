"""`gitexp whence`: where tensors come from, in words."""

from __future__ import annotations

from gitexp.render import text
from gitexp.render.terminal_text import Cell, Paint, columns
from gitexp.schema.whence import Origin, Whence

_NAMES = 8


def whence_page(found: Whence, *, now_s: float, colour: bool) -> str:
    """The checkpoints that explain the tensors, and what none explains."""
    paint = Paint(colour)
    size = f"{text.plural(found.tensors, 'tensor')}, {text.byte_size(found.bytes)}"
    path = text.one_line(found.path)
    lines = []
    if not found.origins:
        lines.append(f"{path}: {size}: no run's checkpoint holds any of them")
    elif len(found.origins) == 1 and not found.unknown:
        origin = found.origins[0]
        verb = "is" if origin.whole else "is a part of"
        lines.append(f"{path} {verb} {paint(origin_words(origin), 'bold')}")
        age = text.age_of(origin.created_at, now_s)
        also = f", and of {text.plural(origin.also, 'checkpoint')} more" if origin.also else ""
        lines.append(f"  {size}, run {age}{also}")
    else:
        lines.append(f"{path}: {size}, from")
        rows = [
            (
                Cell(origin_words(origin), "bold"),
                Cell(text.plural(len(origin.tensors), "tensor"), right=True),
                Cell(text.byte_size(origin.bytes), right=True),
                Cell(_names(origin.tensors), "dim"),
            )
            for origin in found.origins
        ]
        lines += columns(rows, paint, indent="  ")
    if found.unknown and found.origins:
        count = text.plural(len(found.unknown), "tensor")
        lines.append(f"  {count} in no run's checkpoint: {_names(found.unknown)}")
    if found.not_read:
        count = text.plural(found.not_read, "small checkpoint")
        lines.append(f"{count} of other content not looked into")
    return "".join(f"{line}\n" for line in lines)


def origin_words(origin: Origin) -> str:
    """`quick-purple-dove:last (step 300)`."""
    step = "" if origin.step is None else f" (step {origin.step:,})"
    return f"{text.one_line(origin.run)}:{text.one_line(origin.label)}{step}"


def started_words(origin: Origin | None) -> str:
    """What a fine-tune started from: `dove:last, 148 files of tensors are the same`."""
    if origin is None:
        return ""
    if origin.whole:
        return f"{origin_words(origin)}, all tensors of its first checkpoint are the same"
    count = len(origin.tensors)
    if origin.bytes:
        return f"{origin_words(origin)}, by {text.plural(count, 'equal tensor')}"
    return f"{origin_words(origin)}, by {text.plural(count, 'equal file')} of tensors"


def _names(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(text.one_line, names[:_NAMES]))
    return f"{shown}, …" if len(names) > _NAMES else shown
