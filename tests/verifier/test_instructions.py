"""One instruction at a time: what registers hold before and after. Ranges are signed, `x` is any number.

Each row also runs on numbers from the ranges before; what comes out must be in the ranges told.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.support.assembly import assemble, instruction
from tests.support.machine import Input
from tests.verifier.runs import Run
from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.isa import print_instruction
from xdp_lsp.machine import Machine
from xdp_lsp.machine.arithmetic import TOP
from xdp_lsp.program import Image
from xdp_lsp.verifier.linear import Linear, constant, of_symbol
from xdp_lsp.verifier.memory import Memory
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.symbols import SymbolTable
from xdp_lsp.verifier.transfer import Transfer

# instruction | before | after
TABLE = """
r1 = 5                  |                           | r1 5
r1 = -1                 |                           | r1 -1
w1 = -1                 |                           | r1 4294967295
r1 = r2                 | r2 -3..9                  | r1 -3..9, r2 -3..9
w1 = w2                 | r2 0..9                   | r1 0..9
w1 = w2                 | r2 -1                     | r1 4294967295
w1 = w2                 | r2 x                      | r1 0..4294967295
r1 = (s8)r2             | r2 0..255                 | r1 -128..127
r1 = (s8)r2             | r2 0..127                 | r1 0..127
r1 = (s16)r2            | r2 x                      | r1 -32768..32767
r1 = (s32)r2            | r2 4294967280..4294967295 | r1 -16..-1
w1 = (s8)w2             | r2 255                    | r1 4294967295
w1 = (s16)w2            | r2 0..9                   | r1 0..9
r1 += 8                 | r1 -8..9                  | r1 0..17
r1 += r2                | r1 0..9, r2 -4..4         | r1 -4..13
w1 += -8                | r1 8..64                  | r1 0..56
w1 += 1                 | r1 4294967295             | r1 0
r1 -= r2                | r1 0, r2 0..64            | r1 -64..0
w1 -= w2                | r1 0, r2 1..64            | r1 4294967232..4294967295
r1 *= -8                | r1 0..4                   | r1 -32..0
r1 *= r2                | r1 0..4, r2 0..5          | r1 0..20
w1 *= 4                 | r1 5..15                  | r1 20..60
r1 /= 4                 | r1 0..63                  | r1 0..15
r1 /= r2                | r1 10..63, r2 2..5        | r1 2..31
r1 /= r2                | r1 10..63, r2 0           | r1 0
w1 /= 3                 | r1 9..30                  | r1 3..10
r1 s/= -1               | r1 5..9                   | r1 -9..-5
r1 s/= 4                | r1 -8..8                  | r1 -8..8
r1 %= 8                 | r1 x                      | r1 0..7
r1 %= 8                 | r1 0..5                   | r1 0..5
r1 %= r2                | r1 3..4, r2 0             | r1 3..4
w1 %= 10                | r1 x                      | r1 0..9
r1 s%= 8                | r1 -100..100              | r1 -7..7
r1 s%= 8                | r1 0..100                 | r1 0..7
r1 &= 60                | r1 x                      | r1 0..60
r1 &= 0xff              | r1 0..300                 | r1 0..255
r1 &= -4                | r1 20..63                 | r1 20..60
w1 &= -1                | r1 -1                     | r1 4294967295
r1 |= 0                 | r1 0..9                   | r1 0..9
r1 |= 64                | r1 0..63                  | r1 64..127
r1 |= r2                | r1 0..7, r2 8..9          | r1 8..15
r1 ^= -8                | r1 0..7                   | r1 -8..-1
w1 ^= -8                | r1 0..7                   | r1 4294967288..4294967295
r1 ^= r1                | r1 x                      | r1 0
r1 <<= 2                | r1 5..15                  | r1 20..60
r1 <<= 63               | r1 0..1                   | r1 -9223372036854775808..0
w1 <<= 4                | r1 0..15                  | r1 0..240
w1 <<= 31               | r1 1                      | r1 2147483648
r1 >>= 2                | r1 20..60                 | r1 5..15
r1 >>= 60               | r1 -1                     | r1 15
w1 >>= 28               | r1 -1                     | r1 15
r1 s>>= 2               | r1 -8..8                  | r1 -2..2
w1 s>>= 31              | r1 4294967295             | r1 4294967295
w1 s>>= 1               | r1 2147483648             | r1 3221225472
r1 = -r1                | r1 0..64                  | r1 -64..0
w1 = -w1                | r1 1..64                  | r1 4294967232..4294967295
r1 = bswap16 r1         | r1 x                      | r1 0..65535
r1 = be16 r1            | r1 258                    | r1 513
r1 = le16 r1            | r1 x                      | r1 0..65535
r1 = le64 r1            | r1 3..4                   | r1 3..4
r1 = bswap32 r1         | r1 1                      | r1 16777216
r1 = bswap64 r1         | r1 1                      | r1 72057594037927936
r1 = 0x1ffffffff ll     |                           | r1 8589934591
"""


def parse(text: str) -> dict[int, Scalar]:
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, value = part.split()
        low, _, high = value.partition("..")
        scalar = WORD.top if value == "x" else WORD.between(int(low), int(high or low))
        found[int(name.removeprefix("r"))] = scalar
    return found


ROWS = [
    [cell.strip().replace("or=", "|=") for cell in row.split("|")]
    for row in TABLE.replace("|=", "or=").strip().splitlines()
]


def execute(image: Image, registers: dict[int, int]) -> int:
    """What the machine leaves in dst of the first instruction."""
    machine = Machine(image, image.programs[0], Input(packet=bytes(14), map_value=b""))
    for register, number in registers.items():
        machine.frames[0].registers[register] = number
    machine.step()
    left = machine.frames[0].registers[image.slots[0].dst]
    assert left is not None
    return left


def transfer(image, state: State) -> None:
    memory = Memory(image, assume_constants=True, on_assumed=lambda assumed: None)
    Transfer(image, memory).apply(state, 0, image.slots[0])


@pytest.mark.parametrize(("line", "before", "after"), ROWS, ids=[f"{line} with {b}" for line, b, _ in ROWS])
def test_one_instruction(line, before, after):
    image = assemble(line)
    table = SymbolTable()
    state = State(table, 0)
    forms: dict[int, Linear] = {}
    for register, value in parse(before).items():
        known = value.constant
        forms[register] = of_symbol(table.fresh(value)) if known is None else constant(known)
        state.frame.registers[register] = forms[register]
    transfer(image, state)
    slot = image.slots[0]
    for register, value in parse(after).items():
        form = state.scalar(register)
        assert WORD.signed(state.facts.evaluate(form)) == WORD.signed(value) or (
            WORD.unsigned(state.facts.evaluate(form)) == WORD.unsigned(value)
        )
    rng = random.Random(line)
    for _ in range(20):
        numbers = {}
        for register, value in parse(before).items():
            numbers[register] = (value.range.low + rng.randrange(value.range.size + 1)) & TOP
        run = Run(table, {form.symbol: numbers[register] for register, form in forms.items() if form.symbol})
        assert run.of(state.scalar(slot.dst)) == execute(image, numbers)


def test_the_assembler_spells_as_the_kernel_does():
    for line, _, _ in ROWS:
        if "ll" not in line and "0x" not in line:
            assert print_instruction(instruction(line)).split(maxsplit=1)[1] == line
    for line in ("if r1 s> r2 goto pc+3", "if w1 == 0x5 goto pc-2", "r3 = *(u8 *)(r1 +14)", "exit"):
        assert print_instruction(instruction(line)).split(maxsplit=1)[1] == line
    for line in ("lock *(u32 *)(r10 -8) ^= r1", "r3 = atomic64_fetch_or((u64 *)(r10 -8), r3)"):
        assert print_instruction(instruction(line)).split(maxsplit=1)[1] == line
    for line in ("r1 = atomic_xchg((u32 *)(r10 -8), r1)", "r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)"):
        assert print_instruction(instruction(line)).split(maxsplit=1)[1] == line
    for line in ("*(u32 *)(r10 -8) = r1", "*(u64 *)(r10 -16) = 7", "r3 = *(s16 *)(r1 +0)", "goto pc+2"):
        assert print_instruction(instruction(line)).split(maxsplit=1)[1] == line


# -- what is not ALU ------------------------------------------------------------------------------


def after(text: str, *, patched: dict[int, str] | None = None) -> State:
    """The state after every instruction of `text` (no jumps, no calls)."""
    image = replace(assemble(text), patched=patched or {})
    state = State(SymbolTable(), 0)
    memory = Memory(image, assume_constants=True, on_assumed=lambda assumed: None)
    for pc, slot in enumerate(image.slots):
        Transfer(image, memory).apply(state, pc, slot)
    return state


def value(state: State, register: int) -> tuple[int, int]:
    return WORD.signed(state.facts.evaluate(state.scalar(register)))


def test_a_load_extends_with_zeros_or_the_sign():
    assert value(after("r2 = *(u16 *)(r1 +12)"), 2) == (0, 65535)
    assert value(after("r2 = *(s16 *)(r1 +12)"), 2) == (-32768, 32767)
    assert value(after("*(u32 *)(r10 -4) = -2\n r2 = *(s32 *)(r10 -4)"), 2) == (-2, -2)
    assert value(after("*(u32 *)(r10 -4) = -2\n r2 = *(u32 *)(r10 -4)"), 2) == (0xFFFFFFFE, 0xFFFFFFFE)


def test_an_immediate_store_is_sign_extended():
    assert value(after("*(u64 *)(r10 -8) = -8\n r2 = *(u64 *)(r10 -8)"), 2) == (-8, -8)


@pytest.mark.parametrize(
    ("line", "changed"),
    [("r3 = atomic64_fetch_add((u64 *)(r10 -8), r3)", 3), ("r3 = atomic64_xchg((u64 *)(r10 -8), r3)", 3)],
)
def test_a_fetch_brings_an_unknown_value_and_leaves_one(line, changed):
    state = after(f"*(u64 *)(r10 -8) = 7\n r3 = 1\n r0 = 2\n {line}\n r2 = *(u64 *)(r10 -8)")
    assert value(state, changed) == (-1 << 63, (1 << 63) - 1)
    assert value(state, 2) == (-1 << 63, (1 << 63) - 1)
    assert value(state, 0) == (2, 2)


def test_compare_and_exchange_brings_the_value_to_r0():
    state = after("*(u64 *)(r10 -8) = 7\n r3 = 1\n r0 = 2\n r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r3)")
    assert value(state, 0) == (-1 << 63, (1 << 63) - 1)
    assert value(state, 3) == (1, 1)


def test_what_the_loader_patches_is_unknown():
    assert value(after("r2 = 5", patched={0: "CO-RE"}), 2) == (-1 << 63, (1 << 63) - 1)
    assert value(after("w2 = 5", patched={0: "CO-RE"}), 2) == (0, 0xFFFFFFFF)
    state = after("*(u64 *)(r10 -8) = 7\n r2 = *(u64 *)(r10 -8)", patched={0: "CO-RE"})
    assert value(state, 2) == (-1 << 63, (1 << 63) - 1)


def test_a_sum_of_many_values_keeps_its_range():
    lines = [f"r3 = *(u8 *)(r1 +{at})\n r2 += r3" for at in range(12)]
    # The context is no place for bytes, but each read of one gives a new byte.
    state = after("r2 = 0\n" + "\n".join(lines))
    assert value(state, 2) == (0, 12 * 255)
    assert len(state.scalar(2).terms) <= 8
