"""Terminal output folded to what a person has seen at the end: progress bars drawn once.

Understood are carriage returns, backspaces, cursor moves (bars that redraw several lines, as
nested tqdm and rich do), erasing, and colours, which are kept. All other control sequences are
dropped. Lines have no right margin, and every character is one column wide.
"""

from __future__ import annotations

import codecs
import re

from gitexp.schema.screen import Screen

_LONGEST_STRING = 1 << 20  # characters of an OSC or DCS that never ends

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x08\x0b-\x1f\x7f-\x9f]+)"  # with \t and \n
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f-\x9f])"
    r"|\x1b\[(?P<parameters>[0-?]{0,256})(?P<between>[ -/]{0,16})(?P<final>[@-~])"
    r"|\x1b(?P<string>[]PX^_])"
    r"|\x1b[ -/]{1,16}[0-~]"  # a character set
    r"|\x1b(?P<escape>[0-OQ-WYZ\\`-~])"
)
_UNFINISHED = re.compile(r"\x1b(\[[0-?]{0,256}[ -/]{0,16}|[ -/]{0,16})\Z")
# A window title or a link (OSC) also ends with its line, a picture (DCS, …) does not.
_TITLE_END = re.compile(r"\x07|\x1b\\|(?=[\x18\x1a\r\n]|\x1b[^\\])")
_PICTURE_END = re.compile(r"\x07|\x1b\\|(?=[\x18\x1a]|\x1b[^\\])")


class OutputFold:
    """Folds a stream of output; in whatever pieces it comes, the text is the same."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""  # the beginning of a control sequence
        self._string_end: re.Pattern[str] | None = None  # of the OSC or DCS that we are in
        self._skipped = 0  # characters of it
        self._screen = Screen()

    def feed(self, raw: bytes) -> str:
        """Take in the next bytes.

        Returns:
            The lines that have become final, each with its line end. Only of a line over 8 Ki
            characters the beginning is handed out without one.
        """
        text = self._held + self._decoder.decode(raw)
        self._held = ""
        at = 0
        while at < len(text):
            if self._string_end is not None:
                at = self._skip_string(self._string_end, text, at)
            elif match := _TOKEN.match(text, at):
                at = match.end()
                self._take(match)
            elif _UNFINISHED.match(text, at):
                self._held = text[at:]
                break
            else:
                at += 1  # a sequence that no terminal knows: only its ESC is dropped
        return self._screen.take_final()

    def rest(self) -> str:
        """The lines that may still change, as they are now; the last one without a line end."""
        return self._screen.rest()

    def _take(self, match: re.Match[str]) -> None:
        if match["text"]:
            self._screen.write(match["text"])
        elif match["control"]:
            self._screen.control(match["control"])
        elif match["final"]:
            if not match["between"]:
                self._screen.sequence(match["parameters"], match["final"])
        elif match["escape"]:
            self._screen.escape(match["escape"])
        elif match["string"]:
            self._string_end = _TITLE_END if match["string"] == "]" else _PICTURE_END
            self._skipped = 0

    def _skip_string(self, end: re.Pattern[str], text: str, at: int) -> int:
        """Leave out a string; where to read on."""
        limit = min(len(text), at + _LONGEST_STRING - self._skipped)
        match = end.search(text, at, limit)
        if match is None and limit == len(text) and text.endswith("\x1b"):
            self._held, limit = "\x1b", limit - 1  # maybe the first half of its end
        self._skipped += limit - at
        if match or self._skipped >= _LONGEST_STRING:
            self._string_end = None
        if match:
            return match.end()
        return len(text) if self._held else limit


def fold_output(raw: bytes) -> str:
    """All of an output at once."""
    fold = OutputFold()
    return fold.feed(raw) + fold.rest()
