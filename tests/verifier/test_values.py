"""What is claimed of the registers and the stack of small programs, instruction by instruction."""

from __future__ import annotations

import pickle

import pytest

from tests.oracle.values import refuted
from tests.support.assembly import assemble
from xdp_lsp.domains.scalar import WORD
from xdp_lsp.machine import Inputs, Machine
from xdp_lsp.verifier import PointValues, kernel_text, values_of


def before_exit(text: str, budget: int | None = None) -> PointValues:
    """What holds before the first exit of a program; a run of it has these values."""
    image = assemble(text)
    (program, *_) = image.programs
    claims = values_of(image, program, budget)
    wrong, checked = refuted(Machine(image, program, Inputs()), {program.entry: claims})
    assert wrong is None
    assert checked
    assert pickle.loads(pickle.dumps(claims)) == claims
    pc = next(pc for pc, slot in enumerate(image.slots) if slot.opcode == 0x95)
    return claims[pc]


PROGRAMS = {
    "a length that was checked": (
        "r7 = *(u32 *)(r1 +16)\n if r7 > 64 goto out\n r7 &= -4\n r0 = 0\n exit\n out:\n r0 = 1\n exit",
        {7: "scalar(smin=smin32=0,smax=umax=smax32=umax32=64,var_off=(0x0; 0x7c))"},
    ),
    "rounds of a loop": ("r7 = 0\n again:\n r7 += 4\n if r7 < 40 goto again\n r0 = 0\n exit", {7: "40"}),
    "what two paths leave": (
        "r7 = *(u32 *)(r1 +16)\n if r7 == 0 goto small\n r8 = 20\n goto out\n"
        "small:\n r8 = 8\n out:\n r0 = 0\n exit",
        {8: "scalar(smin=umin=smin32=umin32=8,smax=umax=smax32=umax32=20,var_off=(0x0; 0x1c))"},
    ),
    "the packet's ends": (
        "r2 = *(u32 *)(r1 +0)\n r3 = *(u32 *)(r1 +4)\n r4 = *(u32 *)(r1 +8)\n r2 += 14\n r0 = 0\n exit",
        {1: "ctx()", 2: "pkt(off=14)", 3: "pkt_end()", 10: "fp0"},
    ),
    "a byte of the packet": (
        "r2 = *(u32 *)(r1 +0)\n r3 = *(u32 *)(r1 +4)\n r4 = r2\n r4 += 14\n if r4 > r3 goto out\n"
        "r5 = *(u8 *)(r2 +0)\n r5 <<= 2\n r0 = 0\n exit\n out:\n r0 = 1\n exit",
        {5: "scalar(smin=smin32=0,smax=umax=smax32=umax32=1020,var_off=(0x0; 0x3fc))"},
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_before_the_end(name: str) -> None:
    text, wanted = PROGRAMS[name]
    registers = before_exit(text).registers
    found = {number: registers[number] for number in wanted}
    assert {n: None if v is None else kernel_text(v) for n, v in found.items()} == wanted


def test_what_is_on_the_stack() -> None:
    point = before_exit("*(u32 *)(r10 -8) = 7\n *(u64 *)(r10 -16) = r1\n r0 = 0\n exit")
    assert {at: (size, kernel_text(value)) for at, (size, value) in point.stack.items()} == {
        -8: (4, "7"),
        -16: (8, "ctx()"),
    }


CALLED_TWICE = """
fn main:
    r6 = r1
    r1 = 8
    call f
    r1 = 24
    call f
    r0 = 0
    exit
fn f:
    r7 = r1
    r0 = r7
    exit
"""


@pytest.mark.parametrize(
    ("budget", "argument"),
    [
        (None, "scalar(smin=umin=smin32=umin32=8,smax=umax=smax32=umax32=24,var_off=(0x8; 0x10))"),
        (12, None),  # f by itself
    ],
)
def test_calls_of_a_function_are_joined(budget: int | None, argument: str | None) -> None:
    image = assemble(CALLED_TWICE)
    claims = values_of(image, image.programs[0], budget)
    inside = next(one.start for one in image.functions if one.start != image.programs[0].entry)
    value = claims[inside].registers[1]
    assert (None if value is None else kernel_text(value)) == argument
    assert claims.keys() == set(range(len(image.slots)))


def test_four_bytes_behind_an_unknown_pointer_may_be_an_address() -> None:
    """The function is looked at by itself: its argument may be the context."""
    before_exit(
        """
        fn main:
            call f
            r0 = 0
            exit
        fn f:
            r2 = *(u32 *)(r1 +0)
            r0 = 0
            exit
        """,
        12,
    )


def test_a_tail_call_from_a_function_may_move_the_packet() -> None:
    """What another program did to it is not known when the caller goes on."""
    image = assemble(
        """
        fn main:
            r6 = r1
            r7 = *(u32 *)(r1 +0)
            call f
            r0 = 0
            exit
        fn f:
            r2 = map[programs]
            r3 = 0
            call 12
            r0 = 2
            exit
        """
    )
    after = values_of(image, image.programs[0])[3].registers
    assert [kernel_text(value) for value in (after[6], after[7]) if value] == ["ctx()", "pointer()"]


def test_code_that_no_run_comes_to_is_not_there() -> None:
    image = assemble("r7 = 5\n if r7 != 5 goto out\n r0 = 0\n exit\n out:\n r0 = 1\n exit")
    assert values_of(image, image.programs[0]).keys() == {0, 1, 2, 3}


def test_a_function_that_is_not_entered_may_move_the_packet() -> None:
    image = assemble(
        """
        fn main:
            r6 = *(u32 *)(r1 +0)
            call f
            r0 = 0
            exit
        fn f:
            r2 = -8
            call 44
            r0 = 0
            exit
        """
    )
    value = values_of(image, image.programs[0], 18)[2].registers[6]
    assert value is not None
    assert kernel_text(value) == "pointer()"


def test_metadata_may_be_unsupported() -> None:
    """Drivers say so by data + 1 (xdp_set_data_meta_invalid(), include/net/xdp.h)."""
    value = before_exit("r6 = *(u32 *)(r1 +8)\n r0 = 0\n exit").registers[6]
    assert value is not None
    assert WORD.signed(value.number) == (-252, 1)


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [("one", "one", "map_value(map=one)"), ("one", "other", None), ("other", "one", None)],
)
def test_values_of_two_maps_are_told_apart(first: str, second: str, wanted: str | None) -> None:
    """Wherever paths meet: twice, so that a state that waits is held against one that comes."""
    image = assemble(
        f"""
        r6 = *(u32 *)(r1 +16)
        *(u32 *)(r10 -4) = 0
        r2 = r10
        r2 += -4
        if r6 == 0 goto second
        r6 = 0
        r1 = map[{first}]
        call 1
        if r0 == 0 goto out
        r7 = r0
        goto met
        second:
        r6 = 0
        r1 = map[{second}]
        call 1
        if r0 == 0 goto out
        r7 = r0
        met:
        r0 = 0
        exit
        out:
        r0 = 1
        exit
        """
    )
    exits = next(pc for pc, slot in enumerate(image.slots) if slot.opcode == 0x95)
    value = values_of(image, image.programs[0])[exits].registers[7]
    assert (None if value is None else kernel_text(value)) == wanted


def test_a_look_up_may_find_nothing() -> None:
    text = "*(u32 *)(r10 -4) = 0\n r2 = r10\n r2 += -4\n r1 = map[one]\n call 1\n r6 = r0\n r0 = 0\n exit"
    value = before_exit(text).registers[6]
    assert value is not None
    assert kernel_text(value) == "map_value_or_null(map=one)"


@pytest.mark.parametrize(("size", "kept"), [("8", {-8, -40}), ("16", {-40}), ("r7", {-40})])
def test_a_helper_writes_as_many_bytes_as_it_is_told(size: str, kept: set[int]) -> None:
    """bpf_xdp_load_bytes(context, offset, buffer, length), into fp-16."""
    point = before_exit(
        f"r7 = *(u32 *)(r1 +16)\n *(u64 *)(r10 -8) = 1\n *(u64 *)(r10 -16) = 2\n *(u64 *)(r10 -40) = 3\n"
        f"r2 = 0\n r3 = r10\n r3 += -16\n r4 = {size}\n call 189\n r0 = 0\n exit"
    )
    assert point.stack.keys() == kept


CALLBACK = """
fn later:
    r6 = r1
    r1 = 5
    call deeper
    r0 = 0
    exit
fn deeper:
    r7 = r1
    r0 = 0
    exit
"""
SETS_TIMERS = """
    r1 = map[timers][0]+0
    r2 = &later
    call 170
    r1 = map[timers][0]+16
    r2 = &other
    call 170
"""
# The compiler chose between two functions: the walk does not know which one it is.
CHOOSES_A_CALLBACK = """
    r7 = *(u32 *)(r1 +16)
    r2 = &later
    if r7 > 5 goto chosen
    r2 = &other
chosen:
    r1 = 3
    r3 = 0
    r4 = 0
    call 181
"""


@pytest.mark.parametrize("runs_it", [SETS_TIMERS, CHOOSES_A_CALLBACK])
def test_a_function_that_the_walk_is_not_led_to_is_given_anything(runs_it: str) -> None:
    image = assemble(
        f"fn main:\n{runs_it}\n r1 = 9\n call deeper\n r0 = 0\n exit\n{CALLBACK}\n"
        "fn other:\n r8 = r1\n r0 = 1\n exit"
    )
    claims = values_of(image, image.programs[0])
    second = {pc + 1 for pc, slot in enumerate(image.slots) if slot.is_wide}
    assert claims.keys() == set(range(len(image.slots))) - second
    starts = {one.name: one.start for one in image.functions}
    assert [claims[starts[name]].registers[1] for name in ("later", "deeper", "other")] == [None] * 3
    wrong, checked = refuted(Machine(image, image.programs[0], Inputs()), {0: claims})
    assert wrong is None
    assert checked
