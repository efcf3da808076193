"""What is live where, in a few small programs. Registers by number, slots as fp offsets."""

from __future__ import annotations

import random

import pytest

from tests.support.assembly import assemble
from tests.support.machine import Input
from xdp_lsp.machine import Machine
from xdp_lsp.verifier import delta_slice
from xdp_lsp.verifier.cfg import reachable_functions
from xdp_lsp.verifier.places import slot_bits
from xdp_lsp.verifier.slice import Slice

# A program's text; after `|`, what matters before that instruction, as a v(alue) or only for a t(est).
STRAIGHT = """
    r6 = r1                     |
    r2 = *(u32 *)(r1 +12)       |
    r3 = 7                      | v2
    r2 += 8                     | v2
    r2 = -r2                    | v2
    r1 = r6                     | v2
    call 44                     | v2
    r0 = 2                      |
    exit                        |
"""
THROUGH_THE_STACK = """
    r2 = *(u32 *)(r1 +12)       |
    *(u64 *)(r10 -8) = r2       | v2
    *(u64 *)(r10 -16) = r3      | v-8
    r4 = r10                    | v-8
    r4 += -8                    | v-8
    call 7                      | v-8
    r2 = *(u64 *)(r10 -8)       | v-8
    call 44                     | v2
    exit                        |
"""
PART_OF_A_SLOT = """
    *(u64 *)(r10 -8) = r3       | v3 v7
    *(u32 *)(r10 -8) = r7       | v-8 v7
    r2 = *(u64 *)(r10 -8)       | v-8
    call 44                     | v2
    exit                        |
"""
A_TEST_THAT_CHOOSES_THE_DELTA = """
    r3 = 1                      | t4
    r2 = -8                     | t4
    if r4 == 0 goto meet        | t4 v2
    r2 = -16                    |
meet:
    if r5 == 0 goto pc+0        | v2
    call 44                     | v2
    exit                        |
"""
A_TEST_THAT_DOES_NOT_MATTER = """
    r2 = -8                     |
    if r4 == 0 goto meet        | v2
    r3 = -16                    | v2
meet:
    call 44                     | v2
    exit                        |
"""
AFTER_THE_LAST_CALL = """
    r2 = -8                     |
    call 44                     | v2
    if r0 != 0 goto drop        |
    r7 = 1                      |
drop:
    r0 = r7                     |
    exit                        |
"""
A_LOOP_THAT_PREPENDS = """
    r6 = 0                      | v7
head:
    r2 = -1                     | v6 v7
    call 44                     | v2 v6 v7
    r6 += 1                     | v6 v7
    if r6 < r7 goto head        | v6 v7
    exit                        |
"""
A_LOOP_THAT_DOES_NOT = """
    r6 = 0                      |
head:
    r8 += r6                    |
    r6 += 1                     |
    if r6 < r7 goto head        |
    r2 = -1                     |
    call 44                     | v2
    exit                        |
"""
PROGRAMS = {name: text for name, text in globals().items() if name.isupper() and isinstance(text, str)}


def sliced(text: str) -> Slice:
    image = assemble("\n".join(line.split("|")[0] for line in text.splitlines()))
    return Slice(image, reachable_functions(image, 0))


def bits(names: list[str]) -> int:
    found = 0
    for name in names:
        number = int(name)
        found |= slot_bits(number, 8) if number < 0 else 1 << number
    return found


@pytest.mark.parametrize("name", PROGRAMS)
def test_live_places(name):
    lines = [line for line in PROGRAMS[name].splitlines() if "|" in line]
    slice_ = sliced(PROGRAMS[name])
    for pc, line in enumerate(lines):
        code, _, expected = line.partition("|")
        words = expected.split()
        live = slice_.live(pc)
        for kind, found in (("v", live.value), ("t", live.test & ~live.value)):
            wanted = bits([word[1:] for word in words if word[0] == kind])
            assert found == wanted, (pc, code.strip(), kind, bin(found), bin(wanted))


def test_what_bears():
    slice_ = sliced(STRAIGHT)
    assert [pc for pc in range(9) if slice_.bears(pc)] == [1, 3, 4, 6, 8]
    # r3 = 7, r6 and the return value do not; neither does what a store leaves in a dead slot.
    slice_ = sliced(THROUGH_THE_STACK)
    assert slice_.bears(1)
    assert not slice_.bears(2)


# `*` marks what a delta is computed by, and the branches that compare it.
COMPUTED = """
    fn main:
        r6 = r1
      * r7 = *(u32 *)(r1 +12)
        r0 = 2
      * if r7 > 64 goto out
        if r6 == 0 goto out
      * *(u32 *)(r10 -8) = r7
        r8 = r10
        r8 += -16
      * *(u64 *)(r8 +0) = 3
        *(u64 *)(r10 -24) = r6
      * call 7
      * r9 = r0
      * r1 = 20
      * call sum
      * r9 += r0
      * r3 = *(u32 *)(r10 -8)
      * r2 = *(u64 *)(r10 -16)
      * r2 += r3
      * r2 += r9
      * r2 = -r2
        r1 = r6
        call 44
        r2 = r0
    out:
        exit
    fn sum:
        r2 = 7
      * r0 = r1
      * r0 += 8
        exit
"""


def test_what_a_delta_is_computed_by():
    image = assemble(COMPUTED.replace("\n      * ", "\n"))
    lines = [line for line in COMPUTED.splitlines() if line.strip() and not line.endswith(":")]
    marked = {pc for pc, line in enumerate(lines) if line.startswith("      * ")}
    found = delta_slice(image, image.programs[0])
    told = [line for pc, line in enumerate(lines) if (pc in found) != (pc in marked)]
    assert not told


