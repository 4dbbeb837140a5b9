from __future__ import annotations

import io
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitexp.schema.screen import WIDEST, WINDOW
from gitexp.schema.terminal import OutputFold, fold_output

UP = "\x1b[A"


def folded(text: str) -> str:
    return fold_output(text.encode())


@pytest.mark.parametrize(
    ("output", "seen"),
    [
        ("10%\r50%\r100%\ndone\n", "100%\ndone\n"),
        ("100 left\r5", "500 left"),  # what is not overwritten stays
        ("100 left\r5 left  \r", "5 left"),  # the spaces that cover it do not
        ("a\r\nb\r\n", "a\nb\n"),
        ("abc\b\bX\n", "aXc\n"),
        ("\b\b\ba", "a"),
        ("abc\r\x1b[Kx", "x"),
        ("abc\x1b[2D\x1b[1Kx", "  c".replace("  ", " x", 1)),
        ("abcdef\x1b[3D\x1b[0K!", "abc!"),
        ("abc\x1b[2Kx", "   x"),
        ("abcdef\r\x1b[2Xy", "y cdef"),
        ("a\x1b[5Cb", "a     b"),
        ("abc\x1b[2GX", "aXc"),
        ("one\ntwo\x1b[F1", "1ne\ntwo"),
        ("one\ntwo\x1b[A\x1b[E2", "one\n2wo"),
        ("a\nb\nc\x1b[2A\r\x1b[Jx\n", "x\n"),
        ("\x1b7abc\x1b8X", "Xbc"),
        ("ab\x1b[scd\x1b[uX", "abXd"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;never ended\nnext", "\nnext"),
        ("\x1bPq#0;2;0\nsixel\x1b\\after", "after"),
        ("\x1b(B\x1b[?25lx\x1b[?25h\x1b=\x07", "x"),
        ("\x1b[2 qx\x1b[>4;1mx", "xx"),
        ("\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n"),
        ("\x1b[31;1mred\nstill\x1b[m no", "\x1b[31;1mred\x1b[0m\n\x1b[31;1mstill\x1b[0m no"),
        ("\x1b[31ma\x1b[32mb\x1b[39mc", "\x1b[31ma\x1b[0;32mb\x1b[0mc"),
        ("\x1b[38;5;208mx\x1b[48;2;1;2;3my\x1b[0m",
         "\x1b[38;5;208mx\x1b[0;48;2;1;2;3;38;5;208my\x1b[0m"),
        ("\x1b[31mred\x1b[0m\rgreen", "green"),
        ("\x1b[38mx\x1b[38;5my\x1b[999mz", "xyz"),
        ("\tx\ty\n", "\tx\ty\n"),
        ("a\x00b\x7f", "ab"),
        ("\x1b", ""),
        ("\x1b[12;", ""),
        ("\x1b[é", "[é"),
        ("", ""),
        ("\n\n", "\n\n"),
        ("two\vlines", "two\nlines"),
    ],
)  # fmt: skip
def test_what_is_seen_at_the_end(output: str, seen: str) -> None:
    assert folded(output) == seen


def test_nested_bars_as_tqdm_draws_them() -> None:
    """The inner bar is below the outer one; it goes away when its epoch is over."""
    output = ["\repoch:   0%|     | 0/2"]
    for epoch in range(2):
        output += [f"\n\rbatch {epoch}: {done}/3" + UP for done in range(4)]
        output += ["\n\r            \r" + UP, f"\repoch: {epoch + 1}/2            "]
    assert folded("".join([*output, "\n", "saved\n"])) == "epoch: 2/2\nsaved\n"


def test_bars_side_by_side() -> None:
    output = "".join(
        f"{chr(10) * bar}\rworker {bar}: {done:3}%{UP * bar}"
        for done in range(0, 101, 10)
        for bar in range(3)
    )
    assert folded(output + "\n\n\n") == "worker 0: 100%\nworker 1: 100%\nworker 2: 100%\n"


def test_a_real_rich_progress() -> None:
    from rich.console import Console
    from rich.progress import Progress

    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=60, color_system=None)
    with Progress(console=console, auto_refresh=False) as progress:
        train, val = progress.add_task("train", total=50), progress.add_task("val", total=10)
        for step in range(50):
            progress.advance(train)
            progress.update(val, completed=step // 5 + 1)
            if step % 20 == 0:
                progress.console.print(f"at {step}")
            progress.refresh()
    console.print("bye")
    lines = folded(file.getvalue()).splitlines()
    assert lines[:3] == ["at 0", "at 20", "at 40"]
    assert [line.split()[0] for line in lines[3:]] == ["train", "val", "bye"]
    assert all("100%" in line for line in lines[3:5])


def test_a_screen_that_is_drawn_again_and_again_is_kept_once() -> None:
    output = "loading\n" + "".join(f"\x1b[H\x1b[2Jloss {i}\nlr {i}\n" for i in range(500))
    assert folded(output) == "loading\nloss 499\nlr 499\n"


def test_clearing_the_screen_loses_nothing_of_the_log() -> None:
    assert folded("before\n\x1b[H\x1b[2J\x1b[3Jafter\n") == "before\nafter\n"


def test_the_alternate_screen_is_gone_when_it_is_left() -> None:
    pager = "\x1b[?1049h\x1b[2J\x1b[Hpage\x1b[5;1Hmore"
    assert folded(f"a\n{pager}\x1b[?1049lb\n") == "a\nb\n"
    assert folded(f"a\n{pager}") == "a\npage\n\n\n\nmore"  # it crashed: its last screen stays


def test_places_on_the_screen() -> None:
    assert folded("\x1b[2;3Hx\x1b[1;1Hy\x1b[3dz") == "y\n  x\n z"


def test_lines_are_handed_out_when_nothing_can_redraw_them() -> None:
    fold = OutputFold()
    assert fold.feed(b"".join(b"%d\n" % i for i in range(WINDOW - 1))) == ""
    assert fold.feed(b"new\n") == "0\n"
    assert fold.rest().splitlines() == [*map(str, range(1, WINDOW - 1)), "new"]
    fold.feed(b"\x1b[9999A\rX")  # cannot reach what is final
    assert fold.rest().startswith("X\n2\n")


def test_rest_changes_nothing() -> None:
    fold = OutputFold()
    fold.feed(b"10%\r2")
    assert fold.rest() == fold.rest() == "20%"
    fold.feed(b"1%")
    assert fold.rest() == "21%"


def test_broken_utf8_is_shown_as_such() -> None:
    assert fold_output(b"a\xff\xfeb\n") == "a\ufffd\ufffdb\n"


def test_memory_is_bounded() -> None:
    chunks = {
        "one endless line": b"x" * 65536,
        "one endless bar": b"\r" + b"y" * 1000,
        "lines": b"line\n" * 1000,
        "colours": b"".join(b"\x1b[38;2;%d;%d;0mx" % (i % 256, i // 256) for i in range(2000)),
        "an endless title": b"\x1b]0;" + b"z" * 65536,
        "an endless sequence": b"\x1b[" + b"1;" * 10000,
    }
    for name, chunk in chunks.items():
        fold = OutputFold()
        fold.feed(chunk)
        tracemalloc.start()
        for _ in range(800_000 // len(chunk)):
            fold.feed(chunk)
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert grown < 400_000, name


def test_a_very_long_line_comes_out_whole() -> None:
    text = "0123456789" * (WIDEST // 3) + "\nnext\n"
    fold = OutputFold()
    final = "".join(fold.feed(text.encode()[at : at + 4097]) for at in range(0, len(text), 4097))
    assert len(final) >= 2 * WIDEST
    assert final + fold.rest() == text


PIECES = st.sampled_from(
    ["\r", "\n", "\b", "\t", "\r\n", UP, "\x1b[2A", "\x1b[B", "\x1b[K", "\x1b[1K", "\x1b[2K",
     "\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[H", "\x1b[3;4H", "\x1b[31m", "\x1b[1;44m", "\x1b[0m",
     "\x1b[39m", "\x1b[2C", "\x1b[D", "\x1b[5G", "\x1b7", "\x1b8", "\x1bM", "\x1bc", "\x1bD",
     "\x1bE", "\x1b]0;title\x07", "\x1b]8;;u\x1b\\", "\x1bPdata\x1b\\", "\x1b]0;open", "\x1b",
     "\x1b[", "\x1b[?1049h", "\x1b[?1049l", "\x1b[3X", "\x1b[4d", "\x1b(B", "50%|###  |", "ünï€🚀",
     "\x1b[99999B", "\x1b[99999C", "\n" * 150, "a\n" * 90]
) | st.text(max_size=8)  # fmt: skip


@given(st.lists(PIECES, max_size=40), st.lists(st.integers(0, 60), max_size=30))
@example(["\x1b[9;1H", UP * 5, "\x1b[J", "\x1b[2J"], [])
def test_the_pieces_it_comes_in_make_no_difference(pieces: list[str], cuts: list[int]) -> None:
    raw = "".join(pieces).encode("utf-8", "surrogatepass")
    fold, text, at = OutputFold(), "", 0
    for cut in [*cuts, len(raw)]:
        text += fold.feed(raw[at : at + cut])
        fold.rest()
        at += cut
    text += fold.feed(raw[at:])
    assert text + fold.rest() == fold_output(raw)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t")))
@example("a\n" * 500)
def test_plain_text_comes_back_unchanged(text: str) -> None:
    assert folded(text) == text


@given(st.lists(PIECES, max_size=40))
def test_folding_twice_changes_nothing_more(pieces: list[str]) -> None:
    once = folded("".join(pieces).encode("utf-8", "replace").decode())
    assert folded(once) == once


@given(st.lists(PIECES, max_size=40))
def test_nothing_but_text_and_colours_comes_out(pieces: list[str]) -> None:
    import re

    text = folded("".join(pieces).encode("utf-8", "replace").decode())
    bare = re.sub(r"\x1b\[[0-9;:]+m", "", text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", bare)
