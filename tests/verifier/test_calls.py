"""What calls do to a program's numbers: every result that the kernel can give is followed, and every write is seen."""

from __future__ import annotations

import dataclasses

import pytest

from tests.support.assembly import assemble
from xdp_lsp.isa import instruction as isa
from xdp_lsp.program import DataSection, DataVariable, Image
from xdp_lsp.program.image import Kfunc
from xdp_lsp.verifier import explore
from xdp_lsp.verifier.result import Bounds, Exploration, NeedKind
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.symbols import Region, SymbolTable

START = """
fn main:
    r6 = r1
    r7 = *(u32 *)(r1 +12)
    r8 = *(u32 *)(r1 +16)
"""
PREPEND = """
    r1 = r6
    call 44
out:
    r0 = 2
    exit
"""


def explored(image: Image) -> Exploration:
    return explore(image, image.programs[0])


def need(body: str) -> int | None:
    return explored(assemble(START + body)).need


# -- results ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("helper", "result"),
    [
        (2, 0), (2, -7), (2, 0xFFFFFFF9), (3, -2), (3, 0xFFFFFFFE), (5, 1 << 40), (7, 0xFFFFFFFF), (8, 300),
        (12, -2), (23, 0), (23, 4), (28, -22), (28, 0xFFFFFFFF), (44, 0), (44, -22), (51, 0), (51, 2), (51, 4),
        (54, 0), (54, -13), (54, -22), (65, 0), (65, -22), (189, 0), (189, -22), (190, -14), (1, 0), (1, 1 << 40),
    ],
)  # fmt: skip
def test_every_result_of_a_helper_is_followed(helper, result):
    found = explored(
        assemble(
            f"{START} r2 = -8\n r1 = r6\n call {helper}\n r3 = {result} ll\n if r0 != r3 goto out\n r2 = -100{PREPEND}"
        )
    )
    assert found.calls[-1].reachable
    assert found.calls[-1].delta == Bounds(-100, -100)


def test_a_tail_call_may_come_back_and_nobody_knows_what_it_does_else():
    found = explored(assemble(f"{START} call 12\n r2 = -8{PREPEND}"))
    assert found.calls[0].delta == Bounds(-8, -8)
    assert [gap.is_sound for gap in found.gaps] == [False]


def test_metadata_may_be_252_bytes_long():
    found = explored(
        assemble(f"{START} r2 = -252\n r1 = r6\n call 54\n if r0 != 0 goto out\n r2 = -8{PREPEND}")
    )
    assert found.calls[1].metadata == Bounds(252, 252)
    assert found.need == 260


def test_headroom_may_be_longer_than_on_this_kernel():
    assert need(f"r2 = -1000\n r1 = r6\n call 44\n if r0 != 0 goto out\n r2 = -8{PREPEND}") == 1008


def test_both_success_and_failure_of_a_variable_move():
    body = f"if r7 > 8 goto out\n r2 = r7\n r2 = -r2\n r1 = r6\n call 44\n r2 = -100{PREPEND}"
    found = explored(assemble(START + body))
    assert found.calls[1].total == Bounds(-108, -100)


def test_metadata_before_and_after_a_prepend():
    lines = "r2 = -16\n r1 = r6\n call 54\n if r0 != 0 goto out\n r2 = 8\n r1 = r6\n call 54\n if r0 != 0 goto out\n"
    found = explored(assemble(f"{START} {lines} r2 = -8{PREPEND}"))
    assert found.calls[2].metadata == Bounds(8, 8)
    assert found.need == 16


def test_int_min_counts_unless_it_comes_from_a_negation():
    # 1 .. 2^31, whose last is INT_MIN as an int.
    limits = "if w7 == 0 goto out\n if w7 > -2147483648 goto out\n"
    assert explored(assemble(START + limits + "r2 = r7" + PREPEND)).need_kind is NeedKind.UNBOUNDED


# -- memory -------------------------------------------------------------------------------------

LENGTH_IN_A_SLOT = """
    *(u64 *)(r10 -8) = 8
    r3 = r10
    r3 += -8
    r1 = r3
    r2 = 0
    r4 = 8
    {call}
    r2 = *(u64 *)(r10 -8)
    r2 = -r2
"""


