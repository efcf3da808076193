"""States of registers: what each kernel prints of a set of numbers, read back, holds all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdp_lsp.domains import Tnum
from xdp_lsp.vlog import Scalar, parse_state
from xdp_lsp.vlog.register import parse_register

U64, U32 = (1 << 64) - 1, (1 << 32) - 1


def signed(number: int, bits: int) -> int:
    return number - (1 << bits) if number >> (bits - 1) else number


def state_of(numbers: list[int]) -> Scalar:
    """The best state that holds all of `numbers`."""
    low = [number & U32 for number in numbers]
    wide, narrow = [signed(one, 64) for one in numbers], [signed(one, 32) for one in low]
    always, sometimes = U64, 0
    for number in numbers:
        always, sometimes = always & number, sometimes | number
    var_off = Tnum(always, always ^ sometimes)
    return Scalar(
        min(wide),
        max(wide),
        min(numbers),
        max(numbers),
        min(narrow),
        max(narrow),
        min(low),
        max(low),
        var_off,
    )


def printed_4_15(one: Scalar) -> str:
    """As print_verifier_state() of kernel/bpf/verifier.c, Linux 4.15 to 5.6."""
    if not one.var_off.mask:
        return f"inv{signed(one.var_off.value, 64)}"
    text = "inv(id=0"
    if one.smin not in (one.umin, -(1 << 63)):
        text += f",smin_value={one.smin}"
    if one.smax not in (one.umax, (1 << 63) - 1):
        text += f",smax_value={one.smax}"
    if one.umin:
        text += f",umin_value={one.umin}"
    if one.umax != U64:
        text += f",umax_value={one.umax}"
    return text + printed_tnum(one.var_off) + ")"


def printed_5_15(one: Scalar) -> str:
    """The same, Linux 5.7 to 5.17: with bounds of the low half."""
    if not one.var_off.mask:
        return printed_4_15(one)
    text = printed_4_15(one)[:-1]
    if one.smin32 not in (one.smin, -(1 << 31)):
        text += f",s32_min_value={one.smin32}"
    if one.smax32 not in (one.smax, (1 << 31) - 1):
        text += f",s32_max_value={one.smax32}"
    if one.umin32 not in (one.umin, 0):
        text += f",u32_min_value={one.umin32}"
    if one.umax32 not in (one.umax, U32):
        text += f",u32_max_value={one.umax32}"
    return text + ")"


def printed_7_2(one: Scalar) -> str:
    """As print_reg_state() and print_scalar_ranges() of kernel/bpf/log.c, Linux 6.8 to 7.3."""
    if not one.var_off.mask:
        return printed_signed(signed(one.var_off.value, 64))
    narrow = [n if is_short(n) else n & U32 for n in (one.smin32, one.smax32)]
    bounds = [
        ("smin", one.smin, one.smin == -(1 << 63)),
        ("smax", one.smax, one.smax == (1 << 63) - 1),
        ("umin", one.umin, one.umin == 0),
        ("umax", one.umax, one.umax == U64),
        ("smin32", narrow[0], one.smin32 == -(1 << 31)),
        ("smax32", narrow[1], one.smax32 == (1 << 31) - 1),
        ("umin32", one.umin32, one.umin32 == 0),
        ("umax32", one.umax32, one.umax32 == U32),
    ]
    omitted = {name for name, _, omit in bounds if omit}
    parts = []
    for at, (name, value, _) in enumerate(bounds):
        if name in omitted:
            continue
        names = [name]
        for other, same, _ in bounds[at + 2 :: 2]:
            equal = same & U64 == value & U64 and (other[0] == "s" and same < 0) == (
                name[0] == "s" and value < 0
            )
            if other not in omitted and equal:
                omitted.add(other)
                names.append(other)
        number = printed_signed(value) if name[0] == "s" else str(value) if value <= 65535 else f"{value:#x}"
        parts.append("=".join(names) + f"={number}")
    tnum = printed_tnum(one.var_off).removeprefix(",")
    return "scalar(" + ",".join([*parts, *([tnum] if tnum else [])]) + ")"


def is_short(number: int) -> bool:
    """is_snum_decimal()."""
    return -32768 <= number <= 32767


def printed_signed(number: int) -> str:
    """verbose_snum()."""
    return str(number) if is_short(number) else f"{number & U64:#x}"


def printed_tnum(one: Tnum) -> str:
    return "" if one.mask == U64 else f",var_off=({one.value:#x}; {one.mask:#x})"


numbers = st.lists(
    st.one_of(
        st.integers(0, U64),
        st.integers(0, 300),
        st.integers(U64 - 300, U64),
        st.integers((1 << 31) - 300, (1 << 31) + 300),
        st.integers((1 << 32) - 300, (1 << 32) + 300),
        st.integers((1 << 63) - 300, (1 << 63) + 300),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("printed", [printed_4_15, printed_5_15, printed_7_2])
@given(held=numbers)
def test_what_a_kernel_prints_holds_the_numbers_it_was_printed_for(printed, held):
    state = state_of(held)
    read = parse_register("R1", printed(state))
    assert read is not None
    assert read.is_scalar
    assert all(read.value.contains(number) for number in held), (read, printed(state))


@given(held=numbers)
def test_nothing_of_a_new_kernels_bounds_is_lost(held):
    state = state_of(held)
    read = parse_register("R1", printed_7_2(state))
    assert read is not None
    for mine, kernels in zip(read.value[::2], state[::2], strict=True):  # lower bounds, and var_off
        assert mine == kernels if isinstance(kernels, Tnum) else mine >= kernels
    assert all(mine <= kernels for mine, kernels in zip(read.value[1::2], state[1::2], strict=True))


@pytest.mark.parametrize(
    ("text", "kind", "offset", "value"),
    [
        ("5", "scalar", 0, Scalar.constant(5)),
        ("-1", "scalar", 0, Scalar.constant(-1)),
        ("P7", "scalar", 0, Scalar.constant(7)),
        ("invP7", "scalar", 0, Scalar.constant(7)),
        ("inv-14", "scalar", 0, Scalar.constant(-14)),
        ("0xffffffff80000000", "scalar", 0, Scalar.constant(-(1 << 31))),
        ("inv(id=3)", "scalar", 0, Scalar()),
        ("scalar()", "scalar", 0, Scalar()),
        ("ctx(id=0,off=0,imm=0)", "ctx", 0, Scalar.constant(0)),
        ("ctx()", "ctx", 0, Scalar.constant(0)),
        ("pkt(id=0,off=14,r=34,imm=0)", "pkt", 14, Scalar.constant(0)),
        ("pkt(off=14,r=34)", "pkt", 14, Scalar.constant(0)),
        ("pkt(r=0,imm=14)", "pkt", 14, Scalar.constant(0)),  # since 7.2
        ("pkt(id=0,off=0,r=0,imm=10)", "pkt", None, Scalar.constant(0)),  # decimal or hex: not told
        ("pkt_end", "pkt_end", 0, Scalar.constant(0)),
        ("map_value_or_null(id=4,map=m,ks=4,vs=8)", "map_value_or_null", 0, Scalar.constant(0)),
        ("trusted_ptr_task_struct()", "trusted_ptr_task_struct", 0, Scalar.constant(0)),
        ("fp0", "fp", 0, Scalar.constant(0)),
        ("fp0,call_-1", "fp", 0, Scalar.constant(0)),
        ("fp-16", "fp", -16, Scalar.constant(0)),
        ("fp[0]-8", "fp", -8, Scalar.constant(0)),
        ("fp", "fp", 0, Scalar.constant(0)),
    ],
)
def test_one_register(text, kind, offset, value):
    read = parse_register("R1", text)
    assert read is not None
    assert (read.kind, read.offset, read.value) == (kind, offset, value)


def test_variable_part_of_a_pointer():
    read = parse_register("R3", "pkt(id=2,off=34,r=42,umin_value=20,umax_value=60,var_off=(0x0; 0x3c))")
    assert read is not None
    assert (read.offset, read.value.umin, read.value.smax, read.value.var_off) == (34, 20, 60, Tnum(0, 0x3C))
    assert read.attributes["r"] == "42"


@pytest.mark.parametrize(
    ("text", "kind", "known"),
    [
        ("mmmm????", "slots", None),
        ("0000mmmm", "slots", None),
        ("inv", "scalar", None),
        ("map_value", "map_value", None),
        ("ctx()", "ctx", None),
        ("????14", "scalar", 14),
        ("????0", "scalar", 0),
        ("0000-5", "scalar", -5),
        ("mmmmscalar(smin=umin=3,smax=umax=3,var_off=3)", "scalar", 3),
        ("dynptr_xdp(id=1,parent_id=1)", "dynptr_xdp", None),
        ("iter_num(id=2,state=active,depth=0)", "iter_num", None),
    ],
)
def test_slots_of_the_stack(text, kind, known):
    (read,) = parse_state(f" fp-8={text}").registers.values()
    assert read.kind == kind
    if known is not None:
        assert read.value == Scalar.constant(known)


def test_a_state_of_a_called_function_with_marks():
    state = parse_state(
        " frame1: R0_w=scalar(smin=0,smax=umax=255,var_off=(0x0; 0xff)) R1_rw=ctx() R10=fp0 fp-8_r=mmmmmmmm refs=3,4 cb"
    )
    assert state.frame == 1
    assert {name: register.kind for name, register in state.registers.items()} == {
        "R0": "scalar", "R1": "ctx", "R10": "fp", "fp-8": "slots",
    }  # fmt: skip


@pytest.mark.parametrize("cut", range(0, 60, 3))
def test_what_is_cut_off_is_not_taken_for_another_value(cut):
    whole = " R1=5 R2=scalar(umax=12,var_off=(0x0; 0xf)) R3=pkt_end()"
    for name, register in parse_state(whole[:cut] + "(").registers.items():
        assert register == parse_state(whole).registers[name]
