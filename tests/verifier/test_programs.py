"""Whole programs through `explore`: joins, widening and narrowing, loops, calls, and the budget."""

from __future__ import annotations

import dataclasses

import pytest

from tests.support.assembly import assemble
from xdp_lsp.verifier import explore
from xdp_lsp.verifier.result import Bounds, Exploration, NeedKind


def bounded(text: str, **options: int) -> Exploration:
    image = assemble(text)
    return explore(image, image.programs[0], **options)


# What each test starts with: r7 and r8 are numbers of 32 bits that nobody knows.
START = """
fn main:
    r6 = r1
    r7 = *(u32 *)(r1 +12)
    r8 = *(u32 *)(r1 +16)
"""
PREPEND = """
    r1 = r6
    call 44
    r0 = 2
    exit
"""


def need(body: str, **options: int) -> int | None:
    found = bounded(START + body, **options)
    assert (found.need is None) == (found.need_kind is not NeedKind.BOUNDED)
    return found.need


def test_a_checked_length():
    assert need("if r7 > 64 goto out\n r2 = r7\n r2 = -r2" + PREPEND + "out:\n exit") == 64
    assert need("r2 = r7\n r2 = -r2" + PREPEND) is None


def test_a_check_of_32_bits_says_nothing_of_the_upper_half():
    body = (
        "r7 = map[values][0]+0\n r7 = *(u64 *)(r7 +0)\n if w7 > 64 goto out\n r7 >>= 32\n r2 = r7\n r2 = -r2"
    )
    assert need(body + PREPEND + "out:\n exit") is None


def test_correlated_branches_stay_apart():
    # if (a) n = 20; ... if (a) prepend(n); else prepend(8);
    assert (
        need(
            """
    r9 = 400
    if r7 == 0 goto pc+1
    r9 = 20
    if r8 == 0 goto pc+1
    r8 = 5
    if r7 == 0 goto small
    r2 = r9
    r2 = -r2
    goto call
small:
    r2 = -8
call:
    """
            + PREPEND
        )
        == 20
    )


def loop(count: str, step: int = -1) -> str:
    return f"""
    r9 = 0
head:
    if r9 >= {count} goto out
    r2 = {step}
    r1 = r6
    call 44
    r9 += 1
    goto head
out:
    exit
    """


@pytest.mark.parametrize("count", [1, 3, 30, 255])
def test_a_loop_of_known_length(count):
    found = bounded(START + loop(str(count)))
    assert found.need == count
    assert found.calls[0].delta == Bounds(-1, -1)
    assert found.calls[0].total == Bounds(-count, -1)


def test_a_loop_of_checked_length():
    assert need("if r7 > 12 goto out\n" + loop("r7", -8)) == 96


def test_a_loop_of_unknown_length_is_unbounded():
    found = bounded(START + loop("r7"), budget=3000)
    assert found.need_kind is NeedKind.UNBOUNDED
    assert found.need is None


def test_the_walk_ends_though_no_branch_of_a_loop_is_followed():
    """The loop only changes where a length is read from: none of its branches matters."""
    body = """
        r4 = *(u32 *)(r6 +0)
        r9 = r4
    head:
        if r8 s<= 0 goto out
        r9 = *(u64 *)(r4 +0)
        if r7 <= 128 goto next
        r7 = 3
    next:
        goto head
    out:
        r2 = *(u8 *)(r9 +0)
        r2 = -r2
    """
    assert need(body + PREPEND) == 255


