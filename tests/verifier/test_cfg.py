"""Blocks, edges and loops of small functions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.assembly import assemble
from xdp_lsp.program import Image
from xdp_lsp.verifier.cfg import FunctionGraph, is_conditional, reachable_functions, successors


def graph(text: str) -> FunctionGraph:
    return FunctionGraph(assemble(text), 0)


def test_a_branch_parts_and_meets():
    found = graph("""
        if r1 == 0 goto else    # 0
        r2 = 1                  # 1
        goto end                # 2
    else:
        r2 = 2                  # 3
    end:
        exit                    # 4
    """)
    assert {start: block.pcs for start, block in found.blocks.items()} == {0: [0], 1: [1, 2], 3: [3], 4: [4]}
    # What falls through comes first.
    assert found.blocks[0].after == (1, 3)
    assert sorted(found.blocks[4].before) == [1, 3]
    assert found.blocks[4].after == ()
    assert found.blocks[1].last == 2
    assert found.order[0] == 0
    assert found.order[-1] == 4
    assert not found.loops


def test_nested_loops():
    found = graph("""
        r1 = 0                      # 0
    outer:
        r2 = 0                      # 1
    inner:
        r2 += 1                     # 2
        if r2 < 4 goto inner        # 3
        r1 += 1                     # 4
        if r1 < 4 goto outer        # 5
        exit                        # 6
    """)
    assert found.loops == {1: {1, 2, 4}, 2: {2}}


def test_two_ways_back_are_one_loop():
    found = graph("""
        r1 = 0                      # 0
    head:
        r1 += 1                     # 1
        if r1 == 3 goto head        # 2
        r2 = r1                     # 3
        if r2 < 9 goto head         # 4
        exit                        # 5
    """)
    assert found.loops == {1: {1, 3}}


def test_a_jump_to_the_next_instruction_is_no_branch():
    image = assemble("if r1 == 0 goto pc+0\n exit")
    assert successors(image, 0) == (1,)


def test_a_wide_load_takes_two_slots():
    image = assemble("r1 = 0x123456789 ll\n exit")
    assert successors(image, 0) == (2,)
    assert FunctionGraph(image, 0).blocks[0].pcs == [0, 2]


@pytest.mark.parametrize(
    ("line", "after"), [("goto pc+1", (2,)), ("gotol pc+1", (2,)), ("exit", ()), ("call 7", (1,))]
)
def test_jumps(line, after):
    assert successors(assemble(f"{line}\n r0 = 0\n exit"), 0) == after


def test_may_goto_jumps_but_compares_nothing():
    image = assemble("may_goto pc+1\n r0 = 0\n exit")
    assert successors(image, 0) == (1, 2)
    assert not is_conditional(image.slots[0])
    assert is_conditional(assemble("if w1 & 1 goto pc+1").slots[0])


def test_a_jump_table_may_go_to_each_of_its_targets():
    gotox = assemble("goto pc+0").slots[0]._replace(opcode=0x0D)
    image = assemble("r0 = 0\n r0 = 1\n exit\n exit")
    image = replace(image, slots=(gotox, *image.slots[1:]), jump_targets={0: (1, 3)})
    assert successors(image, 0) == (1, 3)
    assert FunctionGraph(image, 0).blocks[0].after == (1, 3)
    # Without the table it may go anywhere, which is told as code that leaves its function.
    assert FunctionGraph(replace(image, jump_targets={}), 0).broken == [0]


def test_code_that_is_not_reached_has_no_block():
    assert graph("exit\n r0 = 0\n exit").blocks.keys() == {0}


def test_code_that_leaves_its_function_is_told():
    assert graph("if r1 == 0 goto pc+7\n exit").broken == [0]
    assert graph("r0 = 0").broken == [0]


def test_functions_that_are_called_or_named_are_reached():
    image: Image = assemble("""
    fn main:
        call helper_one             # 0
        r2 = &callback              # 1, 2
        exit                        # 3
    fn helper_one:
        exit                        # 4
    fn callback:
        call nested                 # 5
        exit                        # 6
    fn nested:
        exit                        # 7
    fn unused:
        exit                        # 8
    """)
    assert reachable_functions(image, 0).keys() == {0, 4, 5, 7}
