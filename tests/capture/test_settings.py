"""Settings as their author typed them."""

from __future__ import annotations

import pytest

from gitexp.capture._settings import plain_settings


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        (0.0010000000474974513, 0.001),
        (1.9999999494757503e-05, 2e-05),
        (0.1, 0.1),
        (0.30000000000000004, 0.30000000000000004),
        (0.123046875, 0.123046875),
        (float("inf"), float("inf")),
    ],
)
def test_what_a_library_keeps_in_32_bits_is_as_it_was_typed(kept: float, typed: float) -> None:
    assert plain_settings({"lr": kept, "of": {"lr": kept}}) == {"lr": typed, "of": {"lr": typed}}
