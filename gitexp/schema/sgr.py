"""Colours of terminal text: SGR sequences folded to one style, and styled lines written again."""

from __future__ import annotations

# Which attribute a code sets; a later code of the same attribute replaces it.
_SETS = {
    **dict.fromkeys((1, 2), "intensity"),
    **dict.fromkeys((3, 20), "italic"),
    **dict.fromkeys((4, 21), "underline"),
    **dict.fromkeys((5, 6), "blink"),
    7: "inverse",
    8: "hidden",
    9: "strike",
    **dict.fromkeys((*range(30, 39), *range(90, 98)), "foreground"),
    **dict.fromkeys((*range(40, 49), *range(100, 108)), "background"),
    53: "overline",
    58: "underline colour",
}
_CLEARS = {
    22: "intensity",
    23: "italic",
    24: "underline",
    25: "blink",
    27: "inverse",
    28: "hidden",
    29: "strike",
    39: "foreground",
    49: "background",
    55: "overline",
    59: "underline colour",
}
_EXTENDED = (38, 48, 58)  # 38;5;n and 38;2;r;g;b


class Style:
    """What the SGR sequences so far come to; `text` is "" where nothing is set."""

    def __init__(self) -> None:
        self._set: dict[str, str] = {}
        self.text = ""

    def apply(self, parameters: str) -> None:
        """Take in one sequence, given what stands between `ESC [` and `m`; unknown codes drop."""
        codes = (parameters or "0").split(";")
        at = 0
        while at < len(codes):
            code = codes[at]
            number = int(code.partition(":")[0] or 0) if code[:1] != ":" else -1
            taken = 1
            if number in _EXTENDED and ":" not in code:
                mode = codes[at + 1 : at + 2]
                taken = {"5": 3, "2": 5}.get(mode[0] if mode else "", 1)
                code = ";".join(codes[at : at + taken])
                if len(codes) < at + taken or taken == 1:
                    return  # cut off: a terminal ignores it
            if number == 0:
                self._set.clear()
            elif number in _CLEARS:
                self._set.pop(_CLEARS[number], None)
            elif number in _SETS:
                self._set[_SETS[number]] = code
            at += taken
        self.text = ";".join(self._set[name] for name in sorted(self._set))


class Line:
    """One line of the screen: n characters, and their styles if any character has one."""

    __slots__ = ("redrawn", "styles", "text")

    def __init__(self) -> None:
        self.text = ""
        self.styles: list[str] | None = None  # (n,)
        self.redrawn = False

    def write(self, column: int, text: str, style: str) -> None:
        """Overwrite from a column on; a gap before it becomes spaces."""
        old = self.text
        end = column + len(text)
        if style and self.styles is None:
            self.styles = [""] * len(old)
        if self.styles is not None:
            self.styles.extend([""] * (column - len(old)))
            self.styles[column:end] = [style] * len(text)
        if column == len(old):
            self.text = old + text
        else:
            self.text = old[:column].ljust(column) + text + old[end:]
            self.redrawn = self.redrawn or column < len(old)

    def erase(self, start: int, end: int | None = None) -> None:
        """Blank a part of the line; without an end, cut it off."""
        if end is None:
            self.text = self.text[:start]
            if self.styles is not None:
                del self.styles[start:]
        elif start < len(self.text):
            self.write(start, " " * (min(end, len(self.text)) - start), "")

    def render(self) -> str:
        """The line with its colours; it begins and ends without any.

        Of a line that was redrawn the spaces at its end go: they covered what stood there.
        """
        if self.styles is None or not any(self.styles):
            return self.text.rstrip(" ") if self.redrawn else self.text
        parts: list[str] = []
        current, start = "", 0
        for at, style in enumerate([*self.styles, ""]):
            if style == current:
                continue
            parts.append(self.text[start:at])
            parts.append(f"\x1b[{'0;' if current and style else ''}{style or '0'}m")
            current, start = style, at
        tail = self.text[start:]
        return "".join(parts) + (tail.rstrip(" ") if self.redrawn else tail)