@pytest.mark.parametrize(("helper", "expected"), [(189, None), (190, None), (9999, None), (23, 8), (2, 8)])
def test_what_a_helper_may_write_is_not_known_after(helper, expected):
    # Of a helper that nobody knows anything may be; bpf_map_update_elem() only reads what r3 points at.
    call = f"r1 = r6\n call {helper}"
    assert need(LENGTH_IN_A_SLOT.format(call=call) + PREPEND) == expected


def with_kfunc(text: str, kfunc: Kfunc) -> Image:
    """The program with its `call 9999` a call of a kernel function."""
    image = assemble(text)
    (pc,) = [
        at for at, slot in enumerate(image.slots) if slot.opcode == isa.JMP | isa.CALL and slot.imm == 9999
    ]
    slots = list(image.slots)
    slots[pc] = slots[pc]._replace(src=isa.PSEUDO_KFUNC_CALL)
    return dataclasses.replace(image, slots=tuple(slots), kfuncs={pc: kfunc})


@pytest.mark.parametrize(
    ("pointees", "expected"),
    [((8,), None), ((1,), None), ((-8,), 8), ((None,), 8), ((None, None, 4), None), ((), 8)],
)
def test_what_a_kernel_function_may_write_is_not_known_after(pointees, expected):
    text = START + LENGTH_IN_A_SLOT.format(call="call 9999") + PREPEND
    found = explored(with_kfunc(text, Kfunc("bpf_something", pointees)))
    assert found.need == expected


def test_a_kernel_function_may_give_back_a_pointer_that_it_was_given():
    # bpf_dynptr_slice() does so with its buffer.
    call = "call 9999\n *(u64 *)(r0 +0) = 200"
    text = START + LENGTH_IN_A_SLOT.format(call=call) + PREPEND
    assert explored(with_kfunc(text, Kfunc("bpf_something", (-8,)))).need is None


@pytest.mark.parametrize("number", [9999, 12], ids=["unknown function", "tail call"])
def test_a_program_that_only_calls_out_is_not_known(number):
    text = f"fn main:\n call {number}\n r0 = 2\n exit"
    image = with_kfunc(text, Kfunc("elsewhere", (), is_kernel=False)) if number == 9999 else assemble(text)
    assert [gap.is_sound for gap in explored(image).gaps] == [False]


def test_a_function_that_is_not_in_the_object_may_do_anything():
    text = START + LENGTH_IN_A_SLOT.format(call="call 9999") + PREPEND
    found = explored(with_kfunc(text, Kfunc("elsewhere", (), is_kernel=False)))
    assert found.need is None
    assert [gap.is_sound for gap in found.gaps] == [False]


def test_a_call_through_a_register_may_do_anything():
    image = assemble(START + "call 9999\n r2 = -8" + PREPEND)
    slots = list(image.slots)
    at = next(at for at, slot in enumerate(slots) if slot.imm == 9999)
    slots[at] = slots[at]._replace(opcode=isa.JMP | isa.CALL | isa.X, imm=0)
    found = explored(dataclasses.replace(image, slots=tuple(slots)))
    assert [gap.is_sound for gap in found.gaps] == [False]


def test_pulling_data_may_take_headroom():
    found = explored(with_kfunc(START + "call 9999\n r2 = -8" + PREPEND, Kfunc("bpf_xdp_pull_data", (8,))))
    assert [gap.is_sound for gap in found.gaps] == [False]


def test_code_that_runs_out_of_its_function_is_told():
    found = explored(assemble(START + "if r7 == 0 goto pc+40\n r2 = -8" + PREPEND))
    assert [gap.is_sound for gap in found.gaps] == [False]


def test_an_unknown_register_may_point_into_a_frame():
    state = State(SymbolTable(), 0)
    assert state.facts.table.region(state.scalar(3))[0] is Region.UNKNOWN


def test_two_fields_of_the_context_differ():
    assert need(f"r2 = r7\n r2 -= r8{PREPEND}") is None


def test_metadata_may_not_be_supported():
    # data_meta is data + 1 then.
    body = "r2 = *(u32 *)(r6 +8)\n r3 = *(u32 *)(r6 +0)\n r2 -= r3\n if r2 != 1 goto out\n r2 = -100"
    assert need(body + PREPEND) == 100


