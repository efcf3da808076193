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
from tests.support.machine import Fault, Machine
from xdp_lsp.isa import instruction as isa
from xdp_lsp.verifier import explore
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
    """From now on an instruction that writes registers or slots of its own frame is left out, one time in eight."""
    chooser = random.Random(seed)
    left_out: dict[int, bool] = defaultdict(lambda: chooser.random() < 1 / 8)
    whole = Slice.bears

    def bears(self: Slice, pc: int) -> bool:
        instruction = self._image.slots[pc]
        stores = instruction.klass in (isa.ST, isa.STX)
        own = instruction.klass in (isa.ALU, isa.ALU64, isa.LDX) or (
            stores and instruction.dst == FRAME_POINTER
        )
        return whole(self, pc) and not (own and left_out[pc])

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
