"""Instructions in the kernel's spelling, as the verifier's log and `bpftool prog dump xlated` have it.

Source of the spelling: kernel/bpf/disasm.c, print_bpf_insn() (Linux 7.2).
"""

from __future__ import annotations

from xdp_lsp.isa.helpers import helper
from xdp_lsp.isa.instruction import (
    ABS,
    ADD,
    ALU,
    ALU64,
    AND,
    ARSH,
    CALL,
    CALL_HELPER,
    DIV,
    END,
    EXIT,
    JA,
    JCOND,
    JEQ,
    JGE,
    JGT,
    JLE,
    JLT,
    JMP,
    JMP32,
    JNE,
    JSET,
    JSGE,
    JSGT,
    JSLE,
    JSLT,
    LD,
    LD_IMM64,
    LDX,
    LSH,
    MEM,
    MEMSX,
    MOD,
    MOV,
    MUL,
    NEG,
    OR,
    PSEUDO_CALL,
    RSH,
    ST,
    SUB,
    XOR,
    Instruction,
)
from xdp_lsp.isa.validity import CMPXCHG, FETCH, LOAD_ACQUIRE, STORE_RELEASE, XCHG, why_invalid

_ALU_SIGNS = {
    ADD: "+=",
    SUB: "-=",
    MUL: "*=",
    DIV: "/=",
    OR: "|=",
    AND: "&=",
    LSH: "<<=",
    RSH: ">>=",
    MOD: "%=",
}
_ALU_SIGNS |= {XOR: "^=", MOV: "=", ARSH: "s>>="}
_SIGNED_SIGNS = {DIV: "s/=", MOD: "s%="}
_JUMP_SIGNS = {JEQ: "==", JGT: ">", JGE: ">=", JSET: "&", JNE: "!=", JSGT: "s>", JSGE: "s>="}
_JUMP_SIGNS |= {JLT: "<", JLE: "<=", JSLT: "s<", JSLE: "s<="}
_ATOMIC_NAMES = {ADD: "add", AND: "and", OR: "or", XOR: "xor"}


def print_instruction(
    instruction: Instruction, following: Instruction | None = None, name: str | None = None
) -> str:
    """`instruction` as the kernel writes it: `(bf) r1 = r0`.

    `following` is the second slot of a 64-bit immediate load. `name` stands in the place of the number that
    such a load loads or a call calls: `(18) r1 = map[conf]`. What is no instruction reads `(ff) invalid: ...`
    """
    reason = why_invalid(instruction, following)
    if reason is not None:
        return f"({instruction.opcode:02x}) invalid: {reason}"
    return f"({instruction.opcode:02x}) {_body(instruction, following, name)}"


def _body(instruction: Instruction, following: Instruction | None, name: str | None) -> str:
    klass = instruction.klass
    if klass in (ALU, ALU64):
        return _alu(instruction)
    if klass in (JMP, JMP32):
        return _jump(instruction, name)
    if klass == LD:
        return _ld(instruction, following, name)
    return _memory(instruction)


def _alu(instruction: Instruction) -> str:
    opcode, dst, src, offset, imm = instruction
    operation = instruction.operation
    r = "w" if instruction.klass == ALU else "r"
    if operation == END:
        swap = "bswap" if instruction.klass == ALU64 else ("be" if opcode & 0x08 else "le")
        return f"r{dst} = {swap}{imm} r{dst}"
    if operation == NEG:
        return f"{r}{dst} = -{r}{dst}"
    if instruction.klass == ALU64 and operation == MOV and instruction.uses_register and offset == 1:
        return f"r{dst} = addr_space_cast(r{src}, {imm >> 16}, {imm & 0xFFFF})"
    is_signed = operation in _SIGNED_SIGNS and offset == 1
    sign = _SIGNED_SIGNS[operation] if is_signed else _ALU_SIGNS[operation]
    if not instruction.uses_register:
        return f"{r}{dst} {sign} {imm}"
    extension = f"(s{offset})" if operation == MOV and offset else ""
    return f"{r}{dst} {sign} {extension}{r}{src}"


def _jump(instruction: Instruction, name: str | None) -> str:
    _, dst, src, offset, imm = instruction
    operation = instruction.operation
    if operation == CALL:
        return _call(src, imm, name)
    if operation == EXIT:
        return "exit"
    if operation == JA:
        if instruction.uses_register:
            return f"gotox r{dst}"
        return f"gotol pc{imm:+d}" if instruction.klass == JMP32 else f"goto pc{offset:+d}"
    if operation == JCOND:
        return f"may_goto pc{offset:+d}"
    r = "w" if instruction.klass == JMP32 else "r"
    second = f"{r}{src}" if instruction.uses_register else f"{imm & 0xFFFFFFFF:#x}"
    return f"if {r}{dst} {_JUMP_SIGNS[operation]} {second} goto pc{offset:+d}"


def _call(kind: int, imm: int, name: str | None) -> str:
    if kind == PSEUDO_CALL:
        return f"call {name or f'pc{imm:+d}'}"
    known = helper(imm) if kind == CALL_HELPER else None
    return f"call {name or (known.name if known else 'unknown')}#{imm}"


def _ld(instruction: Instruction, following: Instruction | None, name: str | None) -> str:
    opcode, dst, src, _, imm = instruction
    if opcode == LD_IMM64:
        upper = following.imm if following is not None else 0
        return f"r{dst} = {name or f'{(upper & 0xFFFFFFFF) << 32 | imm & 0xFFFFFFFF:#x}'}"
    place = f"{imm}" if instruction.mode == ABS else f"r{src} + {imm}"
    return f"r0 = *(u{instruction.size * 8} *)skb[{place}]"


def _memory(instruction: Instruction) -> str:
    _, dst, src, offset, imm = instruction
    bits = instruction.size * 8
    if instruction.klass == LDX:
        sign = "s" if instruction.mode == MEMSX else "u"
        return f"r{dst} = *({sign}{bits} *)(r{src} {offset:+d})"
    place = f"(u{bits} *)(r{dst} {offset:+d})"
    if instruction.klass == ST:
        return f"*{place} = {imm}"
    if instruction.mode == MEM:
        return f"*{place} = r{src}"
    return _atomic(instruction, place)


def _atomic(instruction: Instruction, place: str) -> str:
    _, dst, src, offset, imm = instruction
    bits = instruction.size * 8
    wide = "64" if bits == 64 else ""
    if imm == LOAD_ACQUIRE:
        return f"r{dst} = load_acquire((u{bits} *)(r{src} {offset:+d}))"
    if imm == STORE_RELEASE:
        return f"store_release({place}, r{src})"
    if imm == CMPXCHG:
        return f"r0 = atomic{wide}_cmpxchg({place}, r0, r{src})"
    if imm == XCHG:
        return f"r{src} = atomic{wide}_xchg({place}, r{src})"
    if imm & FETCH:
        return f"r{src} = atomic{wide}_fetch_{_ATOMIC_NAMES[imm & ~FETCH]}({place}, r{src})"
    return f"lock *{place} {_ALU_SIGNS[imm]} r{src}"