@pytest.mark.parametrize(
    ("after", "used"),
    [
        ("exit", True),  # it is what the program returns
        ("r0 = 2\n exit", False),
        ("w0 = 2\n exit", False),
        ("if r0 != 0 goto pc+0\n r0 = 2\n exit", True),
        ("if w1 != w0 goto pc+0\n r0 = 2\n exit", True),
        ("if r1 == 0 goto pc+1\n r0 = 2\n exit", True),  # on one way it is returned
        ("if r1 == 0 goto pc+1\n r0 = 2\n r0 = 1\n exit", False),
        ("r7 = r0\n r0 = 2\n exit", True),
        ("r0 += 1\n r0 = 2\n exit", True),
        ("*(u64 *)(r10 -8) = r0\n r0 = 2\n exit", True),
        ("call 7\n exit", False),
    ],
)
def test_whether_a_result_is_looked_at(after, used):
    assert sliced(f"call 44\n {after}").result_used(0) is used


def test_a_value_that_a_function_gives_back():
    slice_ = sliced("""
    fn main:
        r1 = 5          # 0
        call length     # 1
        r2 = r0         # 2
        r2 = -r2        # 3
        call 44         # 4
        exit            # 5
    fn length:
        r0 = r1         # 6
        r0 += 8         # 7
        exit            # 8
    """)
    assert slice_.matters(6)
    assert slice_.live(1).value == 1 << 1
    assert slice_.live(7).value == 1 << 0
    assert slice_.live(0).value == 0


def test_a_function_whose_result_nobody_needs():
    slice_ = sliced("""
    fn main:
        call count      # 0
        r2 = -8         # 1
        call 44         # 2
        exit            # 3
    fn count:
        r0 = 7          # 4
        exit            # 5
    """)
    assert not slice_.matters(4)


def test_where_frame_pointers_can_be():
    slice_ = sliced("""
    fn main:
        r6 = r10            # 0
        r7 = r6             # 1
        r7 += -8            # 2
        r8 = 5              # 3
        *(u64 *)(r10 -8) = r7  # 4
        r9 = *(u64 *)(r10 -8)  # 5
        r1 = r9             # 6
        call inner          # 7
        r2 = -8             # 8
        call 44             # 9
        exit                # 10
    fn inner:
        *(u64 *)(r1 +0) = 3  # 11
        r2 = -8             # 12
        call 44             # 13
        exit                # 14
    """)
    assert slice_.may_be_frame_pointer(9, 6)
    assert slice_.may_be_frame_pointer(9, 7)
    assert slice_.may_be_frame_pointer(9, 9)
    assert not slice_.may_be_frame_pointer(9, 8)
    assert slice_.may_be_frame_pointer(11, 1)
    assert not slice_.may_be_frame_pointer(7, 2)


def test_what_a_callback_reads_from_its_callers_frame_is_live():
    slice_ = sliced("""
    fn main:
        r7 = r2                 # 0
        *(u64 *)(r10 -8) = r7   # 1
        r3 = r10                # 2
        r3 += -8                # 3
        r1 = 4                  # 4
        r2 = &run               # 5, 6
        call 181                # 7
        exit                    # 8
    fn run:
        r2 = *(u64 *)(r2 +0)    # 9
        call 44                 # 10
        exit                    # 11
    """)
    assert slice_.live(1).value & 1 << 7
    assert slice_.bears(1)


@pytest.mark.parametrize(
    "line",
    [
        "r3 = 7", "w3 = w4", "r3 += r4", "w3 -= 1", "r3 = -r3", "r3 = bswap16 r3", "r3 = 0x123456789 ll",
        "r3 = *(u32 *)(r10 -8)", "r3 = *(s8 *)(r10 -8)", "*(u8 *)(r10 -1) = 7", "*(u16 *)(r10 -10) = r4",
        "*(u64 *)(r10 -16) = r4", "*(u32 *)(r10 -12) = 9", "lock *(u64 *)(r10 -8) += r4",
        "r4 = atomic64_fetch_add((u64 *)(r10 -8), r4)", "r4 = atomic_xchg((u32 *)(r10 -8), r4)",
        "r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r4)", "r0 = atomic_cmpxchg((u32 *)(r10 -4), r0, r4)",
    ],
)  # fmt: skip
def test_all_that_an_instruction_changes_is_told(line):
    image = assemble(f"{line}\n exit")
    told = Slice(image, reachable_functions(image, 0)).writes(0)
    chooser = random.Random(line)
    for exchanges in [False, True] * 10:
        machine = Machine(
            image, image.programs[0], Input(packet=bytes(14), map_value=b"", seed=chooser.getrandbits(32))
        )
        registers, frame_pointer = machine.frames[0].registers, machine.read(10)

        def stack(machine: Machine = machine, end: int = frame_pointer) -> dict[int, int]:
            return {offset: machine.load(end + offset, 1) for offset in range(-512, 0)}

        registers[:10] = [chooser.getrandbits(64) for _ in range(10)]
        if exchanges:
            registers[0] = machine.load(frame_pointer - 8, 8)
        before, bytes_before = list(registers), stack()
        machine.step()
        changed = sum(1 << at for at in range(10) if registers[at] != before[at])
        for offset, byte in stack().items():
            if byte != bytes_before[offset]:
                changed |= slot_bits(offset, 1)
        assert not changed & ~told, (line, bin(changed), bin(told))
