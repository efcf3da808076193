"""Which registers an instruction reads and writes, against what it does when it runs."""

from __future__ import annotations

import random

import pytest

from tests.support.assembly import assemble
from tests.support.machine import Input
from xdp_lsp.machine import Machine
from xdp_lsp.program.operands import operands

LINES = [
    "r3 = 7", "w3 = w4", "r3 = (s8)r4", "r3 += r4", "w3 -= 1", "r3 = -r3", "r3 = bswap16 r3",
    "r3 = be32 r3", "r3 = 0x123456789 ll", "r3 = *(u32 *)(r6 -8)", "r3 = *(s8 *)(r6 -8)", "*(u8 *)(r6 -1) = 7",
    "*(u16 *)(r6 -10) = r4", "lock *(u64 *)(r6 -8) += r4", "r4 = atomic64_fetch_add((u64 *)(r6 -8), r4)",
    "r4 = atomic_xchg((u32 *)(r6 -8), r4)", "r0 = atomic64_cmpxchg((u64 *)(r6 -8), r0, r4)",
    "if r3 > r4 goto pc+1", "if w3 s> 7 goto pc+1", "if r3 & r4 goto pc+1", "goto pc+1",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_it_depends_on_what_it_reads_and_changes_what_it_writes(line: str) -> None:
    image = assemble(f"{line}\n r0 = 0\n exit")
    read, written = operands(image, 0)
    chooser = random.Random(line)
    influential, changed = set(), set()
    for _ in range(40):
        values = [chooser.choice((3, 7, 8, chooser.getrandbits(64))) for _ in range(10)]
        outcome = _outcome(Machine(image, image.programs[0], _input()), values)
        changed |= {number for number in range(10) if outcome[1][number] != outcome[0][number]}
        for number in set(range(10)) - {6}:  # r6 is where it accesses memory
            others = list(values)
            others[number] = chooser.choice((0, chooser.getrandbits(64)))
            again = _outcome(Machine(image, image.programs[0], _input()), others)
            same = all(
                outcome[1][one] == again[1][one]
                for one in range(10)
                if one != number or one in written or outcome[1][one] != outcome[0][one]
            )
            if not same or outcome[2:] != again[2:]:
                influential.add(number)
    assert influential == set(read) - {6}
    assert changed == set(written)
    assert (6 in read) == ("r6" in line)


def _input() -> Input:
    return Input(packet=bytes(14), map_value=b"", seed=1)


def _outcome(machine: Machine, values: list[int]) -> tuple[list[int], list[int], bytes, int]:
    """The registers before and after, the stack after, and where it goes on."""
    frame_pointer = machine.read(10)
    registers = machine.frames[0].registers
    registers[:10] = values
    registers[6] = frame_pointer
    machine.memory.store(frame_pointer - 8, 8, 3)
    before = [int(value or 0) for value in registers[:10]]
    machine.step()
    stack = bytes(machine.load(frame_pointer + offset, 1) for offset in range(-16, 0))
    return before, [int(value or 0) for value in registers[:10]], stack, machine.pc


@pytest.mark.parametrize(
    ("line", "read", "written"),
    [
        ("call 44", (1, 2), (0,)),
        ("call 7", (), (0,)),
        ("call 1", (1, 2), (0,)),
        ("exit", (0,), ()),
    ],
)
def test_calls(line: str, read: tuple[int, ...], written: tuple[int, ...]) -> None:
    assert operands(assemble(f"{line}\n exit"), 0) == (read, written)
