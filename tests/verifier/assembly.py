"""A small assembler for tests: instructions in the kernel's spelling, labels, and an image of the result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from xdp_lsp.isa import Instruction
from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.validity import CMPXCHG, FETCH, XCHG
from xdp_lsp.program import Attach, DataAddress, DataSection, Function, FunctionAddress, Image, Program
from xdp_lsp.program.image import Address

_ALU = {
    "=": isa.MOV,
    "+=": isa.ADD,
    "-=": isa.SUB,
    "*=": isa.MUL,
    "/=": isa.DIV,
    "s/=": isa.DIV,
    "|=": isa.OR,
}
_ALU |= {"&=": isa.AND, "<<=": isa.LSH, ">>=": isa.RSH, "s>>=": isa.ARSH, "%=": isa.MOD, "s%=": isa.MOD}
_ALU |= {"^=": isa.XOR}
_JUMPS = {
    "==": isa.JEQ,
    "!=": isa.JNE,
    ">": isa.JGT,
    ">=": isa.JGE,
    "<": isa.JLT,
    "<=": isa.JLE,
    "&": isa.JSET,
}
_JUMPS |= {"s>": isa.JSGT, "s>=": isa.JSGE, "s<": isa.JSLT, "s<=": isa.JSLE}
_SIZES = {8: isa.B, 16: isa.H, 32: isa.W, 64: isa.DW}
_ATOMICS = {"add": isa.ADD | FETCH, "xchg": XCHG, "cmpxchg": CMPXCHG}

_NUMBER = r"-?(?:0x[0-9a-f]+|\d+)"
_MEMORY = r"\*\((s|u)(\d+) \*\)\(r(\d+) ?([+-]\d+)\)"


def assemble(text: str, *, big_endian: bool = False, data: Iterable[DataSection] = ()) -> Image:
    """The image of a program: its first function is the program's entry.

    One instruction to a line; `name:` is a label, `fn name:` starts a function, `#` starts a comment. Calls
    are `call 44` (a helper), `call name` (a function); `r2 = &name` takes a function's or data section's address.
    """
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    labels: dict[str, int] = {}
    functions: dict[str, int] = {}
    code: list[tuple[int, str]] = []
    pc = 0
    for line in filter(None, lines):
        if line.endswith(":"):
            name = line.rstrip(":")
            if name.startswith("fn "):
                name = name.removeprefix("fn ")
                functions[name] = pc
            labels[name] = pc
        else:
            code.append((pc, line))
            pc += 2 if re.search(r"&\w+$|\bll$", line) else 1
    slots: list[Instruction] = []
    calls: dict[int, int] = {}
    addresses: dict[int, Address] = {}
    for at, line in code:
        call = re.fullmatch(r"call ([a-z_]\w*)", line)
        address = re.fullmatch(r"r(\d+) = &(\w+)", line)
        if call:
            calls[at] = labels[call[1]]
            slots.append(Instruction(isa.JMP | isa.CALL, 0, isa.PSEUDO_CALL, 0, labels[call[1]] - at - 1))
        elif address:
            name = address[2]
            addresses[at] = FunctionAddress(labels[name]) if name in labels else DataAddress(name, 0)
            slots += [Instruction(isa.LD_IMM64, int(address[1]), 0, 0, 0), Instruction(0, 0, 0, 0, 0)]
        else:
            slots += _encode(line, at, labels)
    starts = sorted(functions.items(), key=lambda item: item[1]) or [("main", 0)]
    ends = [start for _, start in starts[1:]] + [len(slots)]
    return Image(
        slots=tuple(slots),
        functions=tuple(
            Function(name, "xdp", start, end, True) for (name, start), end in zip(starts, ends, strict=True)
        ),
        programs=(Program(starts[0][0], "xdp", 0, Attach.XDP),),
        big_endian=big_endian,
        calls=calls,
        addresses=addresses,
        data={section.name: section for section in data},
    )


def instruction(line: str) -> Instruction:
    """One instruction without labels."""
    (one,) = _encode(line, 0, {})
    return one


def _encode(line: str, pc: int, labels: Mapping[str, int]) -> list[Instruction]:
    def target(name: str) -> int:
        return int(name.removeprefix("pc")) if name.startswith("pc") else labels[name] - pc - 1

    if line == "exit":
        return [Instruction(isa.JMP | isa.EXIT, 0, 0, 0, 0)]
    if match := re.fullmatch(r"call (\d+)", line):
        return [Instruction(isa.JMP | isa.CALL, 0, 0, 0, int(match[1]))]
    if match := re.fullmatch(r"(goto|gotol|may_goto) (\S+)", line):
        to = target(match[2])
        if match[1] == "gotol":
            return [Instruction(isa.JMP32 | isa.JA, 0, 0, 0, to)]
        return [Instruction(isa.JMP | (isa.JA if match[1] == "goto" else isa.JCOND), 0, 0, to, 0)]
    if match := re.fullmatch(r"r(\d+) = (bswap|be|le)(16|32|64) r\1", line):
        klass, source = (isa.ALU64, 0) if match[2] == "bswap" else (isa.ALU, isa.X if match[2] == "be" else 0)
        return [Instruction(klass | isa.END | source, int(match[1]), 0, 0, int(match[3]))]
    if match := re.fullmatch(r"([rw])(\d+) = -\1\2", line):
        return [Instruction((isa.ALU64 if match[1] == "r" else isa.ALU) | isa.NEG, int(match[2]), 0, 0, 0)]
    if match := re.fullmatch(rf"r(\d+) = ({_NUMBER}) ll", line):
        value = int(match[2], 0)
        low, high = (_signed32(half) for half in (value, value >> 32))
        return [Instruction(isa.LD_IMM64, int(match[1]), 0, 0, low), Instruction(0, 0, 0, 0, high)]
    if match := re.fullmatch(rf"r(\d+) = {_MEMORY}", line):
        mode = isa.MEM if match[2] == "u" else isa.MEMSX
        opcode = isa.LDX | mode | _SIZES[int(match[3])]
        return [Instruction(opcode, int(match[1]), int(match[4]), int(match[5]), 0)]
    if match := re.fullmatch(rf"{_MEMORY} = r(\d+)", line):
        opcode = isa.STX | isa.MEM | _SIZES[int(match[2])]
        return [Instruction(opcode, int(match[3]), int(match[5]), int(match[4]), 0)]
    if match := re.fullmatch(rf"{_MEMORY} = ({_NUMBER})", line):
        opcode = isa.ST | isa.MEM | _SIZES[int(match[2])]
        return [Instruction(opcode, int(match[3]), 0, int(match[4]), int(match[5], 0))]
    if match := re.fullmatch(rf"atomic_(\w+) {_MEMORY}, r(\d+)", line):
        opcode = isa.STX | isa.ATOMIC | _SIZES[int(match[3])]
        return [Instruction(opcode, int(match[4]), int(match[6]), int(match[5]), _ATOMICS[match[1]])]
    if match := re.fullmatch(rf"if ([rw])(\d+) (\S+) (?:[rw](\d+)|({_NUMBER})) goto (\S+)", line):
        klass = isa.JMP if match[1] == "r" else isa.JMP32
        return [_two_operands(klass | _JUMPS[match[3]], match[2], match[4], match[5], target(match[6]))]
    if match := re.fullmatch(rf"([rw])(\d+) (\S+) (?:\(s(\d+)\))?(?:[rw](\d+)|({_NUMBER}))", line):
        klass = isa.ALU64 if match[1] == "r" else isa.ALU
        offset = int(match[4] or (match[3] in ("s/=", "s%=")))
        return [_two_operands(klass | _ALU[match[3]], match[2], match[5], match[6], offset)]
    raise ValueError(f"no instruction: {line}")


def _two_operands(opcode: int, dst: str, src: str | None, imm: str | None, offset: int) -> Instruction:
    if src is not None:
        return Instruction(opcode | isa.X, int(dst), int(src), offset, 0)
    assert imm is not None
    return Instruction(opcode, int(dst), 0, offset, _signed32(int(imm, 0)))


def _signed32(x: int) -> int:
    return ((x + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