def test_a_setting_is_read_where_its_address_says():
    numbers = (1).to_bytes(4, "little") + (40).to_bytes(4, "little")
    variables = tuple(DataVariable(name, at, 4, True, True) for name, at in (("one", 0), ("limit", 4)))
    section = DataSection(".rodata", numbers, True, variables, True)
    text = START + "r3 = &.rodata+4\n r2 = *(u32 *)(r3 +0)\n r2 = -r2" + PREPEND
    found = explored(assemble(text, data=[section]))
    assert found.need == 40
    assert found.need_for_any_constant is None


# -- functions ----------------------------------------------------------------------------------


def test_a_function_has_registers_of_its_own():
    body = "r7 = 100\n r1 = 4\n call length\n r2 = r0\n r2 += r7\n r2 = -r2" + PREPEND
    assert need(f"{body}fn length:\n r7 = 8\n r0 = r1\n r0 += r7\n exit") == 112


def test_a_function_that_moves_the_packet_may_be_called_by_one_that_does_not():
    body = "r1 = r6\n call outer\n r2 = -8" + PREPEND
    functions = "fn outer:\n call middle\n exit\nfn middle:\n call inner\n exit\nfn inner:\n r2 = -100\n call 44\n exit"
    assert need(body + functions) == 108


def test_a_caller_goes_on_after_a_function_whose_end_does_not_matter():
    body = "r1 = r6\n call push\n r2 = -8" + PREPEND
    assert need(f"{body}fn push:\n r2 = -100\n call 44\n if r0 != 0 goto end\n r1 = 0\nend:\n exit") == 108


CALLBACK = """
    *(u64 *)(r10 -8) = {before}
    *(u64 *)(r10 -16) = r6
    r1 = {count}
    r2 = &run
    r3 = r10
    r3 += -16
    r4 = 0
    call {helper}
    r2 = *(u64 *)(r10 -8)
    r2 = -r2
"""


@pytest.mark.parametrize(("before", "expected"), [(100, 100), (8, 50)])
def test_a_callback_may_run_or_not(before, expected):
    body = CALLBACK.format(before=before, count="r7", helper=181) + PREPEND
    assert need(f"{body}fn run:\n *(u64 *)(r2 +8) = 50\n r0 = 0\n exit") == expected


@pytest.mark.parametrize(("helper", "context"), [(181, 2), (164, 4)])
def test_a_callback_moves_the_packet(helper, context):
    body = CALLBACK.format(before=8, count=1, helper=helper) + PREPEND
    run = f"fn run:\n r1 = *(u64 *)(r{context} +0)\n r2 = -100\n call 44\n r0 = 0\n exit"
    found = explored(assemble(START + body + run))
    assert found.calls[1].delta == Bounds(-100, -100)
    assert found.need == 108 if helper == 181 else found.need_kind is NeedKind.UNBOUNDED


def test_a_callback_may_fail_to_start():
    body = CALLBACK.format(before=8, count="r7", helper=181) + PREPEND
    text = body.replace("call 181\n", "call 181\n if r0 s>= 0 goto out\n")
    assert need(f"{text}fn run:\n r0 = 0\n exit") == 8


# -- tail calls ---------------------------------------------------------------------------------


def tail_calling(*lengths: int, index: str) -> Image:
    """A program that prepends 8 bytes and calls into an array of programs; each prepends a length and does so again."""
    again = f"r1 = r6\n r2 = map[jumps]\n r3 = {index}\n call 12\n r0 = 2\n exit\n"
    text = f"{START} r2 = -8\n r1 = r6\n call 44\n {again}"
    for at, length in enumerate(lengths):
        text += f"fn next{at}:\n r6 = r1\n r2 = {-length}\n call 44\n {again}"
    image = assemble(text)
    starts = [one.start for one in image.functions]
    programs = dict(enumerate(starts[1:]))
    array = image.maps["jumps"]._replace(type=3, programs=programs)
    return dataclasses.replace(image, maps={"jumps": array})


def test_each_program_of_an_array_may_run():
    found = explored(tail_calling(4, 100, index="r7"))
    reached = {site.pc: site.delta for site in found.calls}
    assert sorted(delta.min for delta in reached.values() if delta) == [-100, -8, -4]


def test_tail_calls_add_up_to_the_kernels_limit():
    # MAX_TAIL_CALL_CNT is 33: the first program and 33 more.
    assert explored(tail_calling(4, index="0")).need == 8 + 33 * 4