def test_the_bits_that_a_byte_swap_moves():
    body = """
        r9 = *(u8 *)(r6 +12)
        r9 = bswap64 r9
        w9 = w9
        r9 += 8
        r2 = r9
        r2 = -r2
    """
    assert need(body + PREPEND) == 8


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("r0 = *(u64 *)(r1 +0)", 24),
        ("r2 = *(u64 *)(r1 +0)\n *(u64 *)(r10 -8) = r2\n r0 = 3", 24),
        ("*(u32 *)(r1 +4) = 7\n r0 = 3", 24),
        ("r2 = r1\n r2 += 8\n *(u8 *)(r2 -8) = 200\n r0 = 3", 200),
        ("call deeper", 200),
        ("r3 = 4\n r2 = 0\n r1 = r1\n r4 = r1\n r1 = 0\n r2 = 3\n r3 = r4\n r4 = 8\n call 26\n r0 = 0", 255),
    ],
    ids=["reads", "spills", "writes half", "writes a byte", "lends it on", "lends it to a helper"],
)
def test_what_a_function_may_write_through_a_pointer_it_is_lent(body, expected):
    """The function does nothing else that matters, so that it is not followed."""
    text = f"""
fn main:
    r6 = r1
    *(u64 *)(r10 -16) = 24
    r1 = r10
    r1 += -16
    call reader
    r2 = *(u8 *)(r10 -16)
    r2 = -r2
    r1 = r6
    call 44
    r0 = 2
    exit
fn reader:
    {body}
    exit
fn deeper:
    *(u8 *)(r1 +0) = 200
    r0 = 0
    exit
"""
    assert bounded(text).need == expected


@pytest.mark.parametrize("limit", [1, 9, 40])
def test_a_loop_with_may_goto_and_a_test_is_bounded_by_the_test(limit):
    body = f"""
        r9 = 0
    head:
        may_goto out
        if r9 >= {limit} goto out
        r2 = -4
        r1 = r6
        call 44
        r9 += 1
        goto head
    out:
        r0 = 2
        exit
    """
    assert need(body) == 4 * limit


def test_what_was_widened_is_narrowed_again():
    # The length grows by 4 while bytes say so: widening takes it to a limit, the check and a second walk back.
    found = bounded(
        START
        + """
    r9 = 0
head:
    if r9 > 700 goto out
    r9 += 4
    r8 = *(u32 *)(r6 +16)
    if r8 != r7 goto head
    r2 = r9
    r2 = -r2
    """
        + PREPEND
        + "out:\n exit"
    )
    assert found.need == 704


def test_the_order_of_a_loops_counts_does_not_matter():
    for small, large in ((5, 10), (10, 5)):
        found = bounded(f"""
        fn main:
            r6 = r1
            r0 = *(u32 *)(r1 +12)
            r1 = {small}
            if r0 == 7 goto pc+1
            r1 = {large}
            r2 = &run
            r3 = r6
            r4 = 0
            call 181
            exit
        fn run:
            r1 = r2
            r2 = -1
            call 44
            r0 = 0
            exit
        """)
        assert found.need == 10


@pytest.mark.parametrize("swapped", [False, True])
def test_a_field_read_again_is_not_another_state_s(swapped):
    arms = ["r7 = *(u32 *)(r6 +12)", "r7 = 5"]
    one, other = reversed(arms) if swapped else arms
    assert (
        need(
            f"""
    {one}
    if r8 == 7 goto pc+1
    {other}
    r2 = *(u32 *)(r6 +12)
    r2 -= r7
    r2 += -8
    """
            + PREPEND
        )
        is None
    )


FIELD_TESTED_TWICE = """
    if r7 {first} 100 goto big
    r8 = r7
    r8 &= 5
    goto meet
big:
    r8 = r7
    r8 &= 5
meet:
    r7 = *(u32 *)(r6 +12)
    if r7 > 100 goto far
    r2 = -8
    r2 -= r8
    goto call
far:
    r2 = -100
    r2 -= r8
call:
"""


@pytest.mark.parametrize("first", [">", "<="])
def test_a_field_tested_again_can_be_what_it_was_on_any_path(first):
    assert need(FIELD_TESTED_TWICE.format(first=first) + PREPEND) == 105


def test_a_range_that_no_value_is_in_is_no_path():
    # r7 is one of 4, 5, 12, 13, so not in 6..11: nothing is left, which shows only at the shift.
    found = bounded(
        START
        + """
    if r7 > 15 goto out
    if r7 & 2 goto out
    r0 = r7
    r0 &= 4
    if r0 == 0 goto out
    if r7 < 6 goto out
    if r7 > 11 goto out
    r7 >>= 1
    r2 = r7
    """
        + PREPEND
        + "out:\n exit"
    )
    assert found.need == 0


