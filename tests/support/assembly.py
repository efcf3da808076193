"""A small assembler for tests: instructions in the kernel's spelling, labels, and an image of the result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from xdp_lsp.isa import Instruction
from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.validity import CMPXCHG, FETCH, XCHG
from xdp_lsp.program import Attach, DataAddress, DataSection, Function, FunctionAddress, Image, Program
from xdp_lsp.program.image import Address, MapAddress, MapDefinition

MAP_SIZE = 64  # bytes of the value of each map that a program names: an array of one element
_BPF_MAP_TYPE_ARRAY = 2

_ALU = {
    "=": isa.MOV, "+=": isa.ADD, "-=": isa.SUB, "*=": isa.MUL, "/=": isa.DIV, "s/=": isa.DIV, "%=": isa.MOD,
    "s%=": isa.MOD, "|=": isa.OR, "&=": isa.AND, "^=": isa.XOR, "<<=": isa.LSH, ">>=": isa.RSH, "s>>=": isa.ARSH,
}  # fmt: skip
CONDITIONS = {
    "==": isa.JEQ, ">": isa.JGT, ">=": isa.JGE, "&": isa.JSET, "!=": isa.JNE, "s>": isa.JSGT, "s>=": isa.JSGE,
    "<": isa.JLT, "<=": isa.JLE, "s<": isa.JSLT, "s<=": isa.JSLE,
}  # fmt: skip
_SIZES = {8: isa.B, 16: isa.H, 32: isa.W, 64: isa.DW}
_LOCKED = {"+=": isa.ADD, "|=": isa.OR, "&=": isa.AND, "^=": isa.XOR}
_FETCHING = {
    "fetch_add": isa.ADD | FETCH, "fetch_or": isa.OR | FETCH, "fetch_and": isa.AND | FETCH,
    "fetch_xor": isa.XOR | FETCH, "xchg": XCHG, "cmpxchg": CMPXCHG,
}  # fmt: skip

_NUMBER = r"-?(?:0x[0-9a-f]+|\d+)"
_PLACE = r"\((s|u)(\d+) \*\)\(r(\d+) ?([+-]\d+)\)"
_MEMORY = rf"\*{_PLACE}"
# r1 = map[values] (the map), r1 = map[values][0]+8 (in its value), r1 = &name or &name+8 (a function, a section)
_ADDRESS = re.compile(r"r(\d+) = (?:map\[(\w+)\](?:\[0\]\+(\d+))?|&([\w.]+)(?:\+(\d+))?)")


def assemble(text: str, *, big_endian: bool = False, data: Iterable[DataSection] = ()) -> Image:
    """The image of a program: its first function is the program's entry.

    One instruction to a line; `name:` is a label, `fn name:` starts a function, `#` starts a comment. Calls
    are `call 44` (a helper), `call name` (a function). A jump goes to a label or, as `goto pc+1`, so many slots on.
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
        pc += slots_of(line)
    slots: list[Instruction] = []
    calls: dict[int, int] = {}
    addresses: dict[int, Address] = {}
    for at, line in code:
        if call := re.fullmatch(r"call ([a-z_]\w*)", line):
            calls[at] = labels[call[1]]
            slots.append(Instruction(isa.JMP | isa.CALL, 0, isa.PSEUDO_CALL, 0, labels[call[1]] - at - 1))
        elif match := _ADDRESS.fullmatch(line):
            addresses[at] = _address(match, labels)
            slots += _load_of(int(match[1]), addresses[at])
        else:
            slots += _encode(line, at, labels)
    starts = list(functions.items()) or [("main", 0)]
    ends = [start for _, start in starts[1:]] + [len(slots)]
    maps = {address.map for address in addresses.values() if isinstance(address, MapAddress)}
    return Image(
        slots=tuple(slots),
        functions=tuple(
            Function(name, "xdp", start, end, is_global=False)
            for (name, start), end in zip(starts, ends, strict=True)
        ),
        programs=(Program(starts[0][0], "xdp", 0, Attach.XDP),),
        big_endian=big_endian,
        calls=calls,
        addresses=addresses,
        maps={name: MapDefinition(name, _BPF_MAP_TYPE_ARRAY, 4, MAP_SIZE, 1) for name in maps},
        data={section.name: section for section in data},
    )


def instruction(line: str) -> Instruction:
    """One instruction without labels."""
    (one,) = _encode(line, 0, {})
    return one


@lru_cache(maxsize=1 << 14)
def slots_of(line: str) -> int:
    """How many slots a line takes."""
    if line.endswith(":"):
        return 0
    return 2 if line.endswith(" ll") or _ADDRESS.fullmatch(line) else 1


def _address(match: re.Match[str], labels: Mapping[str, int]) -> Address:
    _, map_, value_offset, name, offset = match.groups()
    if map_ is not None:
        return MapAddress(map_, None if value_offset is None else int(value_offset))
    return FunctionAddress(labels[name]) if name in labels else DataAddress(name, int(offset or 0))


def _load_of(dst: int, address: Address) -> tuple[Instruction, Instruction]:
    """The two slots that libbpf makes of an address; what it fills in when it loads the program is 0."""
    kind, upper = isa.PSEUDO_FUNC, 0
    if isinstance(address, MapAddress):
        kind = isa.PSEUDO_MAP_FD if address.value_offset is None else isa.PSEUDO_MAP_VALUE
        upper = address.value_offset or 0
    elif isinstance(address, DataAddress):
        kind, upper = isa.PSEUDO_MAP_VALUE, address.offset
    return Instruction(isa.LD_IMM64, dst, kind, 0, 0), Instruction(0, 0, 0, 0, upper)


