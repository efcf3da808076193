"""ELF: sections, symbols and relocations of a BPF object.

pyelftools reads the file and section headers. The entries of symbol tables and relocation sections are
unpacked here: through pyelftools 0.33 a symbol costs 30 to 50 µs and a relocation 4 to 15 µs, which for an
object of 1,000 symbols is longer than everything else together; unpacked they cost 1 µs.

Source of the constants: elf(5), and llvm/include/llvm/BinaryFormat/ELFRelocs/BPF.def (LLVM 22).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from xdp_lsp.objfile.errors import ObjectError

EM_NONE, EM_BPF = 0, 247
SHT_PROGBITS, SHT_NOBITS = "SHT_PROGBITS", "SHT_NOBITS"
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_COMPRESSED = 0x1, 0x2, 0x4, 0x800
SHN_UNDEF, SHN_LORESERVE = 0, 0xFF00
STB_LOCAL, STB_GLOBAL, STB_WEAK = 0, 1, 2
STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_SECTION = 0, 1, 2, 3
R_BPF_64_64, R_BPF_64_ABS64, R_BPF_64_ABS32, R_BPF_64_NODYLD32, R_BPF_64_32 = 1, 2, 3, 4, 10

# More than any BPF object holds (the largest of the survey has 3 MB); bounds what a hostile file can cost.
MAX_OBJECT_SIZE = 64 << 20  # bytes

_HEADER_SIZE = 64  # bytes, ELFCLASS64
_ET_REL = 1
_MAX_STRING = 4096  # bytes; longer than any path or mangled name that a compiler writes
_MACHINES = {3: "i386", 40: "ARM", 62: "x86-64", 183: "AArch64", 243: "RISC-V", 258: "LoongArch"}
_OTHER_FORMATS = (
    (b"BC\xc0\xde", "LLVM bitcode, not a BPF object; run llc -march=bpf -filetype=obj on it"),
    (b"!<arch>\n", "an archive, not a BPF object; analyse its members"),
    (b"\x9f\xeb", "raw BTF without code, not a BPF object"),
    (b"\xeb\x9f", "raw BTF without code, not a BPF object"),
)


class Section(NamedTuple):
    """One section header and what it covers (nothing for SHT_NOBITS); `offset` and `size` in bytes."""

    number: int
    name: str
    type: str | int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    contents: memoryview

    @property
    def is_executable(self) -> bool:
        return bool(self.flags & SHF_EXECINSTR)

    @property
    def is_allocated(self) -> bool:
        return bool(self.flags & SHF_ALLOC)


class Symbol(NamedTuple):
    """One symbol; `value` is its offset in bytes in section `section` (an index; 0 where it is undefined)."""

    name: str
    type: int
    bind: int
    section: int
    value: int
    size: int

    @property
    def is_local(self) -> bool:
        return self.bind == STB_LOCAL


class Relocation(NamedTuple):
    """At `offset` bytes in the section that it is for: the address of `symbol` (an index) is to be put in.

    `addend` is what is added to it; None where that stands in place, as clang has it.
    """

    offset: int
    type: int
    symbol: int
    addend: int | None = None


class Elf(NamedTuple):
    """The tables of one file. `relocations` holds the code's, the data's and the maps', by section index."""

    big_endian: bool
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    relocations: dict[int, tuple[Relocation, ...]]
    problems: tuple[str, ...]


def read_elf(data: bytes) -> Elf:
    """The tables of the object in `data`; raises ObjectError where there is no reading it."""
    big_endian = _check_header(data)
    problems: list[str] = []
    sections = _read_sections(data)
    order = ">" if big_endian else "<"
    symbols = _read_symbols(sections, order, problems)
    relocations: dict[int, tuple[Relocation, ...]] = {}
    for section in sections:
        if section.type in ("SHT_REL", "SHT_RELA") and _is_wanted(sections, section.info):
            found = _read_relocations(section, order, problems)
            relocations[section.info] = (*relocations.get(section.info, ()), *found)
    return Elf(big_endian, sections, symbols, relocations, tuple(problems))


