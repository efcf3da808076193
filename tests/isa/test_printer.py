"""The spelling of kernel/bpf/disasm.c, print_bpf_insn() (Linux 7.2), one of each form."""

from __future__ import annotations

import pytest

from xdp_lsp.isa import Instruction, print_instruction

FORMS = [
    ((0xBF, 1, 0, 0, 0), "(bf) r1 = r0"),
    ((0xBC, 1, 2, 0, 0), "(bc) w1 = w2"),
    ((0xB4, 2, 0, 0, -20), "(b4) w2 = -20"),
    ((0xB7, 0, 0, 0, 2), "(b7) r0 = 2"),
    ((0x07, 2, 0, 0, -4), "(07) r2 += -4"),
    ((0xC7, 1, 0, 0, 32), "(c7) r1 s>>= 32"),
    ((0x87, 3, 0, 0, 0), "(87) r3 = -r3"),
    ((0x84, 3, 0, 0, 0), "(84) w3 = -w3"),
    ((0xBF, 1, 2, 8, 0), "(bf) r1 = (s8)r2"),
    ((0xBF, 1, 2, 32, 0), "(bf) r1 = (s32)r2"),
    ((0xBC, 1, 2, 16, 0), "(bc) w1 = (s16)w2"),
    ((0x3F, 1, 2, 1, 0), "(3f) r1 s/= r2"),
    ((0x94, 1, 0, 1, 7), "(94) w1 s%= 7"),
    ((0x34, 1, 0, 0, 7), "(34) w1 /= 7"),
    ((0xDC, 1, 0, 0, 16), "(dc) r1 = be16 r1"),
    ((0xD4, 1, 0, 0, 64), "(d4) r1 = le64 r1"),
    ((0xD7, 1, 0, 0, 32), "(d7) r1 = bswap32 r1"),
    ((0xBF, 1, 2, 1, 1 << 16), "(bf) r1 = addr_space_cast(r2, 1, 0)"),
    ((0x61, 1, 6, 4, 0), "(61) r1 = *(u32 *)(r6 +4)"),
    ((0x91, 1, 6, -1, 0), "(91) r1 = *(s8 *)(r6 -1)"),
    ((0x63, 10, 1, -8, 0), "(63) *(u32 *)(r10 -8) = r1"),
    ((0x7A, 10, 0, -8, -1), "(7a) *(u64 *)(r10 -8) = -1"),
    ((0xDB, 1, 2, 8, 0x00), "(db) lock *(u64 *)(r1 +8) += r2"),
    ((0xC3, 1, 2, 0, 0x50), "(c3) lock *(u32 *)(r1 +0) &= r2"),
    ((0xDB, 1, 2, 8, 0x01), "(db) r2 = atomic64_fetch_add((u64 *)(r1 +8), r2)"),
    ((0xC3, 1, 2, 8, 0xA1), "(c3) r2 = atomic_fetch_xor((u32 *)(r1 +8), r2)"),
    ((0xDB, 1, 2, 8, 0xE1), "(db) r2 = atomic64_xchg((u64 *)(r1 +8), r2)"),
    ((0xC3, 1, 2, 8, 0xF1), "(c3) r0 = atomic_cmpxchg((u32 *)(r1 +8), r0, r2)"),
    ((0xD3, 2, 1, 8, 0x100), "(d3) r2 = load_acquire((u8 *)(r1 +8))"),
    ((0xDB, 1, 2, 8, 0x110), "(db) store_release((u64 *)(r1 +8), r2)"),
    ((0x26, 1, 0, 3, 0x40), "(26) if w1 > 0x40 goto pc+3"),
    ((0xC5, 1, 0, -3, -1), "(c5) if r1 s< 0xffffffff goto pc-3"),
    ((0x1D, 1, 2, 0, 0), "(1d) if r1 == r2 goto pc+0"),
    ((0x4E, 1, 2, 9, 0), "(4e) if w1 & w2 goto pc+9"),
    ((0x05, 0, 0, -7, 0), "(05) goto pc-7"),
    ((0x06, 0, 0, 0, 70000), "(06) gotol pc+70000"),
    ((0x0D, 2, 0, 0, 0), "(0d) gotox r2"),
    ((0xE5, 0, 0, 4, 0), "(e5) may_goto pc+4"),
    ((0x85, 0, 0, 0, 44), "(85) call bpf_xdp_adjust_head#44"),
    ((0x85, 0, 0, 0, 9999), "(85) call unknown#9999"),
    ((0x85, 0, 1, 0, 5), "(85) call pc+5"),
    ((0x95, 0, 0, 0, 0), "(95) exit"),
    ((0x30, 0, 0, 0, 3), "(30) r0 = *(u8 *)skb[3]"),
    ((0x48, 0, 2, 0, 4), "(48) r0 = *(u16 *)skb[r2 + 4]"),
]


