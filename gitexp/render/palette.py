"""Colours of curves: eight that stay apart for every kind of colour vision, light and dark.

Source: the hues are those of M. Okabe and K. Ito, "Color Universal Design" (2008). Their lightness
was moved by search, so that each colour has a contrast of 3:1 or more against the surface that it
is drawn on (WCAG 2.2, 1.4.11), and any two are at least 0.08 apart in OKLab, as seen by people
with normal vision, protanopia, deuteranopia and tritanopia (simulated as in G. Machado et al.,
"A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009).
"""

from __future__ import annotations

LIGHT_SURFACE, DARK_SURFACE = "#ffffff", "#0d1117"

# blue, vermillion, green, purple, sky, gold, violet, slate
LIGHT = (
    "#3452c4", "#bb4a00", "#228a7c", "#7b1468", "#3a99cc", "#b88d1a", "#8a62ee", "#6b5350",
)  # fmt: skip
DARK = (
    "#6aa8ff", "#f2702c", "#7fe0a0", "#c06fa0", "#c6dcff", "#f0b51e", "#9470ee", "#a8b0b0",
)  # fmt: skip

# Curves beyond the eighth take the colours again, dashed: lengths of dash and gap in pixels.
DASHES = ("", "5 3", "2 2.5", "8 3 2 3")


def place(index: int) -> tuple[int, int]:
    """The colour and the dash of curve `index`, counted from 0."""
    return index % len(LIGHT), index // len(LIGHT) % len(DASHES)
