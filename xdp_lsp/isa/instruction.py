"""One instruction slot (8 bytes) and how to read it from bytes."""

from __future__ import annotations

from typing import NamedTuple

SLOT_SIZE = 8  # bytes

# Instruction classes (the low three bits of the opcode).
LD, LDX, ST, STX, ALU, JMP, JMP32, ALU64 = range(8)
# The source bit of ALU and JMP classes: K uses imm, X uses the src register.
K, X = 0x00, 0x08
# Size bits of load and store, and their bytes.
W, H, B, DW = 0x00, 0x08, 0x10, 0x18
SIZE_BYTES = {W: 4, H: 2, B: 1, DW: 8}
# Mode bits of load and store.
IMM, ABS, IND, MEM, MEMSX, ATOMIC = 0x00, 0x20, 0x40, 0x60, 0x80, 0xC0
# ALU operations (the high four bits).
ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, NEG, MOD, XOR, MOV, ARSH, END = range(0x00, 0xE0, 0x10)
# JMP operations (the high four bits). JCOND is may_goto.
JA, JEQ, JGT, JGE, JSET, JNE, JSGT, JSGE, CALL, EXIT, JLT, JLE, JSLT, JSLE, JCOND = range(0x00, 0xF0, 0x10)
# src_reg of a CALL: a helper by id, a BPF-to-BPF call, a kfunc by BTF id.
CALL_HELPER, PSEUDO_CALL, PSEUDO_KFUNC_CALL = 0, 1, 2
# src_reg of a 64-bit immediate load (opcode LD | IMM | DW, two slots).
LD_IMM64 = LD | IMM | DW
PSEUDO_MAP_FD, PSEUDO_MAP_VALUE, PSEUDO_BTF_ID, PSEUDO_FUNC = 1, 2, 3, 4
PSEUDO_MAP_IDX, PSEUDO_MAP_IDX_VALUE = 5, 6


class Instruction(NamedTuple):
    """One decoded slot. `offset` is signed 16 bits, `imm` signed 32 bits.

    The second slot of a 64-bit immediate load is an Instruction with opcode 0 whose `imm` is the upper half.
    """

    opcode: int
    dst: int
    src: int
    offset: int
    imm: int

    @property
    def klass(self) -> int:
        return self.opcode & 0x07

    @property
    def operation(self) -> int:
        """The high four bits: the operation of ALU and JMP classes."""
        return self.opcode & 0xF0

    @property
    def mode(self) -> int:
        """The high three bits: the addressing mode of load and store classes."""
        return self.opcode & 0xE0

    @property
    def size(self) -> int:
        """Bytes that a load or store moves."""
        return SIZE_BYTES[self.opcode & 0x18]

    @property
    def uses_register(self) -> bool:
        """Whether the second operand of ALU or JMP is the src register rather than imm."""
        return bool(self.opcode & X)

    @property
    def is_wide(self) -> bool:
        """Whether this is the first of the two slots of a 64-bit immediate load."""
        return self.opcode == LD_IMM64
