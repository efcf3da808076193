"""The slice decides how precise an answer is, never whether it is right: claims hold whatever it misses."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable

import pytest

from tests.oracle.claims import refuted
from tests.oracle.generate import program
from tests.oracle.inputs import inputs
from tests.oracle.straight import Options
from tests.support.assembly import assemble
from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine import Fault, Machine
from xdp_lsp.verifier import explore
from xdp_lsp.verifier.code import Code
from xdp_lsp.verifier.liveness import Liveness
from xdp_lsp.verifier.places import BITS
from xdp_lsp.verifier.pointers import FRAME_POINTER
from xdp_lsp.verifier.result import NeedKind
from xdp_lsp.verifier.slice import Slice

_BUDGET = 3000


def drop_reads(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """From now on a place that matters before an instruction is overlooked there with a chance of one in eight."""
    chooser = random.Random(seed)
    missed: dict[int, int] = defaultdict(
        lambda: chooser.getrandbits(3 * BITS) & chooser.getrandbits(3 * BITS) & chooser.getrandbits(3 * BITS)
    )
    whole = Liveness._transfer

    def transfer(self: Liveness, pc: int, after: int, todo: set[int]) -> int:
        return whole(self, pc, after, todo) & ~missed[pc]

    monkeypatch.setattr(Liveness, "_transfer", transfer)


def leave_out_writes(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """From now on some instructions are left out that write registers or slots of their own frame, and nothing else."""
    chooser = random.Random(seed)
    left_out: dict[int, float] = defaultdict(chooser.random)
    whole = Slice.bears

    def bears(self: Slice, pc: int) -> bool:
        instruction = self._image.slots[pc]
        chance = 0.0
        if instruction.klass in (isa.ALU, isa.ALU64, isa.LDX):
            chance = 0.2
        elif instruction.klass in (isa.ST, isa.STX):
            in_own_frame = instruction.dst == FRAME_POINTER
            chance = 0.5 if in_own_frame or not self.may_be_frame_pointer(pc, instruction.dst) else 0.0
        return whole(self, pc) and left_out[pc] >= chance

    monkeypatch.setattr(Slice, "bears", bears)


@pytest.mark.parametrize("maim", [drop_reads, leave_out_writes])
@pytest.mark.parametrize("first", [5000, 5100])
def test_a_slice_that_is_too_small_costs_precision_only(
    first: int, maim: Callable[[pytest.MonkeyPatch, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = lost = 0
    for seed in range(first, first + 50):
        image, entry = program(seed, Options(size=3 + seed % 6))
        exact = explore(image, entry, _BUDGET)
        with monkeypatch.context() as patched:
            maim(patched, seed)
            claim = explore(image, entry, _BUDGET)
        lost += exact.need_kind is NeedKind.BOUNDED and claim.need != exact.need
        for given in inputs(seed, 8, image):
            machine = Machine(image, entry, given)
            try:
                machine.run()
            except Fault:
                assert machine.steps > 1000, f"seed {seed} is not memory safe"
            attempts += len(machine.attempts)
            assert refuted(claim, machine.attempts, given.headroom) is None, f"seed {seed}, {given}"
    assert attempts > 200
    assert lost > 5


# What is written twice, and where the second time is, which needs the first: left out, the place is not known any more.
WRITTEN_TWICE = {
    "register": ("r9 = 8\n r9 += 192", 2),
    "slot": ("*(u64 *)(r10 -8) = 8\n *(u32 *)(r10 -8) = 200\n r9 = *(u64 *)(r10 -8)", 2),
    "before a block's end": ("r9 = 8\n if r7 == 0 goto pc+2\n r9 = 10\n r9 += 190", 4),
    "on a way past": ("r9 = 8\n if r7 == 0 goto pc+1\n r9 += 192", 3),
}


@pytest.mark.parametrize("name", WRITTEN_TWICE)
def test_what_an_instruction_that_is_left_out_writes_is_lost(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, left_out = WRITTEN_TWICE[name]
    image = assemble(f"r7 = *(u32 *)(r1 +12)\n {body}\n r2 = r9\n r2 = -r2\n call 44\n exit")
    assert explore(image, image.programs[0]).need == 200
    whole = Slice.bears
    monkeypatch.setattr(Slice, "bears", lambda self, pc: pc != left_out and whole(self, pc))
    monkeypatch.setattr(Code, "follows", lambda self, pc: False)
    assert explore(image, image.programs[0]).need is None
