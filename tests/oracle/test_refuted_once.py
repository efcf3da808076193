"""Programs whose claims a run once refuted: each is the smallest that showed one mistake."""

from __future__ import annotations

import pytest

from tests.oracle import failures
from tests.oracle.claims import refuted
from tests.support.assembly import assemble
from tests.support.machine import Input
from xdp_lsp.machine import Machine
from xdp_lsp.verifier import explore

CALLEE_OF_CALLEE_WRITES_FRAME = """
fn main:
    r6 = r1
    *(u64 *)(r10 -8) = 8
    r2 = r10
    r2 += -8
    call middle
    r2 = *(u64 *)(r10 -8)
    r2 = -r2
    r1 = r6
    call 44
    r0 = 2
    exit
fn middle:
    call writer
    r0 = 2
    exit
fn writer:
    *(u64 *)(r2 +0) = 200
    r0 = 2
    exit
"""
CALLEE_STORES_WHAT_ONLY_ITS_CALLER_READS = """
fn main:
    r6 = r1
    *(u64 *)(r10 -8) = 8
    r2 = r10
    r2 += -8
    call writer
    r7 = r0
    r2 = *(u64 *)(r10 -8)
    r2 += r7
    r2 = -r2
    r1 = r6
    call 44
    r0 = 2
    exit
fn writer:
    r3 = 8
    r0 = r3
    r3 = 200
    *(u64 *)(r2 +0) = r3
    exit
"""
CALLEE_MOVES_POINTER_AFTER_ITS_LAST_PREPEND = """
fn main:
    r6 = r1
    *(u64 *)(r10 -16) = 8
    *(u64 *)(r10 -8) = 8
    r2 = r10
    r2 += -16
    r1 = r6
    call writer
    r2 = *(u64 *)(r10 -8)
    r2 = -r2
    r1 = r6
    call 44
    r0 = 2
    exit
fn writer:
    r6 = r1
    r7 = r2
    r2 = *(u64 *)(r7 +0)
    r2 = -r2
    r1 = r6
    call 44
    if r0 != 0 goto out
    r7 += 8
    *(u64 *)(r7 +0) = 200
out:
    r0 = 2
    exit
"""
CALLBACK_WRITES_FOR_ITS_NEXT_RUN = """
fn main:
    r6 = r1
    *(u64 *)(r10 -8) = r6
    *(u64 *)(r10 -24) = 8
    *(u64 *)(r10 -16) = 8
    r1 = 2
    r2 = &run
    r3 = r10
    r3 += -24
    r4 = 0
    call 181
    r0 = 2
    exit
fn run:
    r7 = r2
    r6 = *(u64 *)(r7 +16)
    r2 = *(u64 *)(r7 +8)
    r2 = -r2
    r1 = r6
    call 44
    if r0 != 0 goto out
    r7 += 8
    *(u64 *)(r7 +0) = 100
out:
    r0 = 0
    exit
"""
CALLBACK_NAMED_IN_ANOTHER_BLOCK = """
fn main:
    r6 = r1
    *(u64 *)(r10 -8) = r6
    r7 = *(u32 *)(r6 +16)
    r2 = &run
    r3 = r10
    r3 += -8
    r4 = 0
    r1 = 1
    if r7 == 0 goto go
    r1 = 2
go:
    call 181
    r0 = 2
    exit
fn run:
    r6 = *(u64 *)(r2 +0)
    r2 = -100
    r1 = r6
    call 44
    r0 = 0
    exit
"""
ONE_OF_TWO_CALLBACKS = """
fn main:
    r6 = r1
    *(u64 *)(r10 -8) = r6
    r7 = *(u32 *)(r6 +16)
    r2 = &run0
    if r7 == 0 goto go
    r2 = &run1
go:
    r1 = 2
    r3 = r10
    r3 += -8
    r4 = 0
    call 181
    r0 = 2
    exit
fn run0:
    r6 = *(u64 *)(r2 +0)
    r2 = -8
    r1 = r6
    call 44
    r0 = 0
    exit
fn run1:
    r6 = *(u64 *)(r2 +0)
    r2 = -100
    r1 = r6
    call 44
    r0 = 0
    exit
"""
# More than 1 << 23 runs are refused with -E2BIG.
LOOP_THAT_DOES_NOT_START = """
fn main:
    r6 = r1
    r5 = map[values][0]+0
    r5 = *(u32 *)(r5 +0)
    r1 = r5
    r2 = &run
    r3 = r10
    r3 += -8
    r4 = 0
    call 181
    if r0 s>= 0 goto out
    r2 = -200
    r1 = r6
    call 44
out:
    r0 = 2
    exit
fn run:
    r0 = 1
    exit
"""
PACKET_THAT_ENDS_BEFORE_ITS_OLD_START = """
fn main:
    r6 = r1
    r2 = -100
    r1 = r6
    call 44
    if r0 != 0 goto out
    r2 = *(u32 *)(r6 +0)
    r3 = *(u32 *)(r6 +4)
    r2 -= r3
    r2 += 14
    r1 = r6
    call 65                     # leaves 14 bytes
    r2 = *(u32 *)(r6 +0)
    r3 = *(u32 *)(r6 +4)
    r2 += 50
    if r2 <= r3 goto out
    r2 = -30
    r1 = r6
    call 44
out:
    r0 = 2
    exit
"""
CALL_AT_THE_END_OF_A_BLOCK = """
fn main:
    r6 = r1
    r7 = *(u32 *)(r6 +16)
    r8 = -8
    if r7 == 0 goto go
    r8 = -100
    call 7
go:
    r2 = r8
    r1 = r6
    call 44
    r0 = 2
    exit
"""
# A slot on which an earlier store stands, and a store that must not be overlooked.
STORE_AT_A_VARIABLE_OFFSET = """
fn main:
    r6 = r1
    *(u64 *)(r10 -16) = 8
    *(u64 *)(r10 -8) = 8
    r4 = *(u32 *)(r6 +16)
    r4 &= 8
    r3 = r10
    r3 += -16
    r3 += r4
    *(u64 *)(r3 +0) = 200
    r2 = *(u64 *)(r10 -16)
    r2 = -r2
    r1 = r6
    call 44
    r0 = 2
    exit
"""
POINTER_OUT_OF_THE_CALLERS_FRAME = """
fn main:
    r6 = r1
    *(u64 *)(r10 -8) = 8
    r3 = r10
    r3 += -8
    *(u64 *)(r10 -16) = r3
    r2 = r10
    r2 += -16
    call writer
    r2 = *(u64 *)(r10 -8)
    r2 = -r2
    r1 = r6
    call 44
    r0 = 2
    exit
fn writer:
    r3 = *(u64 *)(r2 +0)
    *(u64 *)(r3 +0) = 200
    r0 = 2
    exit
"""
POINTER_SPILLED_THROUGH_A_COPY = """
fn main:
    r6 = r1
    *(u64 *)(r10 -8) = 8
    r4 = r10
    r4 += -8
    r3 = r10
    r3 += -16
    *(u64 *)(r3 +0) = r4
    r5 = *(u64 *)(r10 -16)
    *(u64 *)(r5 +0) = 200
    r2 = *(u64 *)(r10 -8)
    r2 = -r2
    r1 = r6
    call 44
    r0 = 2
    exit
"""
# A state that was dropped for being what a widened join holds has to be in the hull, too.
WIDENED_JOIN_COMES_ROUND_AS_IT_WAS = """
fn main:
    r6 = r1
    r7 = 0
loop:
    r5 = map[values][0]+0
    r5 = *(u8 *)(r5 +0)
    r5 &= 1
    r7 += r5
    r7 &= 63
    call 7
    if r0 != 5 goto loop
    if r7 > 64 goto out
    r2 = r7
    r2 = -r2
    r1 = r6
    call 44
out:
    r0 = 2
    exit
"""
PROGRAMS = {
    name.lower(): text
    for name, text in {**globals(), **vars(failures)}.items()
    if name.isupper() and isinstance(text, str)
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_run_exceeds_the_claim(name: str) -> None:
    image = assemble(PROGRAMS[name])
    (entry,) = image.programs
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
