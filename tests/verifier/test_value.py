"""Values of two paths, joined."""

from __future__ import annotations

import pytest

from xdp_lsp.domains.scalar import WORD
from xdp_lsp.verifier import Kind, Value, plain_text
from xdp_lsp.verifier.value import joined


def number(x: int) -> Value:
    return Value(Kind.SCALAR, WORD.const(x))


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        (number(8), number(20), "8..20, multiple of 4"),
        (
            Value(Kind.PACKET, WORD.const(14)),
            Value(Kind.PACKET, WORD.const(18)),
            "packet + 14..18, multiple of 2",
        ),
        (Value(Kind.STACK, WORD.const(-8)), Value(Kind.STACK, WORD.const(-8), frame=1), "pointer"),
        (Value(Kind.DATA, WORD.const(4), ".bss"), Value(Kind.DATA, WORD.const(4), ".data"), "pointer"),
        (Value(Kind.CONTEXT, WORD.const(0)), Value(Kind.PACKET, WORD.const(0)), "pointer"),
        (Value(Kind.PACKET, WORD.const(0)), number(0), None),
        (number(1), None, None),
        (
            Value(Kind.MAP_VALUE, WORD.const(0), "m", may_be_null=True),
            Value(Kind.MAP_VALUE, WORD.const(0), "m"),
            "value of m, or NULL",
        ),
    ],
)
def test_a_join_holds_both(one: Value, other: Value | None, text: str | None) -> None:
    for both in (joined(one, other), joined(other, one)):
        assert (None if both is None else plain_text(both)) == text
