"""Values in words: the kernel's, as its logs have them (Linux 6.18), and ours."""

from __future__ import annotations

import pytest

from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.domains.tnum import Tnum
from xdp_lsp.verifier import Kind, Value, brief_text, kernel_text, plain_text


def scalar(low: int, high: int, step: int = 1) -> Scalar:
    between = WORD.between(low, high)
    multiples = WORD.reduce(Tnum(0, WORD.top_value & -step), WORD.top.range, WORD.top.low_range)
    assert multiples is not None
    found = WORD.meet(between, multiples)
    assert found is not None
    return found


def number(low: int, high: int, step: int = 1) -> Value:
    return Value(Kind.SCALAR, scalar(low, high, step))


# As logs of `bpftool -d prog load` have them.
KERNEL = [
    (number(20, 20), "20"),
    (number(-1, -1), "-1"),
    (number(0x12345, 0x12345), "0x12345"),
    (number(-0x12345, -0x12345), "0xfffffffffffedcbb"),
    (number(0, 255), "scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))"),
    (number(0, 0xFFFFFFFF), "scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))"),
    (number(0, 60, 4), "scalar(smin=smin32=0,smax=umax=smax32=umax32=60,var_off=(0x0; 0x3c))"),
    (
        number(-4095, 0),
        "scalar(smin=smin32=-4095,smax=smax32=0)",
    ),
    (Value(Kind.SCALAR, WORD.top), "scalar()"),
    (Value(Kind.CONTEXT, WORD.const(0)), "ctx()"),
    (Value(Kind.PACKET, WORD.const(14)), "pkt(off=14)"),
    (Value(Kind.PACKET_END, WORD.const(0)), "pkt_end()"),
    (Value(Kind.STACK, WORD.const(-8)), "fp-8"),
    (Value(Kind.STACK, WORD.const(0)), "fp0"),
    (Value(Kind.MAP, WORD.const(0), "reals"), "map_ptr(map=reals)"),
    (Value(Kind.MAP_VALUE, WORD.const(4), "reals"), "map_value(map=reals,off=4)"),
    (Value(Kind.MAP_VALUE, WORD.const(0), "reals", may_be_null=True), "map_value_or_null(map=reals)"),
]


@pytest.mark.parametrize(("value", "text"), KERNEL, ids=[text for _, text in KERNEL])
def test_the_kernels_words(value: Value, text: str) -> None:
    assert kernel_text(value) == text


BRIEF = [
    (number(20, 20), "20"),
    (number(0, 255), "scalar(umax=255)"),
    (number(3, 255), "scalar(umin=3,umax=255)"),
    (number(-84, -20), "scalar(smin=-84,smax=-20)"),
    (number(-4, 4), "scalar(smin=-4,smax=4)"),
    (number(0x100000000 - 84, 0x100000000 - 20), "scalar(smin32=-84,smax32=-20)"),
    (Value(Kind.SCALAR, WORD.zero_extend(scalar(-84, 4), 32)), "scalar(smin32=-84,smax32=4)"),
    (
        Value(Kind.SCALAR, WORD.zero_extend(scalar(-12, 0, 4), 32)),
        "scalar(smin32=-12,smax32=0,var_off=(0x0; 0xfffffffc))",
    ),
    (number(0, 60, 4), "scalar(var_off=(0x0; 0x3c))"),
    (number(4, 60, 4), "scalar(umin=4,umax=60,var_off=(0x0; 0x3c))"),
    (number(64, 124, 4), "scalar(var_off=(0x40; 0x3c))"),
    (Value(Kind.SCALAR, WORD.top), "scalar()"),
    (Value(Kind.PACKET, scalar(34, 74, 2)), "pkt(umin=34,umax=74,var_off=(0x0; 0x7e))"),
    (Value(Kind.MAP_VALUE, WORD.const(4), "reals"), "map_value(map=reals,off=4)"),
]


@pytest.mark.parametrize(("value", "text"), BRIEF, ids=[text for _, text in BRIEF])
def test_the_kernels_words_in_short(value: Value, text: str) -> None:
    assert brief_text(value) == text


PLAIN = [
    (number(20, 20), "20"),
    (number(0, 64, 4), "0..64, multiple of 4"),
    (number(-84, -20), "-84..-20"),
    (number(0, 0xFFFF), "0..65535"),
    (Value(Kind.PACKET, WORD.const(14)), "packet + 14"),
    (Value(Kind.PACKET, scalar(34, 74, 2)), "packet + 34..74, multiple of 2"),
    (Value(Kind.PACKET, scalar(-20, -4, 4)), "packet - 4..20, multiple of 4"),
    (Value(Kind.PACKET_END, WORD.const(0)), "packet end"),
    (Value(Kind.CONTEXT, WORD.const(0)), "context"),
    (Value(Kind.STACK, WORD.const(-8)), "stack - 8"),
    (Value(Kind.STACK, WORD.const(-8), frame=1), "caller's stack - 8"),
    (Value(Kind.MAP_VALUE, WORD.const(0), "reals", may_be_null=True), "value of reals, or NULL"),
    (Value(Kind.OTHER, WORD.top), "pointer"),
]


@pytest.mark.parametrize(("value", "text"), PLAIN, ids=[text for _, text in PLAIN])
def test_plain_words(value: Value, text: str) -> None:
    assert plain_text(value) == text


@pytest.mark.parametrize(
    ("bits", "signed", "text"),
    [
        (64, None, "4294967276..4294967295"),
        (32, None, "-20..-1"),
        (32, False, "4294967276..4294967295"),
        (32, True, "-20..-1"),
        (8, False, "236..255"),
        (8, True, "-20..-1"),
    ],
)
def test_a_number_is_read_as_its_type_says(bits: int, signed: bool | None, text: str) -> None:
    assert plain_text(number(0xFFFFFFEC, 0xFFFFFFFF), bits, signed=signed) == text
