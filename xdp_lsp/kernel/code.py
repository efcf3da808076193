"""The code of one program as the kernel takes it: its functions one after another, with more put in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.kernel.bpf import LoadError
from xdp_lsp.program.image import Function, FunctionAddress, Image, Program

_GOTOL = isa.JMP32 | isa.JA
_FAR = 1 << 15  # slots; the offset of a jump has 16 bits


class Additions(NamedTuple):
    """Instructions to put in: `prologue` before everything, others before and after an instruction, by its pc.

    A jump to an instruction arrives at what was put before it, and so does falling through. Jumps inside of what
    is put in must stay inside.
    """

    prologue: Sequence[Instruction] = ()
    before: Mapping[int, Sequence[Instruction]] = {}
    after: Mapping[int, Sequence[Instruction]] = {}


NOTHING = Additions()


class Code(NamedTuple):
    """`at` is where each instruction of the image stands now, by its pc; `starts` the same for functions."""

    slots: list[Instruction]
    at: Mapping[int, int]
    starts: Mapping[int, int]


def functions_of(image: Image, program: Program) -> list[Function]:
    """The functions that `program` consists of, as libbpf lays them out. Raises LoadError where one is missing.

    Its own is first; each that is called for the first time follows, before what its caller calls next
    (tools/lib/bpf/libbpf.c, bpf_object__reloc_code(), Linux 7.2). The kernel numbers instructions in this order.
    """
    found: dict[int, Function] = {}
    todo = [program.entry]
    while todo:
        start = todo.pop()
        if start in found:
            continue
        function = image.function_at(start)
        if function is None or function.start != start:
            raise LoadError(f"Something is called (instruction {start}) that is no function.")
        found[start] = function
        todo += reversed([*_used_by(image, function)])
    return list(found.values())


def kernel_numbering(image: Image, program: Program) -> list[int]:
    """For each slot of `program` as the kernel numbers it, when it was loaded as it is, its pc in `image`.

    Raises LoadError as `functions_of`.
    """
    return [pc for one in functions_of(image, program) for pc in range(one.start, one.end)]


def _used_by(image: Image, function: Function) -> Iterator[int]:
    for pc in range(function.start, function.end):
        if pc in image.calls:
            yield image.calls[pc]
        elif isinstance(target := image.addresses.get(pc), FunctionAddress):
            yield target.pc


def arrange(image: Image, functions: Sequence[Function], additions: Additions) -> Code:
    """`functions` of `image` with `additions`; jumps, calls and addresses of functions are made to fit.

    Raises LoadError where a jump becomes too long.
    """
    moved: dict[int, int] = {}  # where what stands before each old pc begins
    at: dict[int, int] = {}
    ends: dict[int, int] = {}
    position = len(additions.prologue)
    for function in functions:
        for pc in range(function.start, function.end):
            moved[pc] = position
            at[pc] = position + len(additions.before.get(pc, ()))
            position = at[pc] + 1 + len(additions.after.get(pc, ()))
        ends[function.end] = position
    starts = {function.start: moved[function.start] for function in functions} | {functions[0].start: 0}
    # A jump behind the last instruction is the verifier's to refuse.
    targets = ends | moved
    slots = list(additions.prologue)
    for function in functions:
        for pc in range(function.start, function.end):
            slots += additions.before.get(pc, ())
            slots.append(_moved(image, pc, at[pc], targets, starts))
            slots += additions.after.get(pc, ())
    return Code(slots, at, starts)


def _moved(
    image: Image, pc: int, now: int, targets: Mapping[int, int], starts: Mapping[int, int]
) -> Instruction:
    """The instruction at `pc` as it has to be at `now`."""
    slot = image.slots[pc]
    if slot.is_wide and isinstance(target := image.addresses.get(pc), FunctionAddress):
        return slot._replace(src=isa.PSEUDO_FUNC, imm=starts[target.pc] - now - 1)
    if pc in image.calls:
        return slot._replace(src=isa.PSEUDO_CALL, imm=starts[image.calls[pc]] - now - 1)
    if slot.klass not in (isa.JMP, isa.JMP32) or slot.operation in (isa.EXIT, isa.CALL):
        return slot
    if slot.operation == isa.JA and slot.uses_register:
        raise LoadError("It jumps through a register (gotox), whose tables are not brought into the kernel.")
    distance = slot.imm if slot.opcode == _GOTOL else slot.offset
    place = targets.get(pc + 1 + distance)
    if place is None:
        raise LoadError(f"The jump at instruction {pc} leaves its function.")
    distance = place - now - 1
    if slot.opcode == _GOTOL:
        return slot._replace(imm=distance)
    if not -_FAR <= distance < _FAR:
        raise LoadError(f"The jump at instruction {pc} becomes too long for its 16 bits.")
    return slot._replace(offset=distance)
