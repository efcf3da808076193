"""Local variables and parameters: from what DWARF says of their places to those that the instructions use."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import SLOT_SIZE, Instruction
from xdp_lsp.objfile import DwarfInstance, DwarfLocation, DwarfType, DwarfVariable, Operation
from xdp_lsp.program.image import Function
from xdp_lsp.program.variables import Variable, VariableCopy, VariableLocation
from xdp_lsp.source import SourceLocation

FRAME_POINTER = 10


class VariableReader:
    """Gives variables the places of the linked object.

    `chains` are the call sites of each inlined call, as its index in DWARF says; `locate` makes a place of a path and
    a line of DWARF.
    """

    def __init__(
        self,
        slots: Sequence[Instruction],
        functions: Sequence[Function],
        chains: Sequence[tuple[SourceLocation, ...]],
        locate: Callable[[str, int], SourceLocation],
        *,
        big_endian: bool,
    ) -> None:
        self._slots = slots
        self._big_endian = big_endian
        self._functions = functions
        self._chains = chains
        self._locate = locate
        self._frames: dict[int, Frame] = {}  # by the function's start

    def read(self, found: Sequence[DwarfVariable]) -> tuple[Variable, ...]:
        """The variables of `found`, in its order."""
        for variable in found:
            for instance in variable.instances:
                for location in instance.locations:
                    self._note(location, variable.type)
        return tuple(map(self._variable, found))

    def _note(self, location: DwarfLocation, type_: DwarfType) -> None:
        offset = _offset_in_memory(location.expression)
        frame = self._frame_at(location.low // SLOT_SIZE)
        if offset is not None and frame is not None and type_.size:
            frame.note(offset, type_.size, big_endian=self._big_endian)

    def _frame_at(self, pc: int) -> Frame | None:
        at = bisect_right(self._functions, pc, key=lambda function: function.start) - 1
        if at < 0 or pc >= self._functions[at].end:
            return None
        function = self._functions[at]
        if function.start not in self._frames:
            self._frames[function.start] = Frame(self._slots, function.start, function.end)
        return self._frames[function.start]

    def _variable(self, found: DwarfVariable) -> Variable:
        return Variable(
            found.name,
            found.type,
            self._locate(found.path, found.line),
            found.function,
            self._locate(found.function_path, found.function_line),
            tuple(self._copy(instance) for instance in found.instances),
        )

    def _copy(self, instance: DwarfInstance) -> VariableCopy:
        locations = []
        for low, high, expression in instance.locations:
            if low < high and (frame := self._frame_at(low // SLOT_SIZE)) is not None:
                real = None if expression is None else frame.on_r10(expression, big_endian=self._big_endian)
                start, end = self._pcs(low, high)
                locations.append(VariableLocation(start, end, real))
        return VariableCopy(
            self._chains[instance.call] if instance.call is not None else (),
            tuple(self._pcs(low, high) for low, high in instance.scope if low < high),
            tuple(locations),
        )

    def _pcs(self, low: int, high: int) -> tuple[int, int]:
        end = min(high // SLOT_SIZE, len(self._slots))
        return min(low // SLOT_SIZE, end), end


class Frame:
    """The stack of a function, as its instructions use it and as DWARF counts on it.

    clang up to 22 writes a stack slot's offset from the *lowest* address of the frame, and names as what it counts
    from r10, which is the highest: BPFFrameLowering inherits TargetFrameLowering::getFrameIndexReference(), which
    adds the frame's size (LLVM 22). Such an offset is not negative, and no true one is anything else. The size is
    nowhere in the object. It is the depth of the deepest slot that is used, in whole words: slots that nothing
    uses are not laid out.
    """

    def __init__(self, slots: Sequence[Instruction], start: int, end: int) -> None:
        self._used = list(_stack_uses(slots, start, end))
        self._size = -min((offset for offset, _ in self._used), default=0) + 7 & ~7
        self._is_doubtful = False
        self._spilled: set[int] = set()

    def note(self, offset: int, size: int, *, big_endian: bool) -> None:
        """A variable of `size` bytes is at `offset`, as DWARF counts.

        Of a struct whose first bytes nobody touches the depth would come out too small. Then variables end beyond the
        frame, or are where no instruction looks; nothing is said of any of them.
        """
        low, high = offset - self._size, offset - self._size + size
        if high > 0 or not any(use < high and low < use + length for use, length in self._used):
            self._is_doubtful = True
        # Of a register that was spilled clang names the slot's address. Its low bytes are at the other end.
        if big_endian and any(use == low and length > size for use, length in self._used):
            self._spilled.add(offset)

    def on_r10(self, expression: tuple[Operation, ...], *, big_endian: bool) -> tuple[Operation, ...] | None:
        """`expression` with offsets as the instructions have them, None where they cannot be told."""
        real: list[Operation] = []
        for operation in expression:
            name, operands = operation
            if name in ("reg", "breg") and operands[0] == FRAME_POINTER:
                offset = operands[1] if name == "breg" else 0
                if offset >= 0:
                    if self._is_doubtful or offset in self._spilled:
                        return None
                    offset -= self._size
                real.append(Operation("breg", (FRAME_POINTER, offset)))
                if name == "reg":  # not a register's number but the address of the slot
                    real.append(Operation("stack_value"))
            else:
                real.append(operation)
        names = [operation.name for operation in real]
        if "convert" not in names or "stack_value" in names:
            return tuple(real)
        return _of_converted(real, big_endian=big_endian)


def _of_converted(operations: list[Operation], *, big_endian: bool) -> tuple[Operation, ...] | None:
    """Where an address would be truncated, which nobody does, the number that is meant.

    clang up to 22 leaves it out that the number in a register is the value itself; and of a register that it spilled,
    that what is converted is what the slot holds (the first conversion is to the register's own width).
    """
    first = operations[0]
    if first.name != "breg" or any(operation.name != "convert" for operation in operations[1:]):
        return None
    if first.operands[0] == FRAME_POINTER:
        width = operations[1].operands[0] if operations[1].operands else 64
        if big_endian or width not in (8, 16, 32, 64):
            return None
        operations.insert(1, Operation("deref_size", (width // 8,)))
    return (*operations, Operation("stack_value"))


def _offset_in_memory(expression: tuple[Operation, ...] | None) -> int | None:
    """The offset of a variable that is wholly in a stack slot, as DWARF counts where that is not negative."""
    if expression is None or len(expression) != 1:
        return None
    name, operands = expression[0]
    if name != "breg" or operands[0] != FRAME_POINTER or operands[1] < 0:
        return None
    return operands[1]


def _stack_uses(slots: Sequence[Instruction], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Offset from r10 and size of what instructions access; size 1 where they take the address of it."""
    known: dict[int, int] = {
        FRAME_POINTER: 0
    }  # register -> offset from r10, in this stretch of straight code
    for pc in range(start, end):
        it = slots[pc]
        if it.klass in (isa.LDX, isa.ST, isa.STX):
            base = it.src if it.klass == isa.LDX else it.dst
            if base in known:
                yield known[base] + it.offset, it.size
            if it.klass == isa.LDX:
                known.pop(it.dst, None)
            elif it.mode == isa.ATOMIC:  # it may give back what was there
                known = {FRAME_POINTER: 0}
        elif it.klass in (isa.JMP, isa.JMP32):
            known = {FRAME_POINTER: 0}
        elif it.opcode == isa.ALU64 | isa.MOV | isa.X and it.src in known and not it.offset:
            known[it.dst] = known[it.src]
        elif it.opcode == isa.ALU64 | isa.ADD and it.dst in known:
            known[it.dst] += it.imm
            yield known[it.dst], 1
        elif it.dst != FRAME_POINTER:
            known.pop(it.dst, None)