def _check_header(data: bytes) -> bool:
    """Whether `data`, an ELF header that can be followed, is big-endian."""
    if not data:
        raise ObjectError("The file is empty.")
    for magic, what in _OTHER_FORMATS:
        if data.startswith(magic):
            raise ObjectError(f"The file is {what}.")
    if not data.startswith(b"\x7fELF"):
        raise ObjectError("The file is not an ELF object.")
    if len(data) < _HEADER_SIZE:
        raise ObjectError(f"The ELF file is truncated: its {len(data)} bytes do not hold a header.")
    if len(data) > MAX_OBJECT_SIZE:
        raise ObjectError(f"The ELF file is too large: {len(data)} bytes, of {MAX_OBJECT_SIZE} at most.")
    if data[4] != 2:
        raise ObjectError("The file is a 32-bit ELF file; BPF objects are 64-bit.")
    if data[5] not in (1, 2):
        raise ObjectError(f"The ELF file has an unknown byte order ({data[5]}).")
    big_endian = data[5] == 2
    order = ">" if big_endian else "<"
    elf_type, machine = struct.unpack_from(order + "HH", data, 16)
    if machine not in (EM_BPF, EM_NONE):
        name = _MACHINES.get(machine, f"machine {machine}")
        raise ObjectError(f"The file is an object for {name}, not for BPF; compile with -target bpf.")
    if elf_type != _ET_REL:
        raise ObjectError(f"The file is no relocatable object (ELF type {elf_type}), so it is no BPF object.")
    (table,) = struct.unpack_from(order + "Q", data, 40)
    entry_size, count, names = struct.unpack_from(order + "HHH", data, 58)
    if count == 0 or table == 0:
        raise ObjectError("The ELF file has no sections.")
    if entry_size != _HEADER_SIZE or names >= count:
        raise ObjectError("The ELF file is corrupt: its section header table makes no sense.")
    if table + count * entry_size > len(data):
        raise _truncated("the section header table", table + count * entry_size, data)
    return big_endian


def _truncated(what: str, end: int, data: bytes) -> ObjectError:
    return ObjectError(f"The ELF file is truncated: {what} ends at byte {end} of {len(data)}.")


def _read_sections(data: bytes) -> tuple[Section, ...]:
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415 - 40 to 100 ms, which a command without objects saves

    view = memoryview(data)
    sections = []
    total = 0
    try:
        for index, section in enumerate(ELFFile(io.BytesIO(data)).iter_sections()):
            header: Any = section.header
            offset, size, kind = header["sh_offset"], header["sh_size"], header["sh_type"]
            if kind in (SHT_NOBITS, "SHT_NULL"):
                contents = view[:0]
            elif offset + size > len(data):
                raise _truncated(f"section {section.name}", offset + size, data)
            else:
                contents = view[offset : offset + size]
                total += size
                if total > 2 * len(data):
                    raise ObjectError("The ELF file is corrupt: its sections overlap.")
            flags, link, info = header["sh_flags"], header["sh_link"], header["sh_info"]
            sections.append(Section(index, section.name, kind, flags, offset, size, link, info, contents))
    except ObjectError:
        raise
    # On a corrupt file pyelftools raises its own errors and whatever Python raises where it trips.
    except Exception as error:
        raise ObjectError(f"The ELF file is corrupt: {str(error) or type(error).__name__}.") from error
    return tuple(sections)


def strings(table: bytes | memoryview) -> Callable[[int], str]:
    """A function from an offset in a string table to the string there; "" where there is none."""
    raw = bytes(table)
    known: dict[int, str] = {}

    def string(offset: int) -> str:
        text = known.get(offset)
        if text is None:
            # The limit keeps overlapping strings of a corrupt file from adding up to its size squared.
            end = raw.find(b"\0", offset, offset + _MAX_STRING)
            found = raw[offset : end if end >= 0 else offset + _MAX_STRING]
            text = known[offset] = found.decode("utf-8", "replace")
        return text

    return string


def _read_symbols(sections: tuple[Section, ...], order: str, problems: list[str]) -> tuple[Symbol, ...]:
    table = next((section for section in sections if section.type == "SHT_SYMTAB"), None)
    if table is None:
        problems.append(
            "The object has no symbol table, so that nothing tells its functions and maps apart, and no loader takes "
            "it (llvm-strip -g leaves the table in)."
        )
        return ()
    entry = struct.Struct(order + "IBBHQQ")
    linked = sections[table.link].contents if table.link < len(sections) else b""
    string = strings(linked)
    usable = table.contents[: len(table.contents) // entry.size * entry.size]
    symbols = []
    for name, info, _, section, value, size in entry.iter_unpack(usable):
        named_by_section = info & 15 == STT_SECTION and section < len(sections)
        text = sections[section].name if named_by_section else string(name)
        symbols.append(Symbol(text, info & 15, info >> 4, section, value, size))
    return tuple(symbols)


def _is_wanted(sections: tuple[Section, ...], index: int) -> bool:
    """Whether the relocations of section `index` are looked at here: DWARF's are pyelftools' own business."""
    return index < len(sections) and sections[index].is_allocated


def _read_relocations(section: Section, order: str, problems: list[str]) -> tuple[Relocation, ...]:
    entry = struct.Struct(order + ("QQq" if section.type == "SHT_RELA" else "QQ"))
    if len(section.contents) % entry.size:
        problems.append(f"The last entry of relocation section {section.name} is truncated.")
    usable = section.contents[: len(section.contents) // entry.size * entry.size]
    return tuple(
        Relocation(offset, info & 0xFFFFFFFF, info >> 32, *addend)
        for offset, info, *addend in entry.iter_unpack(usable)
    )
