"""What helpers give and leave, on the machine and (where root lets us) on the kernel; r0 is what a row tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.oracle.kernel import Traced
from tests.support.assembly import assemble
from xdp_lsp.kernel import why_unavailable
from xdp_lsp.machine import Fault, Inputs, Kind, Machine, Source, Unmodelled
from xdp_lsp.program import Image
from xdp_lsp.program.image import Kfunc, MapDefinition

ARRAY, HASH, PERCPU_ARRAY, DEVMAP = 2, 1, 6, 14  # enum bpf_map_type
KEY_AND_VALUE = """
    r6 = r1
    *(u32 *)(r10 -4) = {key}
    *(u64 *)(r10 -16) = 7
"""
UPDATE = """
    r1 = map[m]
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = {flags}
    call 2
"""
LOOKUP = """
    r1 = map[m]
    r2 = r10
    r2 += -4
    call 1
"""
DELETE = """
    r1 = map[m]
    r2 = r10
    r2 += -4
    call 3
"""
READ = "if r0 == 0 goto out\nr0 = *(u64 *)(r0 +0)\nout:\nexit"
SIX_BYTES = "r6 = r1\n*(u32 *)(r10 -8) = 0x01020304\n*(u32 *)(r10 -4) = -1716864052\n"


def program(text: str, kind: int = ARRAY, entries: int = 4) -> Image:
    image = assemble(text)
    definitions = {"m": MapDefinition("m", kind, 4, 8, entries)}
    return replace(image, maps=definitions if image.maps else {})


class Empty(Inputs):
    """Maps that hold nothing, as the kernel makes them."""

    length = 60

    def number(self, source: Source) -> int:
        return 0 if source.kind is Kind.PRESENT else super().number(source)


ROWS = {
    "an array has its indices": (KEY_AND_VALUE.format(key=3) + LOOKUP + READ, ARRAY, 0),
    "and no others": (KEY_AND_VALUE.format(key=4) + LOOKUP + READ, ARRAY, 0),
    "what was put into an array": (
        KEY_AND_VALUE.format(key=2) + UPDATE.format(flags=0) + LOOKUP + READ,
        ARRAY,
        7,
    ),
    "an index too large": (KEY_AND_VALUE.format(key=9) + UPDATE.format(flags=0) + "exit", ARRAY, -7),
    "an array is full of what is there": (
        KEY_AND_VALUE.format(key=1) + UPDATE.format(flags=1) + "exit",
        ARRAY,
        -17,
    ),
    "nothing leaves an array": (KEY_AND_VALUE.format(key=1) + DELETE + "exit", ARRAY, -22),
    "an empty hash": (KEY_AND_VALUE.format(key=1) + LOOKUP + "exit", HASH, 0),
    "what was put into a hash": (
        KEY_AND_VALUE.format(key=77) + UPDATE.format(flags=0) + LOOKUP + READ,
        HASH,
        7,
    ),
    "what is to be there and is not": (
        KEY_AND_VALUE.format(key=1) + UPDATE.format(flags=2) + "exit",
        HASH,
        -2,
    ),
    "what is not to be there and is": (
        KEY_AND_VALUE.format(key=1) + UPDATE.format(flags=1) + UPDATE.format(flags=1) + "exit",
        HASH,
        -17,
    ),
    "what is not there cannot go": (KEY_AND_VALUE.format(key=1) + DELETE + "exit", HASH, -2),
    "what is gone": (
        KEY_AND_VALUE.format(key=1) + UPDATE.format(flags=0) + DELETE + LOOKUP + "exit",
        HASH,
        0,
    ),
    "a per-CPU array": (
        KEY_AND_VALUE.format(key=2) + UPDATE.format(flags=0) + LOOKUP + READ,
        PERCPU_ARRAY,
        7,
    ),
    "an empty slot of a devmap": ("r1 = map[m]\nr2 = 1\nr3 = 2\ncall 51\nexit", DEVMAP, 2),
    "a redirect": ("r1 = 1\nr2 = 0\ncall 23\nexit", ARRAY, 4),
    "a redirect with a flag": ("r1 = 1\nr2 = 1\ncall 23\nexit", ARRAY, 0),
    "the length": ("call 188\nexit", ARRAY, 60),
    "the length after a prepend": ("r6 = r1\nr2 = -8\ncall 44\nr1 = r6\ncall 188\nexit", ARRAY, 68),
    "the length after a cut": ("r6 = r1\nr2 = -20\ncall 65\nr1 = r6\ncall 188\nexit", ARRAY, 40),
    "a cut that leaves no header": ("r2 = -50\ncall 65\nexit", ARRAY, -22),
    "more packet than there can be": ("r2 = 4000\ncall 65\nexit", ARRAY, -22),
    "bytes past the end": (
        SIX_BYTES + "r1 = r6\nr2 = 55\nr3 = r10\nr3 += -8\nr4 = 6\ncall 189\nexit",
        ARRAY,
        -22,
    ),
    "bytes put and got": (
        SIX_BYTES
        + "r1 = r6\nr2 = 54\nr3 = r10\nr3 += -8\nr4 = 6\ncall 190\n"
        + "*(u64 *)(r10 -16) = 0\nr1 = r6\nr2 = 56\nr3 = r10\nr3 += -16\nr4 = 4\ncall 189\n"
        + "r0 = *(u32 *)(r10 -16)\nexit",
        ARRAY,
        0xBBCC0102,
    ),
    "a checksum of what came": (
        SIX_BYTES + "r1 = 0\nr2 = 0\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = 5\ncall 28\n" + "FOLD",
        ARRAY,
        (0x0304 + 0x0102 + 0xBBCC + 0x99AA + 5) % 0xFFFF,
    ),
    "a checksum of what went": (
        SIX_BYTES + "r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\nr4 = 0\nr5 = 0\ncall 28\n" + "FOLD",
        ARRAY,
        -(0x0304 + 0x0102 + 0xBBCC + 0x99AA) % 0xFFFF,
    ),
    "metadata of no whole word": ("r2 = -6\ncall 54\nexit", ARRAY, -13),
    "an atomic exchange": (
        "*(u64 *)(r10 -8) = 5\nr1 = 5\nr0 = 5\nr2 = 9\nr0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r2)\n"
        "r0 = *(u64 *)(r10 -8)\nexit",
        ARRAY,
        9,
    ),
}
# The sums of two machines may differ by a multiple of 0xFFFF (RFC 1071).
FOLD = "r0 %= 65535\nexit"


@pytest.mark.parametrize("name", ROWS)
def test_on_the_machine(name: str) -> None:
    text, kind, wanted = ROWS[name]
    image = program(text.replace("FOLD", FOLD), kind)
    assert Machine(image, image.programs[0], Empty()).run() & 0xFFFFFFFF == wanted & 0xFFFFFFFF


@pytest.mark.parametrize("name", ROWS)
def test_on_the_kernel(name: str) -> None:
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)
    text, kind, wanted = ROWS[name]
    image = program(text.replace("FOLD", FOLD), kind)
    with Traced(image, image.programs[0]) as traced:
        assert traced.run(bytes(60), {})[0] == wanted & 0xFFFFFFFF


class Told(Inputs):
    """Answers as a test says."""

    def __init__(self, **answers: int) -> None:
        self.answers = answers

    def number(self, source: Source) -> int:
        return self.answers.get(source.name.removeprefix("bpf_"), super().number(source))


def test_what_only_an_input_knows() -> None:
    image = assemble("call 7\nr6 = r0\ncall 5\nr0 += r6\nexit")
    assert (
        Machine(image, image.programs[0], Told(get_prandom_u32=3, ktime_get_ns=1 << 40)).run()
        == (1 << 40) + 3
    )


def test_a_route_that_is_found_writes_where_to_go() -> None:
    text = """
        r6 = r10
        r6 += -64
        r2 = r6
        *(u64 *)(r6 +8) = 1
        r3 = 64
        r4 = 0
        call 69
        if r0 != 0 goto out
        r0 = *(u32 *)(r6 +8)
    out:
        exit
    """
    image = assemble(text)
    assert Machine(image, image.programs[0], Told(fib_lookup=4)).run() == 4
    assert Machine(image, image.programs[0], Inputs()).run() == 0


def iterator(start: int, end: int) -> int:
    """How often it gives a number, as the kernel counts."""
    text = f"""
        r6 = 0
        r1 = r10
        r1 += -8
        r2 = {start}
        r3 = {end}
        call 1
    again:
        r1 = r10
        r1 += -8
        call 2
        if r0 == 0 goto out
        r7 = *(u32 *)(r0 +0)
        r6 += 1
        goto again
    out:
        r1 = r10
        r1 += -8
        call 3
        r0 = r6
        exit
    """
    image = assemble(text)
    names = ("bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy")
    calls = [pc for pc, slot in enumerate(image.slots) if slot.opcode == 0x85]
    image = replace(image, kfuncs={pc: Kfunc(name, ()) for pc, name in zip(calls, names, strict=True)})
    return Machine(image, image.programs[0], Inputs()).run()


@pytest.mark.parametrize(("start", "end"), [(0, 10), (3, 4), (5, 5), (9, 2), (-3, 3)])
def test_number_iterators(start: int, end: int) -> None:
    assert iterator(start, end) == len(range(start, end))


def test_a_filled_slot_is_followed_and_no_more_than_33_times() -> None:
    image = assemble(
        "fn main:\nr6 = r1\nr2 = -4\ncall 44\nr1 = r6\nr2 = map[m]\nr3 = 1\ncall 12\nr0 = 5\nexit"
    )
    image = replace(image, maps={"m": MapDefinition("m", 3, 4, 4, 2, {1: 0})})
    machine = Machine(image, image.programs[0], Inputs())
    assert machine.run() == 5
    assert len(machine.attempts) == 34


@pytest.mark.parametrize("call", [113, 70, 9999])
def test_what_is_not_modelled_ends_the_run(call: int) -> None:
    image = assemble(f"r1 = 0\nr2 = 0\nr3 = 0\ncall {call}\nr0 = 0\nexit")
    with pytest.raises(Unmodelled):
        Machine(image, image.programs[0], Inputs()).run()


@pytest.mark.parametrize(
    "text",
    [
        "r0 = *(u64 *)(r1 +0)\nexit",
        "r0 = r5\nexit",
        "r1 = 5\nr0 = *(u8 *)(r1 +0)\nexit",
        "again:\ngoto again",
    ],
)
def test_what_no_verifier_lets_through_is_a_fault(text: str) -> None:
    image = assemble(text)
    with pytest.raises(Fault):
        Machine(image, image.programs[0], Inputs()).run()
