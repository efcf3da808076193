"""Programs whose claims a run once refuted: each is the smallest that showed one mistake."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.oracle.assembly import Assembler
from tests.oracle.claims import refuted
from tests.support.machine import ADJUST_HEAD, ADJUST_META, ADJUST_TAIL, GET_PRANDOM, LOOP, Input, Machine
from xdp_lsp.verifier import explore


def _begin(asm: Assembler) -> None:
    asm.function("main")
    asm.alu(6, "=", "r1")


def _end(asm: Assembler) -> None:
    asm.alu(0, "=", 2)
    asm.exit()


def _prepend_slot(asm: Assembler, offset: int) -> None:
    asm.load(2, 8, 10, offset)
    asm.neg(2)
    asm.adjust(ADJUST_HEAD, "r2")


def _loop(asm: Assembler, count: int | str, callback: str, context: int) -> None:
    asm.alu(1, "=", count)
    asm.wide(2, callback)
    asm.alu(3, "=", "r10")
    asm.alu(3, "+", context)
    asm.alu(4, "=", 0)
    asm.call(LOOP)


def callee_of_callee_writes_frame(asm: Assembler) -> None:
    _begin(asm)
    asm.store(8, 10, -8, 8)
    asm.alu(2, "=", "r10")
    asm.alu(2, "+", -8)
    asm.call_function("middle")
    _prepend_slot(asm, -8)
    _end(asm)
    asm.function("middle")
    asm.call_function("writer")
    _end(asm)
    asm.function("writer")
    asm.store(8, 2, 0, 200)
    _end(asm)


def callee_stores_what_only_its_caller_reads(asm: Assembler) -> None:
    _begin(asm)
    asm.store(8, 10, -8, 8)
    asm.alu(2, "=", "r10")
    asm.alu(2, "+", -8)
    asm.call_function("writer")
    asm.alu(7, "=", "r0")
    asm.load(2, 8, 10, -8)
    asm.alu(2, "+", "r7")
    asm.neg(2)
    asm.adjust(ADJUST_HEAD, "r2")
    _end(asm)
    asm.function("writer")
    asm.alu(3, "=", 8)
    asm.alu(0, "=", "r3")
    asm.alu(3, "=", 200)
    asm.store(8, 2, 0, "r3")
    asm.exit()


def callee_moves_pointer_after_its_last_prepend(asm: Assembler) -> None:
    _begin(asm)
    asm.store(8, 10, -16, 8)
    asm.store(8, 10, -8, 8)
    asm.alu(2, "=", "r10")
    asm.alu(2, "+", -16)
    asm.alu(1, "=", "r6")
    asm.call_function("writer")
    _prepend_slot(asm, -8)
    _end(asm)
    asm.function("writer")
    asm.alu(6, "=", "r1")
    asm.alu(7, "=", "r2")
    asm.load(2, 8, 7, 0)
    asm.neg(2)
    asm.adjust(ADJUST_HEAD, "r2")
    asm.branch(0, "!=", 0, "out")
    asm.alu(7, "+", 8)
    asm.store(8, 7, 0, 200)
    asm.label("out")
    _end(asm)


def callback_writes_for_its_next_run(asm: Assembler) -> None:
    _begin(asm)
    asm.store(8, 10, -8, "r6")
    asm.store(8, 10, -24, 8)
    asm.store(8, 10, -16, 8)
    _loop(asm, 2, "run", -24)
    _end(asm)
    asm.function("run")
    asm.alu(7, "=", "r2")
    asm.load(6, 8, 7, 16)
    asm.load(2, 8, 7, 8)
    asm.neg(2)
    asm.adjust(ADJUST_HEAD, "r2")
    asm.branch(0, "!=", 0, "out")
    asm.alu(7, "+", 8)
    asm.store(8, 7, 0, 100)
    asm.label("out")
    asm.alu(0, "=", 0)
    asm.exit()


def callback_named_in_another_block(asm: Assembler) -> None:
    _begin(asm)
    asm.store(8, 10, -8, "r6")
    asm.load(7, 4, 6, 16)
    asm.wide(2, "run")
    asm.alu(3, "=", "r10")
    asm.alu(3, "+", -8)
    asm.alu(4, "=", 0)
    asm.alu(1, "=", 1)
    asm.branch(7, "==", 0, "go")
    asm.alu(1, "=", 2)
    asm.label("go")
    asm.call(LOOP)
    _end(asm)
    asm.function("run")
    asm.load(6, 8, 2, 0)
    asm.adjust(ADJUST_HEAD, -100)
    asm.alu(0, "=", 0)
    asm.exit()


def one_of_two_callbacks(asm: Assembler) -> None:
    _begin(asm)
    asm.store(8, 10, -8, "r6")
    asm.load(7, 4, 6, 16)
    asm.wide(2, "run0")
    asm.branch(7, "==", 0, "go")
    asm.wide(2, "run1")
    asm.label("go")
    asm.alu(1, "=", 2)
    asm.alu(3, "=", "r10")
    asm.alu(3, "+", -8)
    asm.alu(4, "=", 0)
    asm.call(LOOP)
    _end(asm)
    for number, delta in enumerate((-8, -100)):
        asm.function(f"run{number}")
        asm.load(6, 8, 2, 0)
        asm.adjust(ADJUST_HEAD, delta)
        asm.alu(0, "=", 0)
        asm.exit()


def loop_that_does_not_start(asm: Assembler) -> None:
    """More than 1 << 23 runs are refused with -E2BIG."""
    _begin(asm)
    asm.map_value(5)
    asm.load(5, 4, 5, 0)
    _loop(asm, "r5", "run", -8)
    asm.branch(0, "s>=", 0, "out")
    asm.adjust(ADJUST_HEAD, -200)
    asm.label("out")
    _end(asm)
    asm.function("run")
    asm.alu(0, "=", 1)
    asm.exit()


def packet_that_ends_before_its_old_start(asm: Assembler) -> None:
    _begin(asm)
    asm.adjust(ADJUST_HEAD, -100)
    asm.branch(0, "!=", 0, "out")
    asm.load(2, 4, 6, 0)
    asm.load(3, 4, 6, 4)
    asm.alu(2, "-", "r3")
    asm.alu(2, "+", 14)
    asm.adjust(ADJUST_TAIL, "r2")
    asm.load(2, 4, 6, 0)
    asm.load(3, 4, 6, 4)
    asm.alu(2, "+", 50)
    asm.branch(2, "<=", "r3", "out")
    asm.adjust(ADJUST_HEAD, -30)
    asm.label("out")
    _end(asm)


def call_at_the_end_of_a_block(asm: Assembler) -> None:
    _begin(asm)
    asm.load(7, 4, 6, 16)
    asm.alu(8, "=", -8)
    asm.branch(7, "==", 0, "go")
    asm.alu(8, "=", -100)
    asm.call(GET_PRANDOM)
    asm.label("go")
    asm.adjust(ADJUST_HEAD, "r8")
    _end(asm)


def small_prepend_fails_on_one_path_only(asm: Assembler) -> None:
    _begin(asm)
    asm.load(7, 4, 6, 16)
    asm.branch(7, "!=", 0, "try")
    asm.jump("go")
    asm.label("try")
    asm.adjust(ADJUST_HEAD, -14)
    asm.branch(0, "==", 0, "out")
    asm.label("go")
    asm.adjust(ADJUST_HEAD, -128)
    asm.label("out")
    _end(asm)


def trim_fails_before_a_prepend(asm: Assembler) -> None:
    _begin(asm)
    asm.load(7, 4, 6, 16)
    asm.alu(7, "&", 63)
    asm.alu(7, "-", 30)
    asm.adjust(ADJUST_HEAD, "r7")
    asm.branch(0, "==", 0, "out")
    asm.adjust(ADJUST_HEAD, -128)
    asm.label("out")
    _end(asm)


def metadata_fails_before_a_prepend(asm: Assembler) -> None:
    _begin(asm)
    asm.adjust(ADJUST_META, -3)
    asm.branch(0, "==", 0, "out")
    asm.adjust(ADJUST_HEAD, -128)
    asm.label("out")
    _end(asm)


_PROGRAMS: tuple[Callable[[Assembler], None], ...] = (
    callee_of_callee_writes_frame,
    callee_stores_what_only_its_caller_reads,
    callee_moves_pointer_after_its_last_prepend,
    callback_writes_for_its_next_run,
    callback_named_in_another_block,
    one_of_two_callbacks,
    loop_that_does_not_start,
    packet_that_ends_before_its_old_start,
    call_at_the_end_of_a_block,
    small_prepend_fails_on_one_path_only,
    trim_fails_before_a_prepend,
    metadata_fails_before_a_prepend,
)


@pytest.mark.parametrize("build", _PROGRAMS)
def test_no_run_exceeds_the_claim(build: Callable[[Assembler], None]) -> None:
    asm = Assembler()
    build(asm)
    image, entry = asm.link()
    claim = explore(image, entry)
    tried = 0
    for length in (14, 60, 300):
        for headroom in (40, 100, 104, 256, 1000):
            for queue in (0, 3, 63):
                for value in (bytes(64), b"\xff" * 64):
                    machine = Machine(image, entry, Input(bytes(length), value, headroom, queue=queue))
                    machine.run()
                    tried += len(machine.attempts)
                    assert refuted(claim, machine.attempts, headroom) is None
    assert tried
