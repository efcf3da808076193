"""What the running kernel's verifier knew of registers and stack slots, held against what we claim of them.

`python -m tests.cases.kernel_values [OBJECT ...]` counts how often which of the two knows more, over the annotated
programs or over these objects.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.cases.building import CASES, USUAL, object_of
from xdp_lsp.domains.circular import unsigned_bounds
from xdp_lsp.domains.scalar import WORD
from xdp_lsp.kernel import LOG_STATES, Loader, LoadError, Refused, kernel_numbering
from xdp_lsp.objfile import load
from xdp_lsp.program import Image, Program, load_image
from xdp_lsp.verifier import Kind, PointValues, Value, kernel_text, values_of
from xdp_lsp.vlog import Register, parse, points

# Kinds of the kernel's, and ours.
_KINDS = {
    "scalar": (Kind.SCALAR,),
    "ctx": (Kind.CONTEXT,),
    "pkt": (Kind.PACKET,),
    "pkt_end": (Kind.PACKET_END,),
    "pkt_meta": (Kind.METADATA, Kind.PACKET),
    "fp": (Kind.STACK,),
    "map_ptr": (Kind.MAP,),
    "map_value": (Kind.MAP_VALUE, Kind.DATA),
    "map_value_or_null": (Kind.MAP_VALUE,),
}
_WORD, _HALF = (1 << 64) - 1, (1 << 32) - 1


class Box(NamedTuple):
    """The ends of a number's range in each of the readings of the kernel, and which of its bits can be set."""

    signed: tuple[int, int]
    unsigned: tuple[int, int]
    low: tuple[int, int]
    bits: tuple[int, int]  # those that can be clear, those that can be set

    def holds(self, other: Box) -> bool:
        ranges = zip(self[:3], other[:3], strict=True)
        bits = zip(self.bits, other.bits, strict=True)
        return all(a[0] <= b[0] and b[1] <= a[1] for a, b in ranges) and not any(b & ~a for a, b in bits)

    def meets(self, other: Box) -> bool:
        ranges = zip(self[:3], other[:3], strict=True)
        impossible = ~((self.bits[0] & other.bits[0]) | (self.bits[1] & other.bits[1]))
        return all(max(a[0], b[0]) <= min(a[1], b[1]) for a, b in ranges) and not impossible & _WORD

    def hull(self, other: Box) -> Box:
        ranges = [(min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(self[:3], other[:3], strict=True)]
        return Box(*ranges, (self.bits[0] | other.bits[0], self.bits[1] | other.bits[1]))


def box_of(value: Value) -> Box:
    number, bits = value.number, value.number.bits
    return Box(
        WORD.signed(number),
        WORD.unsigned(number),
        unsigned_bounds(number.low_range, WORD.half),
        (~bits.value & _WORD, bits.value | bits.mask),
    )


def box_of_register(register: Register) -> Box | None:
    """None where its offset is not told."""
    one = register.value
    if register.offset is None:
        return None
    if register.offset:  # a pointer: its offset as a whole
        return box_of(Value(Kind.OTHER, WORD.between(one.smin + register.offset, one.smax + register.offset)))
    bits = one.var_off
    return Box(
        (one.smin, one.smax),
        (one.umin, one.umax),
        (one.umin32, one.umax32),
        (~bits.value & _WORD, bits.value | bits.mask),
    )


class Compared(NamedTuple):
    """`outcomes` counts places before instructions; `apart` has those where the two cannot both be right, in words."""

    outcomes: Counter[str]
    apart: list[str]


def compared(image: Image, contents: bytes) -> Compared:
    """All programs of an object whose programs the kernel loads, or refuses: what it logged until then holds."""
    outcomes: Counter[str] = Counter()
    apart: list[str] = []
    with Loader(image, load(contents)) as loader:
        for program in image.programs:
            try:
                with loader.load(program, verbosity=LOG_STATES) as loaded:
                    text = loaded.log
            except Refused as error:
                text = error.log
            except LoadError:
                continue
            _compare(image, program, text, outcomes, apart)
    return Compared(outcomes, apart)


def _compare(image: Image, program: Program, text: str, outcomes: Counter[str], apart: list[str]) -> None:
    numbering = kernel_numbering(image, program)
    claims = values_of(image, program)
    seen: dict[tuple[int, str], list[Register]] = {}
    for log in parse(text).programs:
        for point in points(log):
            for name, register in point.registers.items():
                seen.setdefault((numbering[point.visit.pc], name), []).append(register)
    for (pc, name), registers in seen.items():
        if pc not in claims:
            outcomes["unreachable"] += 1  # on a path that the kernel cannot rule out
            continue
        claimed = _claimed(claims[pc], name)
        known = list(dict.fromkeys(_known(registers)))
        outcome = _outcome(claimed, known)
        if outcome == "apart" and any(register.kind not in _KINDS for register in registers):
            outcome = "of another kind"
        outcomes[outcome] += 1
        if outcome == "apart":
            told = kernel_text(claimed) if claimed is not None else "anything"
            apart.append(f"{program.name}, pc {pc}: {name} is {told}, not {registers[-1].text}")


def _known(registers: list[Register]) -> Iterator[tuple[str, Box]]:
    for register in registers:
        box = box_of_register(register)
        if box is not None and register.kind in _KINDS:
            yield register.kind, box


def _claimed(claim: PointValues, name: str) -> Value | None:
    if name.startswith("R"):
        return claim.registers[int(name[1:])]
    slot = claim.stack.get(int(name[2:]))
    return slot[1] if slot is not None and slot[0] == 8 else None


def _outcome(claimed: Value | None, known: list[tuple[str, Box]]) -> str:
    if not known:
        return "of another kind"  # such as the number that an iterator gives: to us it is on the stack
    if claimed is None or claimed.kind is Kind.OTHER:
        unknown = all(kind == "scalar" and box.signed == (-1 << 63, (1 << 63) - 1) for kind, box in known)
        return "equal" if unknown else "wider"
    mine = box_of(claimed)
    theirs: Box | None = None
    meet = False
    for kind, box in known:
        if claimed.kind in _KINDS[kind]:
            meet |= mine.meets(box)
            theirs = box if theirs is None else theirs.hull(box)
        elif claimed.may_be_null and kind == "scalar":
            meet = True
    if not meet:
        return "apart"
    if theirs is None:
        return "wider"
    if mine == theirs:
        return "equal"
    return "tighter" if theirs.holds(mine) else "wider" if mine.holds(theirs) else "neither"


def main(paths: list[str]) -> None:
    total: Counter[str] = Counter()
    objects: Mapping[str, bytes] = (
        {path: Path(path).read_bytes() for path in paths}
        if paths
        else {case: object_of(case, USUAL) for case in CASES}
    )
    for name, contents in objects.items():
        found = compared(load_image(contents), contents)
        total += found.outcomes
        for sentence in found.apart:
            print(f"{name}: {sentence}")
        if paths:
            print(name, dict(found.outcomes))
    print(dict(total))


if __name__ == "__main__":
    main(sys.argv[1:])
