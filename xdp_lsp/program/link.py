"""What the relocations and pseudo instructions of the code mean.

Source: tools/lib/bpf/libbpf.c, bpf_program__record_reloc() and bpf_object__reloc_code() (Linux 7.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xdp_lsp.isa.instruction import (
    CALL,
    JMP,
    LD_IMM64,
    PSEUDO_CALL,
    PSEUDO_FUNC,
    PSEUDO_KFUNC_CALL,
    SLOT_SIZE,
)
from xdp_lsp.objfile import Btf, ObjectFile, Symbol
from xdp_lsp.objfile.btf import CONST, DATASEC, PTR
from xdp_lsp.objfile.elf import SHN_LORESERVE, SHN_UNDEF, STB_LOCAL, STT_NOTYPE, STT_SECTION
from xdp_lsp.program.image import (
    Address,
    DataAddress,
    FunctionAddress,
    Kfunc,
    MapAddress,
    UnknownAddress,
)
from xdp_lsp.program.layout import Layout
from xdp_lsp.program.maps import Maps

_CALL_OPCODE = JMP | CALL
_NO_SYMBOL = Symbol("", STT_NOTYPE, STB_LOCAL, SHN_LORESERVE, 0, 0)


@dataclass(slots=True)
class Links:
    """As the fields of the same names of `Image`."""

    calls: dict[int, int] = field(default_factory=dict)
    addresses: dict[int, Address] = field(default_factory=dict)
    kfuncs: dict[int, Kfunc] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def targets(self) -> set[int]:
        """Every pc that is called or whose address is taken: the start of a function."""
        taken = {address.pc for address in self.addresses.values() if isinstance(address, FunctionAddress)}
        return taken | set(self.calls.values())


def link(obj: ObjectFile, layout: Layout, maps: Maps, data_names: dict[int, str]) -> Links:
    """Resolve every call and every 64-bit immediate load of `layout`."""
    links = Links()
    resolver = _Resolver(obj, layout, maps, data_names, links)
    for section in layout.sections:
        for relocation in obj.relocations(section.number):
            pc = layout.pc(section.number, relocation.offset)
            symbol = obj.symbols[relocation.symbol] if relocation.symbol < len(obj.symbols) else None
            if pc is None or symbol is None:
                links.problems.append(
                    f"A relocation of section {section.name} at byte {relocation.offset} makes no sense."
                )
            if pc is not None:
                resolver.relocate(pc, symbol or _NO_SYMBOL, relocation.addend)
    resolver.resolve_rest()
    return links


class _Resolver:
    def __init__(
        self, obj: ObjectFile, layout: Layout, maps: Maps, data_names: dict[int, str], links: Links
    ) -> None:
        self._obj = obj
        self._layout = layout
        self._maps = maps
        self._data_names = data_names
        self._links = links
        self._externs = extern_sections(obj.btf) if obj.btf else {}

    def relocate(self, pc: int, symbol: Symbol, addend: int | None) -> None:
        """Apply a relocation against `symbol` at `pc`; `addend` (bytes) as in `Relocation`.

        In place a 64-bit load has bytes, a call slots less 1 (Documentation/bpf/llvm_reloc.rst, R_BPF_64_32).
        """
        instruction = self._layout.slots[pc]
        if instruction.opcode == LD_IMM64:
            self._links.addresses[pc] = self._address(symbol, instruction.imm if addend is None else addend)
        elif instruction.opcode == _CALL_OPCODE:
            if addend:
                # LLVM adds it to the callee's address, GNU's assembler counts from the call: no telling which it was.
                self._lose(pc, symbol.name)
            else:
                self._call(pc, symbol, (instruction.imm + 1) * SLOT_SIZE if addend is None else 0)
        else:
            self._links.problems.append(
                f"The relocation against {symbol.name} at instruction {pc} is on no call and no address load."
            )

    def _call(self, pc: int, symbol: Symbol, addend: int) -> None:
        if symbol.section == SHN_UNDEF:
            self._links.kfuncs[pc] = self._kfunc(symbol.name)
            return
        # A call of a global function has imm -1, one through the section's symbol the callee's slot less 1.
        target = self._layout.pc(symbol.section, symbol.value + addend)
        if target is None:
            self._lose(pc, symbol.name)
        else:
            self._links.calls[pc] = target

    def _lose(self, pc: int, name: str) -> None:
        """A call that leads nowhere is one of a function that can do anything."""
        self._links.kfuncs[pc] = Kfunc(name or "a lost function", (), is_kernel=False)
        self._links.problems.append(f"The call of {name or 'a function'} at instruction {pc} leads nowhere.")

    def _address(self, symbol: Symbol, imm: int) -> Address:
        """What a ld_imm64 with the in-place addend `imm` (bytes) against `symbol` loads."""
        if symbol.section == SHN_UNDEF:
            return UnknownAddress(self._extern(symbol.name))
        if symbol.section >= SHN_LORESERVE or symbol.section >= len(self._obj.sections):
            return UnknownAddress(f"{symbol.name or 'a lost symbol'} is in no section of the object")
        section = self._obj.sections[symbol.section]
        if section.is_executable:
            pc = self._layout.pc(section.number, symbol.value + imm)
            return UnknownAddress(f"{symbol.name} is no function") if pc is None else FunctionAddress(pc)
        in_section = symbol.value + (imm if symbol.type == STT_SECTION else 0)
        name = self._maps.at(section.number, in_section)
        if name is not None:
            return MapAddress(name)
        if section.number in self._data_names:
            return DataAddress(self._data_names[section.number], symbol.value + imm)
        return UnknownAddress(f"{symbol.name} is in section {section.name}, which holds no data")

    def _extern(self, name: str) -> str:
        section = self._externs.get(name)
        if section == ".kconfig":
            return f"{name} is a setting of the kernel that the loader fills in (.kconfig)"
        if section == ".ksyms":
            return f"{name} is a symbol of the kernel that the loader looks up (.ksyms)"
        return f"{name} is defined in another object"

    def _kfunc(self, name: str) -> Kfunc:
        btf = self._obj.btf
        function = btf.function(name) if btf else None
        if btf is None or function is None:
            return Kfunc(name, (), is_kernel=False)
        parameters = btf.parameters(btf.resolve(function.size_or_type))
        pointees = tuple(_pointee(btf, parameter.type) for parameter in parameters)
        return Kfunc(name, pointees, self._externs.get(name) == ".ksyms")

    def resolve_rest(self) -> None:
        """Calls and address loads without a relocation: already resolved, or numbers of a loaded program."""
        links = self._links
        # slot[0] is the opcode, slot[2] the src register: properties would triple the time of this loop.
        kinds = [
            pc
            for pc, slot in enumerate(self._layout.slots)
            if slot[2] and (slot[0] == _CALL_OPCODE or slot[0] == LD_IMM64)
        ]
        for pc in kinds:
            instruction = self._layout.slots[pc]
            target = pc + 1 + instruction.imm
            if pc in links.calls or pc in links.kfuncs or pc in links.addresses:
                continue
            if instruction.opcode == LD_IMM64:
                if instruction.src == PSEUDO_FUNC and self._is_same_section(pc, target):
                    links.addresses[pc] = FunctionAddress(target)
                else:
                    links.addresses[pc] = UnknownAddress("a number that only the loader of the program knew")
            elif instruction.src == PSEUDO_KFUNC_CALL:
                links.kfuncs[pc] = Kfunc(f"kfunc#{instruction.imm}", ())
            elif instruction.src == PSEUDO_CALL and self._is_same_section(pc, target):
                links.calls[pc] = target
            else:
                self._lose(pc, "")

    def _is_same_section(self, pc: int, target: int) -> bool:
        return target in self._layout.spans[self._layout.section_at(pc).number]


def extern_sections(btf: Btf) -> dict[str, str]:
    """The section (`.kconfig`, `.ksyms`) that each extern is declared in."""
    return {
        btf.type(entry.type).name: section.name
        for section in btf.of_kind(DATASEC)
        if section.name in (".kconfig", ".ksyms")
        for entry in btf.section_variables(section)
    }


def _pointee(btf: Btf, type_id: int) -> int | None:
    """As an element of `Kfunc.pointees`."""
    pointer = btf.resolve(type_id)
    if pointer.kind != PTR:
        return None
    size = btf.size(pointer.size_or_type)
    return -size if CONST in btf.qualifiers(pointer.size_or_type) else size
