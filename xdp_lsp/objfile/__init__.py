"""Object files: ELF, BTF, .BTF.ext and DWARF, bytes in, records out; the only user of pyelftools.

Knows the formats, not what they mean for a program: which section is a map or an XDP program is
`xdp_lsp.program`'s.
"""

from xdp_lsp.objfile.btf import Btf, BtfType
from xdp_lsp.objfile.btf_ext import BtfExt
from xdp_lsp.objfile.dwarf import Dwarf, DwarfError
from xdp_lsp.objfile.dwarf_variables import (
    DwarfInstance,
    DwarfLocation,
    DwarfType,
    DwarfVariable,
    Kind,
    Operation,
)
from xdp_lsp.objfile.elf import Relocation, Section, Symbol
from xdp_lsp.objfile.errors import ObjectError
from xdp_lsp.objfile.object_file import ObjectFile, load

__all__ = [
    "Btf",
    "BtfExt",
    "BtfType",
    "Dwarf",
    "DwarfError",
    "DwarfInstance",
    "DwarfLocation",
    "DwarfType",
    "DwarfVariable",
    "Kind",
    "ObjectError",
    "ObjectFile",
    "Operation",
    "Relocation",
    "Section",
    "Symbol",
    "load",
]