def test_success_moves_and_failure_does_not():
    found = bounded(
        START
        + """
    r2 = -40
    r1 = r6
    call 44
    if w0 == 0 goto done
    r2 = -8
    r1 = r6
    call 44
done:
    r2 = -4
    """
        + PREPEND
    )
    first, second, third = found.calls
    assert first.total == Bounds(-40, -40)
    assert second.total == Bounds(-8, -8)
    assert third.total == Bounds(-44, -4)
    assert (found.need, found.need_with_fallback) == (44, 44)


def test_a_prepend_with_a_smaller_one_to_fall_back_to():
    found = bounded(
        START
        + """
    r2 = -128
    r1 = r6
    call 44
    if w0 == 0 goto done
    r2 = -32
    r1 = r6
    call 44
done:
    exit
    """
    )
    assert (found.need, found.need_with_fallback) == (128, 32)


def test_the_low_half_of_delta_counts():
    assert need("r2 = 0x1fffffff8 ll" + PREPEND) == 8


def test_a_function_that_prepends_is_entered_with_its_arguments():
    assert (
        need("""
    r1 = r6
    r2 = -20
    call push
    r1 = r6
    r2 = -4
    call push
    exit
fn push:
    call 44
    exit
    """)
        == 24
    )


def test_a_length_spilled_through_a_pointer_into_the_callers_frame():
    assert (
        need(
            """
    r1 = r10
    r1 += -8
    call fill
    r2 = *(u64 *)(r10 -8)
    """
            + PREPEND
            + """
fn fill:
    *(u64 *)(r1 +0) = -48
    r0 = 0
    exit
    """
        )
        == 48
    )


@pytest.mark.parametrize("budget", [5, 60, 400])
def test_a_spent_budget_is_told_and_never_makes_the_need_smaller(budget):
    body = "r9 = 0\n" + "".join(f"if r7 & {1 << at} goto pc+1\n r9 += {at + 1}\n" for at in range(12))
    text = START + body + "r2 = r9\n r2 = -r2" + PREPEND
    exact = bounded(text)
    assert exact.need == 78
    found = bounded(text, budget=budget)
    assert found.gaps
    if found.need_kind is NeedKind.BOUNDED:
        assert found.need is not None
        assert found.need >= 78
        assert all(gap.is_sound for gap in found.gaps)
    else:
        assert found.need is None


def test_metadata_comes_out_of_the_same_headroom():
    found = bounded(
        START
        + """
    r2 = -16
    r1 = r6
    call 54
    if w0 != 0 goto out
    r2 = -20
    r1 = r6
    call 44
out:
    exit
    """
    )
    assert found.need == 36
    assert found.calls[1].metadata == Bounds(16, 16)


@pytest.mark.parametrize(
    "instruction",
    ["r3 += -16", "*(u64 *)(r3 -16) = r4"],
    ids=["a pointer's offset", "a store's offset"],
)
def test_what_the_loader_patches_may_reach_any_place_of_the_frame(instruction):
    # CO-RE moves the store to fp-8 as it likes, over the length that is there.
    store = "" if instruction.startswith("*") else "*(u64 *)(r3 +0) = r4"
    image = assemble(f"""
    fn main:
        r6 = r1
        r4 = 200
        r3 = 8
        *(u64 *)(r10 -8) = r3
        r3 = r10
        {instruction}
        {store}
        r2 = *(u64 *)(r10 -8)
        r2 = -r2
        r1 = r6
        call 44
        exit
    """)
    at = 5
    patched = dataclasses.replace(image, patched={at: "CO-RE: the offset of job.length"})
    assert explore(image, image.programs[0]).need == 8
    assert explore(patched, patched.programs[0]).need_kind is NeedKind.UNBOUNDED


def test_a_jump_to_the_next_instruction_ends_nothing():
    assert need("if r7 >= 6 goto next\nnext:\n r2 = -100" + PREPEND) == 100
