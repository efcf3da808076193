"""Decoded fields against llvm-objdump's reading of the same bytes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.isa.llvm_listing import Line, assemble, disassemble
from tests.support.compile import compile_c
from xdp_lsp.isa import DecodeError, Instruction, decode, why_invalid
from xdp_lsp.isa import instruction as isa
from xdp_lsp.objfile import load

EVERY_INSTRUCTION = Path(__file__).with_name("every_instruction.s")
CASES = sorted(Path(__file__).parent.glob("cases/*.c"))

ALU_SIGNS = {"+=": isa.ADD, "-=": isa.SUB, "*=": isa.MUL, "/=": isa.DIV, "s/=": isa.DIV, "|=": isa.OR}
ALU_SIGNS |= {"&=": isa.AND, "<<=": isa.LSH, ">>=": isa.RSH, "%=": isa.MOD, "s%=": isa.MOD, "^=": isa.XOR}
ALU_SIGNS |= {"=": isa.MOV, "s>>=": isa.ARSH}
JUMP_SIGNS = {"==": isa.JEQ, ">": isa.JGT, ">=": isa.JGE, "&": isa.JSET, "!=": isa.JNE, "s>": isa.JSGT}
JUMP_SIGNS |= {"s>=": isa.JSGE, "<": isa.JLT, "<=": isa.JLE, "s<": isa.JSLT, "s<=": isa.JSLE}
ATOMICS = {"+=": isa.ADD, "|=": isa.OR, "&=": isa.AND, "^=": isa.XOR}
ATOMICS |= {"add": isa.ADD, "or": isa.OR, "and": isa.AND, "xor": isa.XOR}


def check(line: Line, found: Instruction, following: Instruction | None) -> None:
    """That `found` has each field that the disassembler names in `line`."""
    form, parts = line.form, line.parts
    if parts.get("dst") is not None:
        assert found.dst == int(parts["dst"] or "")
    if parts.get("src") is not None:
        assert found.src == int(parts["src"] or "")
    if parts.get("type") is not None:
        assert found.size * 8 == int((parts["type"] or "")[1:])
    if parts.get("off") is not None:
        assert found.offset == line.number("off")
    if parts.get("imm") is not None and form != "ld_imm64":
        assert found.imm == line.number("imm")
    match form:
        case "alu_reg" | "alu_imm":
            assert found.operation == ALU_SIGNS[parts["op"] or ""]
            assert found.klass == (isa.ALU64 if line.is_wide else isa.ALU)
            assert found.uses_register == (form == "alu_reg")
            assert found.offset == (parts["op"] in ("s/=", "s%="))
        case "neg":
            assert (found.klass, found.operation) == (isa.ALU64 if line.is_wide else isa.ALU, isa.NEG)
        case "movsx":
            assert (found.operation, found.offset) == (isa.MOV, int(parts["extend"] or ""))
            assert found.klass == (isa.ALU64 if line.is_wide else isa.ALU)
        case "cast":
            assert (found.opcode, found.offset) == (isa.ALU64 | isa.MOV | isa.X, 1)
            assert found.imm == line.number("to") << 16 | line.number("from")
        case "swap":
            assert (found.operation, found.imm) == (isa.END, int(parts["width"] or ""))
            assert found.klass == (isa.ALU64 if parts["op"] == "bswap" else isa.ALU)
            assert found.uses_register == (parts["op"] == "be")
        case "ld_imm64":
            assert found.is_wide and following is not None
            value = (following.imm & 0xFFFFFFFF) << 32 | found.imm & 0xFFFFFFFF
            assert value == line.number("imm") & 0xFFFFFFFFFFFFFFFF
        case "load":
            assert found.klass == isa.LDX
            assert found.mode == (isa.MEMSX if (parts["type"] or "")[0] == "s" else isa.MEM)
        case "store_reg" | "store_imm":
            assert (found.klass, found.mode) == (isa.STX if form == "store_reg" else isa.ST, isa.MEM)
        case "ld_abs" | "ld_ind":
            assert (found.klass, found.mode) == (isa.LD, isa.ABS if form == "ld_abs" else isa.IND)
        case "lock" | "fetch":
            assert (found.klass, found.mode) == (isa.STX, isa.ATOMIC)
            assert found.imm == ATOMICS[parts["op"] or ""] | (form == "fetch")
        case "xchg" | "cmpxchg":
            assert (found.klass, found.mode) == (isa.STX, isa.ATOMIC)
            assert found.imm == (0xE1 if form == "xchg" else 0xF1)
            assert found.size * 8 == int(parts["width"] or "")
        case "if_reg" | "if_imm":
            assert found.operation == JUMP_SIGNS[parts["op"] or ""]
            assert found.klass == (isa.JMP if line.is_wide else isa.JMP32)
            assert found.uses_register == (form == "if_reg")
        case "goto" | "gotol" | "may_goto" | "call" | "callx" | "exit":
            opcodes = {
                "goto": 0x05,
                "gotol": 0x06,
                "may_goto": 0xE5,
                "call": 0x85,
                "callx": 0x8D,
                "exit": 0x95,
            }
            assert found.opcode == opcodes[form]


def check_object(data: bytes) -> set[str]:
    """Check every instruction of an object; the forms that occurred."""
    obj = load(data)
    seen = set()
    listing = disassemble(data)
    sections = [section for section in obj.sections if section.is_executable and section.size]
    assert {section.name for section in sections} == set(listing)
    for section in sections:
        slots = decode(section.contents, obj.big_endian)
        skipped = set(range(len(slots)))
        for line in listing[section.name]:
            following = slots[line.pc + 1] if line.pc + 1 < len(slots) else None
            check(line, slots[line.pc], following)
            assert (why_invalid(slots[line.pc], following) is None) == (line.form != "callx")
            seen.add(line.form)
            skipped -= {line.pc, line.pc + 1} if line.form == "ld_imm64" else {line.pc}
        assert not skipped
    return seen


@pytest.mark.parametrize("target", ["bpf", "bpfeb"])
def test_every_instruction_is_read_as_llvm_reads_it(target: str) -> None:
    seen = check_object(assemble(EVERY_INSTRUCTION, target))
    assert len(seen) == 24


@pytest.mark.parametrize("target", ["bpf", "bpfeb"])
@pytest.mark.parametrize("mcpu", ["v1", "v2", "v3", "v4"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_compiled_objects_are_read_as_llvm_reads_them(case: Path, mcpu: str, target: str) -> None:
    seen = check_object(compile_c(case, mcpu=mcpu, target=target))
    assert {"alu_reg", "alu_imm", "load", "call", "exit"} <= seen


def test_code_that_ends_within_a_slot_is_refused() -> None:
    with pytest.raises(DecodeError, match="12 bytes long, which is no multiple of 8"):
        decode(bytes(12))
    assert decode(b"") == []


fields = st.tuples(
    st.integers(0, 255),
    st.integers(0, 15),
    st.integers(0, 15),
    st.integers(-(1 << 15), (1 << 15) - 1),
    st.integers(-(1 << 31), (1 << 31) - 1),
)


@given(st.lists(fields, max_size=20), st.booleans())
def test_decoding_undoes_encoding(slots: list[tuple[int, int, int, int, int]], big_endian: bool) -> None:
    code = b""
    for opcode, dst, src, offset, imm in slots:
        registers = dst << 4 | src if big_endian else src << 4 | dst
        code += struct.pack(">BBhi" if big_endian else "<BBhi", opcode, registers, offset, imm)
    assert decode(code, big_endian) == slots
    assert all(isinstance(found, Instruction) for found in decode(code, big_endian))