def _encode(line: str, pc: int, labels: Mapping[str, int]) -> tuple[Instruction, ...]:
    if match := re.fullmatch(r"(.*goto\w*) (\S+)", line):
        to = match[2]
        return (_jump(match[1], int(to.removeprefix("pc")) if to.startswith("pc") else labels[to] - pc - 1),)
    return _straight(line)


def _jump(line: str, to: int) -> Instruction:
    """A jump by `to` slots; `line` is what stands before its target."""
    if line == "goto":
        return Instruction(isa.JMP | isa.JA, 0, 0, to, 0)
    if line == "gotol":
        return Instruction(isa.JMP32 | isa.JA, 0, 0, 0, to)
    if line == "may_goto":
        return Instruction(isa.JMP | isa.JCOND, 0, 0, to, 0)
    return _branch(line)._replace(offset=to)


@lru_cache(maxsize=1 << 14)
def _branch(line: str) -> Instruction:
    match = re.fullmatch(rf"if ([rw])(\d+) (\S+) (?:\1(\d+)|({_NUMBER})) goto", line)
    if match is None:
        raise ValueError(f"no jump: {line}")
    klass = isa.JMP if match[1] == "r" else isa.JMP32
    return _two_operands(klass | CONDITIONS[match[3]], match[2], match[4], match[5], 0)


@lru_cache(maxsize=1 << 14)
def _straight(line: str) -> tuple[Instruction, ...]:
    """The slots of an instruction that does not jump."""
    if match := re.fullmatch(rf"([rw])(\d+) (\S+) (?:\(s(\d+)\))?(?:\1(\d+)|({_NUMBER}))", line):
        klass = isa.ALU64 if match[1] == "r" else isa.ALU
        offset = int(match[4] or (match[3] in ("s/=", "s%=")))
        return (_two_operands(klass | _ALU[match[3]], match[2], match[5], match[6], offset),)
    if line == "exit":
        return (Instruction(isa.JMP | isa.EXIT, 0, 0, 0, 0),)
    if match := re.fullmatch(r"call (\d+)", line):
        return (Instruction(isa.JMP | isa.CALL, 0, 0, 0, int(match[1])),)
    if match := re.fullmatch(r"r(\d+) = (bswap|be|le)(16|32|64) r\1", line):
        klass, source = (isa.ALU64, 0) if match[2] == "bswap" else (isa.ALU, isa.X if match[2] == "be" else 0)
        return (Instruction(klass | isa.END | source, int(match[1]), 0, 0, int(match[3])),)
    if match := re.fullmatch(r"([rw])(\d+) = -\1\2", line):
        return (Instruction((isa.ALU64 if match[1] == "r" else isa.ALU) | isa.NEG, int(match[2]), 0, 0, 0),)
    if match := re.fullmatch(rf"r(\d+) = ({_NUMBER}) ll", line):
        value = int(match[2], 0)
        low, high = (_signed32(half) for half in (value, value >> 32))
        return Instruction(isa.LD_IMM64, int(match[1]), 0, 0, low), Instruction(0, 0, 0, 0, high)
    return (_memory(line),)


def _memory(line: str) -> Instruction:
    if match := re.fullmatch(rf"r(\d+) = {_MEMORY}", line):
        mode = isa.MEM if match[2] == "u" else isa.MEMSX
        opcode = isa.LDX | mode | _SIZES[int(match[3])]
        return Instruction(opcode, int(match[1]), int(match[4]), int(match[5]), 0)
    if match := re.fullmatch(rf"{_MEMORY} = r(\d+)", line):
        opcode = isa.STX | isa.MEM | _SIZES[int(match[2])]
        return Instruction(opcode, int(match[3]), int(match[5]), int(match[4]), 0)
    if match := re.fullmatch(rf"{_MEMORY} = ({_NUMBER})", line):
        opcode = isa.ST | isa.MEM | _SIZES[int(match[2])]
        return Instruction(opcode, int(match[3]), 0, int(match[4]), int(match[5], 0))
    if match := re.fullmatch(rf"lock {_MEMORY} (\S+) r(\d+)", line):
        opcode = isa.STX | isa.ATOMIC | _SIZES[int(match[2])]
        return Instruction(opcode, int(match[3]), int(match[6]), int(match[4]), _LOCKED[match[5]])
    if match := re.fullmatch(rf"r\d+ = atomic(?:64)?_(\w+)\({_PLACE}, (?:r0, )?r(\d+)\)", line):
        opcode = isa.STX | isa.ATOMIC | _SIZES[int(match[3])]
        return Instruction(opcode, int(match[4]), int(match[6]), int(match[5]), _FETCHING[match[1]])
    raise ValueError(f"no instruction: {line}")


def _two_operands(opcode: int, dst: str, src: str | None, imm: str | None, offset: int) -> Instruction:
    if src is not None:
        return Instruction(opcode | isa.X, int(dst), int(src), offset, 0)
    assert imm is not None
    return Instruction(opcode, int(dst), 0, offset, _signed32(int(imm, 0)))


def _signed32(x: int) -> int:
    return ((x + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
