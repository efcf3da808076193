"""Programs for tests, without a compiler: instructions with labels, linked to an `Image`."""

from __future__ import annotations

from dataclasses import dataclass, field

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.program.image import (
    Address,
    Attach,
    DataAddress,
    DataSection,
    Function,
    FunctionAddress,
    Image,
    MapAddress,
    MapDefinition,
    Program,
)

MAP = "values"  # an array of one element of MAP_SIZE bytes
MAP_SIZE = 64
TABLE = ".rodata"  # a section of constants
OPERATIONS = {
    "+": isa.ADD, "-": isa.SUB, "*": isa.MUL, "/": isa.DIV, "|": isa.OR, "&": isa.AND, "<<": isa.LSH, ">>": isa.RSH,
    "%": isa.MOD, "^": isa.XOR, "=": isa.MOV, "s>>": isa.ARSH,
}  # fmt: skip
CONDITIONS = {
    "==": isa.JEQ, ">": isa.JGT, ">=": isa.JGE, "&": isa.JSET, "!=": isa.JNE, "s>": isa.JSGT, "s>=": isa.JSGE,
    "<": isa.JLT, "<=": isa.JLE, "s<": isa.JSLT, "s<=": isa.JSLE,
}  # fmt: skip
SIZES = {1: isa.B, 2: isa.H, 4: isa.W, 8: isa.DW}


@dataclass
class Assembler:
    """Appends instructions; `link` resolves the labels.

    Registers are numbers; an operand "r3" is a register, 3 is a number.
    """

    slots: list[Instruction] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    jumps: dict[int, str] = field(default_factory=dict)
    calls: dict[int, str] = field(default_factory=dict)
    addresses: dict[int, Address | str] = field(default_factory=dict)
    functions: list[str] = field(default_factory=list)
    _made: int = 0

    def emit(self, opcode: int, dst: int = 0, src: int = 0, offset: int = 0, imm: int = 0) -> None:
        self.slots.append(Instruction(opcode, dst, src, offset, ((imm + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)))

    def new_label(self) -> str:
        self._made += 1
        return f"L{self._made}"

    def label(self, name: str) -> None:
        self.labels[name] = len(self.slots)

    def function(self, name: str) -> None:
        """Everything from here to the next function is `name`."""
        self.functions.append(name)
        self.label(name)

    def alu(self, dst: int, operation: str, operand: int | str, bits: int = 64, offset: int = 0) -> None:
        klass = isa.ALU64 if bits == 64 else isa.ALU
        if isinstance(operand, str):
            self.emit(klass | isa.X | OPERATIONS[operation], dst, int(operand[1:]), offset)
        else:
            self.emit(klass | OPERATIONS[operation], dst, 0, offset, operand)

    def neg(self, dst: int, bits: int = 64) -> None:
        self.emit((isa.ALU64 if bits == 64 else isa.ALU) | isa.NEG, dst)

    def swap(self, dst: int, bits: int, kind: str) -> None:
        klass = isa.ALU64 if kind == "bswap" else isa.ALU
        self.emit(klass | isa.END | (isa.X if kind == "be" else 0), dst, imm=bits)

    def load(self, dst: int, size: int, base: int, offset: int, *, signed: bool = False) -> None:
        self.emit(isa.LDX | SIZES[size] | (isa.MEMSX if signed else isa.MEM), dst, base, offset)

    def store(self, size: int, base: int, offset: int, value: int | str) -> None:
        if isinstance(value, str):
            self.emit(isa.STX | SIZES[size] | isa.MEM, base, int(value[1:]), offset)
        else:
            self.emit(isa.ST | SIZES[size] | isa.MEM, base, 0, offset, value)

    def atomic(self, size: int, base: int, offset: int, src: int, what: int) -> None:
        self.emit(isa.STX | SIZES[size] | isa.ATOMIC, base, src, offset, what)

    def wide(self, dst: int, value: int | Address | str) -> None:
        """A 64-bit immediate load: a number, an address, or (text) the address of a function."""
        if isinstance(value, int):
            self.emit(isa.LD_IMM64, dst, 0, 0, value)
            self.emit(0, imm=value >> 32)
            return
        self.addresses[len(self.slots)] = value
        kind, upper = isa.PSEUDO_MAP_VALUE, 0
        if isinstance(value, str):
            kind = isa.PSEUDO_FUNC
        elif isinstance(value, MapAddress):
            kind = isa.PSEUDO_MAP_FD if value.value_offset is None else isa.PSEUDO_MAP_VALUE
            upper = value.value_offset or 0
        elif isinstance(value, DataAddress):
            upper = value.offset
        self.emit(isa.LD_IMM64, dst, kind)
        self.emit(0, imm=upper)

    def map_value(self, dst: int, offset: int = 0) -> None:
        self.wide(dst, MapAddress(MAP, offset))

    def jump(self, label: str) -> None:
        self.jumps[len(self.slots)] = label
        self.emit(isa.JMP | isa.JA)

    def branch(self, register: int, condition: str, operand: int | str, label: str, bits: int = 64) -> None:
        klass = isa.JMP if bits == 64 else isa.JMP32
        self.jumps[len(self.slots)] = label
        if isinstance(operand, str):
            self.emit(klass | isa.X | CONDITIONS[condition], register, int(operand[1:]))
        else:
            self.emit(klass | CONDITIONS[condition], register, imm=operand)

    def call(self, helper: int) -> None:
        self.emit(isa.JMP | isa.CALL, imm=helper)

    def call_function(self, name: str) -> None:
        self.calls[len(self.slots)] = name
        self.emit(isa.JMP | isa.CALL, src=isa.PSEUDO_CALL)

    def exit(self) -> None:
        self.emit(isa.JMP | isa.EXIT)

    def adjust(self, helper: int, delta: int | str, context: int = 6) -> None:
        """bpf_xdp_adjust_head() (44) or one like it, with the context in a register."""
        if delta != "r2":
            self.alu(2, "=", delta)
        self.alu(1, "=", f"r{context}")
        self.call(helper)

    def link(self, table: bytes = b"", *, big_endian: bool = False) -> tuple[Image, Program]:
        """The image, and its program: the first function."""
        slots = list(self.slots)
        for pc, label in self.jumps.items():
            slots[pc] = slots[pc]._replace(offset=self.labels[label] - pc - 1)
        calls = {pc: self.labels[name] for pc, name in self.calls.items()}
        for pc, callee in calls.items():
            slots[pc] = slots[pc]._replace(imm=callee - pc - 1)
        addresses: dict[int, Address] = {}
        for pc, value in self.addresses.items():
            addresses[pc] = FunctionAddress(self.labels[value]) if isinstance(value, str) else value
        starts = [self.labels[name] for name in self.functions]
        functions = tuple(
            Function(name, "xdp", start, end, is_global=False)
            for name, start, end in zip(self.functions, starts, [*starts[1:], len(slots)], strict=True)
        )
        program = Program(self.functions[0], "xdp", starts[0], Attach.XDP)
        image = Image(
            tuple(slots),
            functions,
            (program,),
            big_endian=big_endian,
            calls=calls,
            addresses=addresses,
            maps={MAP: MapDefinition(MAP, 2, 4, MAP_SIZE, 1)},
            data={TABLE: DataSection(TABLE, table, True, (), True)} if table else {},
        )
        return image, program
