"""The effect of one instruction that is neither a jump nor a call."""

from __future__ import annotations

from xdp_lsp.domains.scalar import WORD
from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.validity import CMPXCHG, FETCH, LOAD_ACQUIRE, STORE_RELEASE
from xdp_lsp.program.image import (
    DataAddress,
    FunctionAddress,
    Image,
    MapAddress,
)
from xdp_lsp.verifier import arithmetic, linear
from xdp_lsp.verifier.linear import Linear, constant, of_symbol
from xdp_lsp.verifier.memory import Memory
from xdp_lsp.verifier.result import ReasonKind
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.symbols import Origin, Region

_MASK32 = 0xFFFFFFFF


# Symbols in one form; a sum of more (a checksum's loop, mostly) becomes one symbol with the sum's values.
_MOST_TERMS = 8


class Transfer:
    """Applies instructions of one image to states, in place."""

    def __init__(self, image: Image, memory: Memory) -> None:
        self._image = image
        self._memory = memory

    def apply(self, state: State, pc: int, instruction: Instruction) -> None:
        """Applies an ALU, load or store instruction. What it does not know becomes unknown."""
        klass = instruction.klass
        registers = state.frame.registers
        if klass in (isa.ALU64, isa.ALU):
            registers[instruction.dst] = _short(state, pc, self._alu(state, pc, instruction))
        elif klass == isa.LDX:
            registers[instruction.dst] = self._load(state, pc, instruction)
        elif klass in (isa.ST, isa.STX):
            self._store(state, pc, instruction)
        elif instruction.is_wide:
            registers[instruction.dst] = self._wide(state, pc, instruction)
        else:  # legacy packet load (LD_ABS, LD_IND): r0 is the value, r1 to r5 are lost
            registers[0:6] = [None] * 6
            registers[0] = of_symbol(
                state.facts.table.fresh(
                    WORD.of_width(8 * instruction.size),
                    Origin(ReasonKind.READ, pc, "read from the packet"),
                )
            )

    # -- ALU ------------------------------------------------------------------------------------

    def _alu(self, state: State, pc: int, instruction: Instruction) -> Linear | None:
        facts = state.facts
        operation = instruction.operation
        width = 64 if instruction.klass == isa.ALU64 else 32
        if operation == isa.END:
            return self._byte_order(state, instruction)
        if operation == isa.NEG:
            negated = linear.scale(state.scalar(instruction.dst), -1)
            return negated if width == 64 else arithmetic.zero_extend(facts, negated, width)
        immediate = constant(instruction.imm if width == 64 else instruction.imm & _MASK32)
        if pc in self._image.patched and not instruction.uses_register:  # CO-RE: the number is the loader's
            immediate = self._patched(state, pc, width)
        if operation == isa.MOV and not instruction.uses_register:
            return immediate
        if operation == isa.MOV:
            source = state.scalar(instruction.src)
            if instruction.offset in (8, 16, 32):  # movsx
                source = arithmetic.sign_extend(facts, source, instruction.offset)
            elif instruction.offset:  # address-space cast (offset 1): an arena pointer, in no frame
                return of_symbol(facts.table.fresh(WORD.top))
            return source if width == 64 else arithmetic.zero_extend(facts, source, width)
        operand = state.scalar(instruction.src) if instruction.uses_register else immediate
        return arithmetic.operate(
            facts,
            operation,
            state.scalar(instruction.dst),
            operand,
            width=width,
            signed=bool(instruction.offset),
        )

    def _byte_order(self, state: State, instruction: Instruction) -> Linear:
        """to_le, to_be (ALU) and bswap (ALU64) of the low `imm` bits."""
        source, bits = state.scalar(instruction.dst), instruction.imm
        if bits not in (16, 32, 64):
            return of_symbol(state.facts.table.fresh(WORD.top))
        to_big = instruction.uses_register
        if instruction.klass == isa.ALU64 or to_big != self._image.big_endian:
            return arithmetic.byte_swap(state.facts, source, bits)
        return arithmetic.zero_extend(state.facts, source, bits) if bits < 64 else source

    def _patched(self, state: State, pc: int, bits: int) -> Linear:
        origin = Origin(ReasonKind.READ, pc, f"set by the loader ({self._image.patched[pc]})")
        return of_symbol(state.facts.table.fresh(WORD.of_width(bits), origin))

    # -- memory ---------------------------------------------------------------------------------

    def _load(self, state: State, pc: int, instruction: Instruction) -> Linear:
        facts = state.facts
        size = instruction.size
        base = self._base(state, pc, instruction.src)
        if base is None:
            base = of_symbol(facts.table.fresh(WORD.top, region=Region.UNKNOWN))
        value = self._memory.load(state, pc, base, instruction.offset, size)
        if instruction.mode == isa.MEMSX:
            return arithmetic.sign_extend(facts, value, 8 * size)
        return value

    def _base(self, state: State, pc: int, register: int) -> Linear | None:
        """The address in `register`; where CO-RE patches the access, with the unknown offset that the loader adds."""
        base = state.frame.registers[register]
        if base is None or pc not in self._image.patched:
            return base
        return linear.add(base, self._patched(state, pc, 32))

    def _store(self, state: State, pc: int, instruction: Instruction) -> None:
        base = self._base(state, pc, instruction.dst)
        size = instruction.size
        stores_constant = instruction.klass == isa.ST
        form = constant(instruction.imm) if stores_constant else state.frame.registers[instruction.src]
        if instruction.mode != isa.ATOMIC:
            self._memory.store(state, base, instruction.offset, size, form)
            return
        operation = instruction.imm
        if operation == LOAD_ACQUIRE:
            source = state.scalar(instruction.src)
            state.frame.registers[instruction.dst] = self._memory.load(
                state, pc, source, instruction.offset, size
            )
            return
        self._memory.store(
            state, base, instruction.offset, size, form if operation == STORE_RELEASE else None
        )
        if operation & FETCH and operation != STORE_RELEASE:
            fetched = 0 if operation == CMPXCHG else instruction.src
            state.frame.registers[fetched] = None

    def _wide(self, state: State, pc: int, instruction: Instruction) -> Linear:
        table = state.facts.table
        address = self._image.addresses.get(pc)
        if address is None and pc not in self._image.patched:
            upper = self._image.slots[pc + 1].imm
            return constant((upper << 32) | (instruction.imm & _MASK32))
        if isinstance(address, DataAddress):
            return linear.shift(of_symbol(table.data_section(address.section)), address.offset)
        if isinstance(address, FunctionAddress):
            return of_symbol(table.function(address.pc))
        if isinstance(address, MapAddress):
            if address.value_offset is None:
                return of_symbol(table.map(address.map))
            return linear.shift(of_symbol(table.pointer(Region.OTHER, address.map)), address.value_offset)
        reason = address.reason if address is not None else self._image.patched[pc]
        origin = Origin(ReasonKind.READ, pc, f"set by the loader ({reason})")
        return of_symbol(table.fresh(WORD.top, origin))


def _short(state: State, pc: int, form: Linear | None) -> Linear | None:
    if form is None or len(form.terms) <= _MOST_TERMS:
        return form
    parents = tuple(symbol for symbol, _ in form.terms)
    origin = Origin(ReasonKind.WIDENED, pc, "a sum of many values", parents)
    region = state.facts.table.region(form)
    return of_symbol(
        state.facts.table.fresh(state.facts.evaluate(form), origin, None if region is None else region[0])
    )
