"""LaTeX formulas as MathML, which browsers draw without fonts or scripts of ours."""

from __future__ import annotations

from html import escape, unescape
from typing import Any

_ELEMENTS = (
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom menclose msub "
    "msup msubsup munder mover munderover mmultiscripts mtable mtr mtd mlabeledtr"
)
_ATTRIBUTES = (
    "accent bevelled close columnalign columnlines columnspacing depth display displaystyle fence "
    "form height largeop linethickness lspace mathcolor mathsize mathvariant maxsize minsize "
    "movablelimits notation open rowlines rowspacing rspace scriptlevel separator stretchy "
    "symmetric voffset width"
)


class BadFormula(ValueError):
    """LaTeX that cannot be read; the message says why."""


def mathml(latex: str, *, block: bool) -> str:
    """A formula as one `<math>` element; whatever its text, it is nothing but a formula.

    Args:
        latex: without the dollar signs.
        block: on a line of its own.

    Raises:
        BadFormula: it cannot be read.
    """
    from latex2mathml.converter import convert_to_element

    try:
        element = convert_to_element(latex.strip(), display="block" if block else "inline")
    except Exception as error:  # its own errors share no base class
        raise BadFormula(_why(error)) from error
    return _written(element)


def _why(error: BaseException) -> str:
    words = str(error) or type(error).__name__.removesuffix("Error")
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in words).strip()
    return spaced if words.isidentifier() else words


def _written(element: Any) -> str:
    # Not by the converter's own writer: it undoes the escapes of the texts in the end.
    inside = escape(unescape(element.text or "")) + "".join(
        _written(child) + escape(unescape(child.tail or "")) for child in element
    )
    if element.tag not in _ELEMENTS.split():
        return inside
    attributes = "".join(
        f' {name}="{escape(unescape(str(value)))}"'
        for name, value in element.attrib.items()
        if name in _ATTRIBUTES.split()
    )
    space = ' xmlns="http://www.w3.org/1998/Math/MathML"' if element.tag == "math" else ""
    return f"<{element.tag}{space}{attributes}>{inside}</{element.tag}>"
