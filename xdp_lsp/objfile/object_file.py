"""One object file, read: the tables of its ELF, its types and its line information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xdp_lsp.objfile.btf import Btf
from xdp_lsp.objfile.btf_ext import BtfExt
from xdp_lsp.objfile.elf import Elf, Relocation, Section, Symbol, read_elf


@dataclass(frozen=True, slots=True)
class ObjectFile:
    """`problems` are sentences about what could not be read; what they speak of is absent or cut short."""

    raw: bytes
    elf: Elf
    btf: Btf | None
    ext: BtfExt | None
    problems: tuple[str, ...]

    @property
    def big_endian(self) -> bool:
        return self.elf.big_endian

    @property
    def byte_order(self) -> Literal["big", "little"]:
        return "big" if self.elf.big_endian else "little"

    @property
    def sections(self) -> tuple[Section, ...]:
        return self.elf.sections

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        return self.elf.symbols

    def relocations(self, section: int) -> tuple[Relocation, ...]:
        """The relocations of section `section` (an index), in the order of the file."""
        return self.elf.relocations.get(section, ())


def load(data: bytes) -> ObjectFile:
    """Read the object file in `data`; raises ObjectError where it is no BPF object that can be read."""
    elf = read_elf(data)
    by_name = {section.name: section for section in elf.sections}
    problems = list(elf.problems)
    btf = ext = None
    if ".BTF" in by_name:
        btf = Btf(by_name[".BTF"].contents, elf.big_endian)
        problems += btf.problems
        if ".BTF.ext" in by_name:
            ext = BtfExt.parse(by_name[".BTF.ext"].contents, btf.string, elf.big_endian)
            problems += ext.problems
    return ObjectFile(data, elf, btf, ext, tuple(problems))
