"""A canvas of braille dots, two by four in each cell of the terminal."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from gitexp.render.terminal_text import Paint

# Of curve i, counted from 0, again from the start beyond the last.
COLOURS = ("cyan", "yellow", "magenta", "green", "blue", "red")
MARKS = "ox+*#@%&"

# Which bit of a braille character (from U+2800) is the dot in column x, row y.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Canvas:
    """Cells of 2 x 4 dots, each in the colour of the curve that was drawn there last.

    Args:
        width: in cells.
        height: in cells.
        characters: draw one character of each curve's own a cell in place of dots.
    """

    def __init__(self, width: int, height: int, *, characters: bool) -> None:
        self.width, self.height, self.characters = width, height, characters
        self.across, self.down = (1, 1) if characters else (2, 4)
        self.dots_x, self.dots_y = width * self.across, height * self.down
        self.bits: dict[tuple[int, int], int] = {}
        self.owner: dict[tuple[int, int], int] = {}

    def dot_of(self, share: float) -> int:
        """The row of dots, from the top, for a share of the height from the bottom."""
        return round((1 - share) * (self.dots_y - 1))

    def row_of(self, share: float) -> int:
        """The row of cells."""
        return self.dot_of(share) // self.down

    def curve(self, points: Sequence[tuple[int, int]], which: int) -> None:
        """Join points that are given in dots."""
        for a, b in itertools.pairwise(points):
            for x, y in _between(a, b):
                self._dot(x, y, which)
        for x, y in points[:1]:
            self._dot(x, y, which)

    def _dot(self, x: int, y: int, which: int) -> None:
        cell = (x // self.across, y // self.down)
        bit = 0 if self.characters else _DOTS[y % 4][x % 2]
        self.bits[cell] = self.bits.get(cell, 0) | bit
        self.owner[cell] = which

    def rows(self, paint: Paint) -> list[str]:
        """The lines of text, from the top."""
        return [self._row(row, paint) for row in range(self.height)]

    def _row(self, row: int, paint: Paint) -> str:
        pieces: list[tuple[int | None, str]] = []
        for column in range(self.width):
            which = self.owner.get((column, row))
            if which is None:
                character = " "
            elif self.characters:
                character = MARKS[which % len(MARKS)]
            else:
                character = chr(0x2800 + self.bits[column, row])
            if pieces and pieces[-1][0] == which:
                pieces[-1] = (which, pieces[-1][1] + character)
            else:
                pieces.append((which, character))
        return "".join(
            piece if which is None else paint(piece, COLOURS[which % len(COLOURS)])
            for which, piece in pieces
        )


def _between(a: tuple[int, int], b: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots of a straight line, `a` left out."""
    steps = max(abs(b[0] - a[0]), abs(b[1] - a[1]))
    for k in range(1, steps + 1):
        yield a[0] + round((b[0] - a[0]) * k / steps), a[1] + round((b[1] - a[1]) * k / steps)
    if not steps:
        yield b
