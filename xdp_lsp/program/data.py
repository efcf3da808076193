"""Data sections and the variables in them.

Source: tools/lib/bpf/libbpf.c, bpf_object__init_global_data_maps() and btf_fixup_datasec() (Linux 7.2): the
offset of a global variable is its symbol's, that of a static one stands in BTF.
"""

from __future__ import annotations

from xdp_lsp.objfile import Btf, ObjectFile, Section
from xdp_lsp.objfile.btf import CONST, DATASEC, GLOBAL, VAR, VOLATILE
from xdp_lsp.objfile.elf import SHT_NOBITS, SHT_PROGBITS, STT_NOTYPE, STT_OBJECT
from xdp_lsp.program.image import DataSection, DataVariable
from xdp_lsp.program.maps import is_map_section

# `.bss` is nothing but zeros that programs overwrite: more of them than this (bytes, in all) tell nobody anything.
MAX_ZEROS = 1 << 20
# What `gotox` jumps by; the one data section that clang does not mark as allocated.
JUMP_TABLES = ".jumptables"


def is_data_section(section: Section) -> bool:
    return (
        (section.is_allocated or section.name == JUMP_TABLES)
        and not section.is_executable
        and section.type in (SHT_PROGBITS, SHT_NOBITS)
        and not is_map_section(section)
    )


def data_section_names(obj: ObjectFile) -> dict[int, str]:
    """A name for each data section, by index; a second section of one name has its index appended."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for section in obj.sections:
        if is_data_section(section):
            unique = section.name not in taken
            names[section.number] = section.name if unique else f"{section.name}#{section.number}"
            taken.add(section.name)
    return names


def find_data(obj: ObjectFile, names: dict[int, str]) -> dict[str, DataSection]:
    """Every data section of `obj`, by the names of `data_section_names`."""
    typed = _typed_variables(obj, obj.btf) if obj.btf and not obj.btf.problems else None
    untyped = _untyped_variables(obj)
    found = {}
    spare = MAX_ZEROS
    for index, name in names.items():
        section = obj.sections[index]
        is_constant = section.name == ".rodata" or section.name.startswith(".rodata.")
        zeros = min(section.size, spare) if section.type == SHT_NOBITS else 0
        spare -= zeros
        contents = bytes(zeros) or bytes(section.contents)
        named = tuple(one._replace(is_const=is_constant) for one in untyped.get(index, ()))
        # What the compiler makes (.rodata.cst16, .rodata.str1.1, switch tables) has neither type nor symbol.
        if typed is not None and (section.name in typed or not named):
            variables, has_types = typed.get(section.name, ()), True
        else:
            variables, has_types = named, False
        found[name] = DataSection(name, contents, is_constant, variables, has_types)
    return found


def _typed_variables(obj: ObjectFile, btf: Btf) -> dict[str, tuple[DataVariable, ...]]:
    """The variables of each DATASEC, by section name, sorted by offset."""
    values = {
        (obj.sections[symbol.section].name, symbol.name): symbol.value
        for symbol in obj.symbols
        if not symbol.is_local and 0 < symbol.section < len(obj.sections)
    }
    found = {}
    for section in btf.of_kind(DATASEC):
        variables = []
        for entry in btf.section_variables(section):
            variable = btf.type(entry.type)
            if variable.kind != VAR:
                continue
            offset: int | None = entry.offset
            if btf.linkage(variable) == GLOBAL:
                offset = values.get((section.name, variable.name))
            if offset is None:
                continue
            qualifiers = btf.qualifiers(variable.size_or_type)
            variables.append(
                DataVariable(
                    variable.name,
                    offset,
                    entry.size or btf.size(variable.size_or_type),
                    CONST in qualifiers,
                    VOLATILE in qualifiers,
                    btf.is_signed(variable.size_or_type),
                    variable.size_or_type,
                )
            )
        found[section.name] = tuple(sorted(variables, key=lambda variable: variable.offset))
    return found


def _untyped_variables(obj: ObjectFile) -> dict[int, list[DataVariable]]:
    """The symbols of each section, sorted by offset. Whether one is volatile is not known, so all are."""
    found: dict[int, list[DataVariable]] = {}
    for symbol in obj.symbols:
        if symbol.type in (STT_OBJECT, STT_NOTYPE) and symbol.name:
            variable = DataVariable(symbol.name, symbol.value, symbol.size, False, True)
            found.setdefault(symbol.section, []).append(variable)
    for variables in found.values():
        variables.sort(key=lambda variable: variable.offset)
    return found
