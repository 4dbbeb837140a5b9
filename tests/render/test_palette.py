"""The palette is what its source line claims, worked out here from the colours themselves."""

import itertools
import math

import pytest

from gitexp.render import palette

# Linear sRGB → what people see: normal vision, protanopia, deuteranopia, tritanopia.
# G. Machado et al., "A Physiologically-based Model for Simulation of Color Vision Deficiency".
VISIONS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# B. Ottosson, OKLab.
LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def linear(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def times(matrix, vector):
    return [sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix]


def oklab(colour, vision):
    seen = [min(1.0, max(0.0, part)) for part in times(vision, linear(colour))]
    return times(LAB, [part ** (1 / 3) for part in times(LMS, seen)])


def luminance(colour):
    return sum(
        weight * part
        for weight, part in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True)
    )


@pytest.mark.parametrize("vision", VISIONS.values(), ids=VISIONS)
@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_no_two_colours_look_alike(colours, vision):
    for one, other in itertools.combinations(colours, 2):
        assert math.dist(oklab(one, vision), oklab(other, vision)) >= 0.08, (one, other)


@pytest.mark.parametrize(
    ("colours", "surface"),
    [(palette.LIGHT, palette.LIGHT_SURFACE), (palette.DARK, palette.DARK_SURFACE)],
    ids=["light", "dark"],
)
def test_each_colour_stands_out_from_the_surface(colours, surface):
    for colour in colours:
        low, high = sorted((luminance(colour), luminance(surface)))
        assert (high + 0.05) / (low + 0.05) >= 3, colour


def test_curves_beyond_the_colours_are_dashed():
    places = [palette.place(n) for n in range(4 * len(palette.LIGHT))]
    assert len(set(places)) == len(places)
    assert places[0] == (0, 0)
    assert places[8] == (0, 1)
    assert len(palette.DARK) == len(palette.LIGHT)
