"""Jumps after more code was put in between. What whole programs do then, tests/oracle/test_random_programs.py sees."""

from __future__ import annotations

import pytest

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.kernel import Additions, LoadError, functions_of
from xdp_lsp.kernel.code import arrange
from xdp_lsp.program import Attach, Function, Image, Program

NOP = Instruction(isa.JMP | isa.JA, 0, 0, 0, 0)
EXIT = Instruction(isa.JMP | isa.EXIT, 0, 0, 0, 0)
FAR = (1 << 15) - 1  # slots that a jump of 16 bits reaches


def image(jump: Instruction, between: int) -> Image:
    """A jump over so many instructions."""
    slots = (jump, *[NOP] * between, EXIT)
    main = Function("main", "xdp", 0, len(slots), is_global=True)
    return Image(slots, (main,), (Program("main", "xdp", 0, Attach.XDP),))


def arranged(of: Image, additions: Additions) -> list[Instruction]:
    return arrange(of, functions_of(of, of.programs[0]), additions).slots


@pytest.mark.parametrize("between", [1, FAR - 2, FAR + 1000])
def test_long_jump_reaches_its_target(between: int) -> None:
    gotol = Instruction(isa.JMP32 | isa.JA, 0, 0, 0, between)
    slots = arranged(image(gotol, between), Additions([NOP], {0: [NOP], 1: [NOP, NOP]}))
    assert slots[2] == gotol._replace(imm=between + 2)
    assert slots[2 + 1 + between + 2] == EXIT


def test_jump_of_16_bits_that_becomes_too_long_is_told() -> None:
    jump = Instruction(isa.JMP | isa.JA, 0, 0, FAR, 0)
    assert arranged(image(jump, FAR), Additions())[0] == jump
    with pytest.raises(LoadError, match="too long for its 16 bits"):
        arranged(image(jump, FAR), Additions(before={1: [NOP]}))


def test_jump_arrives_before_what_was_put_in_at_the_entry() -> None:
    """A loop back to the first instruction does not run the prologue again."""
    loop = image(Instruction(isa.JMP | isa.JA, 0, 0, -1, 0), 0)
    assert arranged(loop, Additions([NOP, NOP], {0: [NOP]}))[3].offset == -2
