"""The newest lines of a terminal, which a program can still redraw, and its cursor.

A real screen has a height, so nothing above it can be redrawn. Here lines that are further than
`WINDOW` above the newest one are final, are handed out and forgotten: memory is bounded.
"""

from __future__ import annotations

from gitexp.schema.sgr import Line, Style

WINDOW = 200  # lines; more than screens have
WIDEST = 8 * 1024  # characters; what a longer line begins with is final
_FARTHEST = 1024  # columns: programs ask for column 9999 to find the right margin
_ALTERNATE = ("?1049", "?1047", "?47")


class Screen:
    """Lines, cursor and colour; its methods are what the tokens of an output do."""

    def __init__(self) -> None:
        self._lines = [Line()]
        self._row = self._column = 0
        self._home: int | None = None  # top row of the area that a full-screen program draws in
        self._alternate = False  # that area goes away when the program leaves it
        self._saved = (0, 0)
        self._style = Style()
        self._final: list[str] = []

    def take_final(self) -> str:
        """What has become final since the last call."""
        text, self._final = "".join(self._final), []
        return text

    def rest(self) -> str:
        """The lines that are left, without blank ones below the cursor."""
        end = len(self._lines)
        while end - 1 > self._row and not self._lines[end - 1].text.strip(" "):
            end -= 1
        return "\n".join(line.render() for line in self._lines[:end])

    def write(self, text: str) -> None:
        """Write printable text, tabs and line ends at the cursor."""
        first, *others = text.split("\n")
        self._put(first)
        for part in others:
            self._next_line()
            self._put(part)

    def control(self, character: str) -> None:
        """A control character; those that move nothing are dropped."""
        if character == "\r":
            self._column = 0
        elif character == "\b":
            self._column = max(0, self._column - 1)
        elif character in "\v\f":
            self._next_line()

    def escape(self, letter: str) -> None:
        """ESC and a letter."""
        if letter == "7":
            self._saved = (self._row, self._column)
        elif letter == "8":
            self._restore()
        elif letter == "c":
            self._style.apply("0")
            self._erase_display(2)
        elif letter in "DE":
            column = self._column if letter == "D" else 0
            self._next_line()
            self._column = column
        elif letter == "M":
            self._row = max(0, self._row - 1)

    def sequence(self, parameters: str, final: str) -> None:
        """A control sequence: ESC [ parameters final."""
        if parameters[:1] in ("<", "=", ">", "?"):
            if parameters in _ALTERNATE and final in "hl":
                self._switch(final == "h")
            return
        if final == "m":
            self._style.apply(parameters)
            return
        numbers = [int(p) if p.isdigit() else None for p in parameters.split(";")]
        first = numbers[0] if numbers[0] is not None else 0 if final in "JK" else 1
        second = numbers[1] if len(numbers) > 1 else None
        if final in "Hf":
            self._go_to(first, 1 if second is None else second)
        elif final == "d":
            self._go_to(first, self._column + 1)
        elif final in "G`":
            self._move_to_column(first - 1)
        elif final in "ABCDEF":
            self._move(max(1, first), final)
        elif final == "J":
            self._erase_display(first)
        elif final in "KX":
            self._erase_line(first, final)
        elif final == "s":
            self._saved = (self._row, self._column)
        elif final == "u":
            self._restore()

    def _put(self, text: str) -> None:
        while self._column + len(text) > WIDEST:
            room = WIDEST - self._column
            if room:
                self._lines[self._row].write(self._column, text[:room], self._style.text)
            self._settle(self._row)
            self._final.append(self._lines[0].render())
            self._lines[0] = Line()
            self._column, text = 0, text[room:]
        if text:
            self._lines[self._row].write(self._column, text, self._style.text)
            self._column += len(text)

    def _next_line(self) -> None:
        self._row += 1
        self._column = 0
        if self._row == len(self._lines):
            self._lines.append(Line())
            self._settle(len(self._lines) - WINDOW)

    def _settle(self, count: int) -> None:
        """Make the topmost lines final."""
        if count <= 0:
            return
        self._final += [line.render() + "\n" for line in self._lines[:count]]
        del self._lines[:count]
        self._row -= count
        self._saved = (max(0, self._saved[0] - count), self._saved[1])
        if self._home is not None:
            self._home = max(0, self._home - count)

    def _move(self, count: int, letter: str) -> None:
        if letter in "AF":
            self._row = max(0, self._row - count)
        elif letter in "BE":
            self._row = min(len(self._lines) - 1, self._row + count)
        else:
            self._move_to_column(self._column + (count if letter == "C" else -count))
        if letter in "EF":
            self._column = 0

    def _move_to_column(self, column: int) -> None:
        farthest = max(_FARTHEST, len(self._lines[self._row].text))
        self._column = min(max(0, column), farthest)

    def _go_to(self, row: int, column: int) -> None:
        """Go to a place on the screen, both from 1; the first time, the area begins there."""
        home = self._begin_area() if self._home is None else self._home
        self._row = home + min(max(row, 1), WINDOW) - 1
        while len(self._lines) <= self._row:
            self._lines.append(Line())
        self._settle(len(self._lines) - WINDOW)
        self._move_to_column(column - 1)

    def _begin_area(self) -> int:
        """Below everything there is, so that clearing the screen loses nothing of the log."""
        if self._lines[-1].text:
            self._row = len(self._lines) - 1
            self._next_line()
        self._row, self._column = len(self._lines) - 1, 0
        self._home = self._row
        return self._home

    def _erase_display(self, part: int) -> None:
        if part == 0:
            self._lines[self._row].erase(self._column)
            del self._lines[self._row + 1 :]
            if self._home is not None:
                self._home = min(self._home, self._row)
        elif part == 1:
            for line in self._lines[self._row if self._home is None else self._home : self._row]:
                line.erase(0)
            self._lines[self._row].erase(0, self._column + 1)
        elif part == 2:
            home = self._begin_area() if self._home is None else self._home
            self._lines[home:] = [Line()]
            self._row, self._column = home, 0

    def _erase_line(self, count: int, letter: str) -> None:
        line = self._lines[self._row]
        if letter == "X":
            line.erase(self._column, self._column + max(1, count))
        elif count in (0, 2):
            line.erase(self._column if count == 0 else 0)
        elif count == 1:
            line.erase(0, self._column + 1)

    def _restore(self) -> None:
        row, column = self._saved
        self._row = min(row, len(self._lines) - 1)
        self._move_to_column(column)

    def _switch(self, on: bool) -> None:
        """The alternate screen: a program draws all over it, and then it is as if it never was."""
        if on and not self._alternate:
            self._begin_area()
        elif not on and self._alternate and self._home is not None:
            self._erase_display(2)
            self._home = None
        self._alternate = on
