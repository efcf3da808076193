"""Which instructions the kernel takes, and in words why it refuses another.

Source: kernel/bpf/core.c, bpf_opcode_in_insntable(), and the checks of reserved fields in
kernel/bpf/verifier.c (Linux 7.2); Documentation/bpf/standardization/instruction-set.rst.
"""

from __future__ import annotations

from xdp_lsp.isa.instruction import (
    ABS,
    ADD,
    ALU,
    ALU64,
    AND,
    ARSH,
    ATOMIC,
    CALL,
    CALL_HELPER,
    DIV,
    DW,
    END,
    EXIT,
    IND,
    JA,
    JCOND,
    JMP,
    JMP32,
    LD,
    LD_IMM64,
    LDX,
    LSH,
    MEM,
    MEMSX,
    MOD,
    MOV,
    NEG,
    OR,
    PSEUDO_CALL,
    PSEUDO_KFUNC_CALL,
    PSEUDO_MAP_IDX_VALUE,
    RSH,
    ST,
    STX,
    XOR,
    Instruction,
    K,
)

# imm of STX | ATOMIC (include/uapi/linux/bpf.h).
FETCH = 0x01
XCHG, CMPXCHG = 0xE0 | FETCH, 0xF0 | FETCH
LOAD_ACQUIRE, STORE_RELEASE = 0x100, 0x110


def is_load_acquire(instruction: Instruction) -> bool:
    """Whether it is the atomic instruction that loads: the one of class STX whose dst is written."""
    return instruction.klass == STX and instruction.mode == ATOMIC and instruction.imm == LOAD_ACQUIRE


_ATOMIC_ALU = frozenset((ADD, OR, AND, XOR))

FRAME_POINTER = 10  # the last register, and read-only


def why_invalid(instruction: Instruction, following: Instruction | None = None) -> str | None:
    """Why no kernel takes `instruction`, as a phrase; None where it is valid.

    `following` is the slot after it: the second half of a 64-bit immediate load.
    """
    if instruction.dst > FRAME_POINTER or instruction.src > FRAME_POINTER:
        return f"register r{max(instruction.dst, instruction.src)} does not exist"
    klass = instruction.klass
    if klass in (ALU, ALU64):
        return _why_invalid_alu(instruction)
    if klass in (JMP, JMP32):
        return _why_invalid_jump(instruction)
    if klass == LD:
        return _why_invalid_ld(instruction, following)
    return _why_invalid_memory(instruction)


def _unknown(instruction: Instruction) -> str:
    return f"opcode {instruction.opcode:#04x} is unknown"


def _reserved(*fields: int) -> str | None:
    return "a reserved field is not zero" if any(fields) else None


def _why_invalid_alu(instruction: Instruction) -> str | None:
    opcode, dst, src, offset, imm = instruction
    operation, is_wide = instruction.operation, instruction.klass == ALU64
    if operation > END:
        return _unknown(instruction)
    if dst == FRAME_POINTER:
        return "the frame pointer r10 is read-only"
    if operation == END:
        if is_wide and instruction.uses_register:
            return _unknown(instruction)
        if imm not in (16, 32, 64):
            return f"a byte swap of {imm} bits does not exist"
        return _reserved(src, offset)
    if operation == NEG:
        return _unknown(instruction) if instruction.uses_register else _reserved(src, offset, imm)
    if operation == MOV and instruction.uses_register:
        if is_wide and offset == 1:  # addr_space_cast
            return (
                None if imm in (1, 1 << 16) else "an address-space cast between these spaces does not exist"
            )
        widths = (0, 8, 16, 32) if is_wide else (0, 8, 16)
        return (
            f"a move with sign extension of {offset} bits does not exist"
            if offset not in widths
            else _reserved(imm)
        )
    if operation in (DIV, MOD):
        if offset not in (0, 1):
            return f"a division with offset {offset} does not exist"
        if opcode & 0x08 == K and not imm:
            return "a division by the constant zero"
        return _reserved(imm) if instruction.uses_register else _reserved(src)
    if (
        operation in (LSH, RSH, ARSH)
        and not instruction.uses_register
        and not 0 <= imm < (64 if is_wide else 32)
    ):
        return f"a shift by {imm} bits"
    return _reserved(offset, imm if instruction.uses_register else src)


def _why_invalid_jump(instruction: Instruction) -> str | None:
    opcode, dst, src, offset, imm = instruction
    operation, is_wide = instruction.operation, instruction.klass == JMP
    if operation == CALL:
        if opcode != JMP | CALL:
            return "a call through a register (callx)" if is_wide else _unknown(instruction)
        if src not in (CALL_HELPER, PSEUDO_CALL, PSEUDO_KFUNC_CALL):
            return f"a call of kind {src} does not exist"
        return _reserved(dst, offset if src != PSEUDO_KFUNC_CALL else 0)
    if operation == EXIT:
        return _reserved(dst, src, offset, imm) if opcode == JMP | EXIT else _unknown(instruction)
    if operation == JA:
        if instruction.uses_register:  # gotox
            return _reserved(src, offset, imm) if is_wide else _unknown(instruction)
        return _reserved(dst, src, imm if is_wide else offset)
    if operation == JCOND:
        return _reserved(dst, src, imm) if opcode == JMP | JCOND else _unknown(instruction)
    if operation > JCOND:
        return _unknown(instruction)
    return _reserved(imm if instruction.uses_register else src)


def _why_invalid_ld(instruction: Instruction, following: Instruction | None) -> str | None:
    opcode, dst, src, offset, _ = instruction
    if opcode == LD_IMM64:
        if following is None or following[:4] != (0, 0, 0, 0):
            return "the second half of the 64-bit immediate is missing"
        if dst == FRAME_POINTER:
            return "the frame pointer r10 is read-only"
        return f"an address of kind {src} does not exist" if src > PSEUDO_MAP_IDX_VALUE else _reserved(offset)
    if instruction.mode not in (ABS, IND) or opcode & 0x18 == DW:
        return _unknown(instruction)
    return _reserved(dst, offset, src if instruction.mode == ABS else 0)


def _why_invalid_memory(instruction: Instruction) -> str | None:
    opcode, dst, src, _, imm = instruction
    klass, mode = instruction.klass, instruction.mode
    if klass == LDX:
        if mode not in (MEM, MEMSX) or (mode == MEMSX and opcode & 0x18 == DW):
            return _unknown(instruction)
        return "the frame pointer r10 is read-only" if dst == FRAME_POINTER else _reserved(imm)
    if klass == ST:
        return _reserved(src) if mode == MEM else _unknown(instruction)
    if klass == STX and mode == MEM:
        return _reserved(imm)
    if mode != ATOMIC:
        return _unknown(instruction)
    if imm in (LOAD_ACQUIRE, STORE_RELEASE):
        return None
    if instruction.size < 4:
        return f"an atomic operation on {instruction.size} bytes does not exist"
    if imm in (XCHG, CMPXCHG) or (imm & ~FETCH) in _ATOMIC_ALU:
        return None
    return f"the atomic operation {imm:#x} does not exist"