@pytest.mark.parametrize(("fields", "text"), FORMS, ids=[text for _, text in FORMS])
def test_instructions_are_spelled_as_the_kernel_does(
    fields: tuple[int, int, int, int, int], text: str
) -> None:
    assert print_instruction(Instruction(*fields)) == text


def test_a_wide_immediate_takes_two_slots_or_a_name() -> None:
    first, second = Instruction(0x18, 1, 0, 0, -8), Instruction(0, 0, 0, 0, -1)
    assert print_instruction(first, second) == "(18) r1 = 0xfffffffffffffff8"
    assert print_instruction(first, Instruction(0, 0, 0, 0, 0)) == "(18) r1 = 0xfffffff8"
    assert print_instruction(first, second, "map[conf]") == "(18) r1 = map[conf]"
    assert print_instruction(Instruction(0x85, 0, 1, 0, -1), name="grow") == "(85) call grow"


INVALID = [
    ((0xFF, 0, 0, 0, 0), "opcode 0xff is unknown"),
    ((0x00, 0, 0, 0, 0), "opcode 0x00 is unknown"),
    ((0xBF, 11, 0, 0, 0), "register r11 does not exist"),
    ((0xBF, 10, 1, 0, 0), "the frame pointer r10 is read-only"),
    ((0x61, 10, 1, 0, 0), "the frame pointer r10 is read-only"),
    ((0xBF, 1, 2, 4, 0), "a move with sign extension of 4 bits does not exist"),
    ((0xBC, 1, 2, 32, 0), "a move with sign extension of 32 bits does not exist"),
    ((0xB7, 1, 2, 0, 0), "a reserved field is not zero"),
    ((0xB7, 1, 0, 8, 0), "a reserved field is not zero"),
    ((0x0F, 1, 2, 0, 1), "a reserved field is not zero"),
    ((0x67, 1, 0, 0, 64), "a shift by 64 bits"),
    ((0x64, 1, 0, 0, 32), "a shift by 32 bits"),
    ((0x37, 1, 0, 0, 0), "a division by the constant zero"),
    ((0x37, 1, 0, 2, 1), "a division with offset 2 does not exist"),
    ((0xD4, 1, 0, 0, 8), "a byte swap of 8 bits does not exist"),
    ((0xDF, 1, 0, 0, 16), "opcode 0xdf is unknown"),
    ((0x8F, 1, 0, 0, 0), "opcode 0x8f is unknown"),
    ((0xBF, 1, 2, 1, 7), "an address-space cast between these spaces does not exist"),
    ((0x99, 1, 2, 0, 0), "opcode 0x99 is unknown"),
    ((0xC3, 1, 2, 0, 0x02), "the atomic operation 0x2 does not exist"),
    ((0xD3, 1, 2, 0, 0x00), "an atomic operation on 1 bytes does not exist"),
    ((0xC2, 1, 2, 0, 0x00), "opcode 0xc2 is unknown"),
    ((0x38, 0, 0, 0, 0), "opcode 0x38 is unknown"),
    ((0x30, 0, 1, 0, 0), "a reserved field is not zero"),
    ((0x8D, 2, 0, 0, 0), "a call through a register (callx)"),
    ((0x86, 0, 0, 0, 1), "opcode 0x86 is unknown"),
    ((0x85, 0, 3, 0, 1), "a call of kind 3 does not exist"),
    ((0x85, 1, 0, 0, 1), "a reserved field is not zero"),
    ((0x96, 0, 0, 0, 0), "opcode 0x96 is unknown"),
    ((0x05, 0, 0, 1, 1), "a reserved field is not zero"),
    ((0x06, 0, 0, 1, 1), "a reserved field is not zero"),
    ((0x0E, 0, 0, 0, 0), "opcode 0x0e is unknown"),
    ((0xE6, 0, 0, 0, 0), "opcode 0xe6 is unknown"),
    ((0xF5, 0, 0, 0, 0), "opcode 0xf5 is unknown"),
    ((0x15, 1, 2, 0, 0), "a reserved field is not zero"),
    ((0x18, 1, 0, 0, 0), "the second half of the 64-bit immediate is missing"),
]


@pytest.mark.parametrize(
    ("fields", "reason"), INVALID, ids=[f"{case[0][0]:02x} {case[1]}" for case in INVALID]
)
def test_what_is_no_instruction_says_why(fields: tuple[int, int, int, int, int], reason: str) -> None:
    assert print_instruction(Instruction(*fields)) == f"({fields[0]:02x}) invalid: {reason}"


def test_every_opcode_prints() -> None:
    for opcode in range(256):
        text = print_instruction(Instruction(opcode, 1, 2, 3, 4), Instruction(0, 0, 0, 0, 0))
        assert text.startswith(f"({opcode:02x}) ")
