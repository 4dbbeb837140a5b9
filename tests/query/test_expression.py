from __future__ import annotations

import keyword
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitexp.errors import BadExpression
from gitexp.query.expression import (
    Binary,
    Call,
    Compare,
    Items,
    Literal,
    Logic,
    Name,
    Node,
    Unary,
    format_expression,
    parse,
)

identifiers = st.text(string.ascii_letters + "_", min_size=1, max_size=6).filter(
    lambda word: not keyword.iskeyword(word)
)
literals = st.builds(
    Literal,
    st.none()
    | st.booleans()
    | st.integers(0, 10**20)
    | st.floats(0, allow_nan=False)
    | st.text(max_size=8),
)
names = st.builds(
    lambda first, rest: Name((first, *rest)),
    identifiers,
    st.lists(identifiers | st.text(max_size=6) | st.integers(-9, 9), max_size=3),
)


def compound(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    pairs = st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"]), inner)
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Unary, st.sampled_from(["-", "+", "not"]), inner),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner, inner),
        st.builds(Logic, st.sampled_from(["and", "or"]), several),
        st.builds(Compare, inner, st.lists(pairs, min_size=1, max_size=3).map(tuple)),
        st.builds(Items, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Call, st.just("len"), st.tuples(inner)),
        st.builds(Call, st.just("max"), several),
        st.builds(Call, st.just("lower"), st.tuples(inner)),
        st.builds(Call, st.just("startswith"), st.tuples(inner, inner)),
    )


@given(st.recursive(literals | names, compound, max_leaves=12))
@settings(max_examples=400, deadline=None)
def test_a_tree_survives_its_canonical_text(tree: Node) -> None:
    assert parse(format_expression(tree)) == tree


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("config.lr<0.01 and val_acc>0.9", "(config.lr < 0.01) and (val_acc > 0.9)"),
        ('metric["train/loss"].min < 1', "metric['train/loss'].min < 1"),
        ('config["lr"] == config.lr', "config.lr == config.lr"),
        ("not(a)or b", "(not a) or b"),
        ("x is not None", "x != None"),
        ("1 < a <= 2 + -3", "1 < a <= (2 + (-3))"),
        ("status in {'a', 'b'}", "status in ['a', 'b']"),
        ("  name.lower().startswith('A')", "name.lower().startswith('A')"),
        ("layers[0] == layers[-1]", "layers[0] == layers[-1]"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert format_expression(parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "column", "why"),
    [
        ("", 1, "empty"),
        ("ä > 1 and [x for x in y]", 11, "a comprehension"),
        ("open('x')", 1, "no function 'open'"),
        ("a.__class__()", 1, "no function '__class__'"),
        ("(lambda: 1)()", 1, "only a function's name"),
        ("().__class__", 1, "only a name"),
        ("a[b]", 3, "a key in [] is a string"),
        ("a[1:2]", 3, "a key in [] is a string"),
        ("f'{a}'", 1, "an f-string"),
        ("x if y else z", 1, "if … else"),
        ("a | b", 1, "this operator"),
        ("~a", 1, "this operator"),
        ("b'a' == a", 1, "no number, string"),
        ("1j", 1, "no number, string"),
        ("... == a", 1, "no number, string"),
        ("len()", 1, "wrong number"),
        ("len(a, b)", 1, "wrong number"),
        ("max(*a)", 5, "* cannot"),
        ("max(a, key=b)", 8, "named arguments"),
        ("x" * 5000, 1, "longer than"),
    ],
)
def test_what_is_refused_is_named_with_its_column(text: str, column: int, why: str) -> None:
    with pytest.raises(BadExpression) as caught:
        parse(text)
    assert why in caught.value.message
    assert caught.value.column == column
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "columns", "why"),  # Python's versions point at somewhat different places
    [
        ("lr <", (4, 5), "invalid syntax"),
        ("   lr = 3", (4, 7), "does not compare"),
        ("a and config.lambda == 1", (13, 14), "invalid syntax"),
        ("a\0b", (1, 4), "null bytes"),
        ("ä == 'x", (6, 7), "unterminated"),
        ("(" * 300 + ")" * 300, (190, 300), "nested"),
    ],
)
def test_syntax_errors(text: str, columns: tuple[int, int], why: str) -> None:
    with pytest.raises(BadExpression, match=why) as caught:
        parse(text)
    assert columns[0] <= caught.value.column <= columns[1]


@pytest.mark.parametrize("text", ["-" * 3000 + "1", "not " * 900 + "a"])
def test_depth_is_an_error_and_never_a_crash(text: str) -> None:
    with pytest.raises(BadExpression, match="nested too deeply"):
        parse(text)


def test_a_keyword_as_a_key_gets_a_hint() -> None:
    with pytest.raises(BadExpression) as caught:
        parse("config.lambda == 1")
    assert caught.value.hint is not None
    assert 'config["lambda"]' in caught.value.hint


def test_pythons_warnings_stay_inside(recwarn: pytest.WarningsRecorder) -> None:
    assert parse(r"name == '\d'") == Compare(Name(("name",)), (("==", Literal("\\d")),))
    assert not recwarn.list
