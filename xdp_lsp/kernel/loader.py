"""Brings the programs of an object into the running kernel, for its verifier's opinion: nothing is attached or pinned.

Source: tools/lib/bpf/libbpf.c, bpf_object_load() (Linux 7.2). CO-RE is left to the kernel itself (core_relos of
BPF_PROG_LOAD, Linux 5.17), which applies it to its own types.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import SLOT_SIZE, Instruction
from xdp_lsp.kernel import bpf, vmlinux
from xdp_lsp.kernel.bpf import LoadError, Map, TypedCode, Types, XdpProgram
from xdp_lsp.kernel.code import NOTHING, Additions, Code, arrange, functions_of
from xdp_lsp.kernel.maps import Maps
from xdp_lsp.kernel.types import kernel_types
from xdp_lsp.objfile import ObjectFile
from xdp_lsp.objfile.btf_ext import Records
from xdp_lsp.objfile.elf import SHN_UNDEF, STB_WEAK
from xdp_lsp.program.image import (
    Address,
    Attach,
    DataAddress,
    Function,
    FunctionAddress,
    Image,
    MapAddress,
    Program,
)
from xdp_lsp.program.layout import Layout, lay_out
from xdp_lsp.program.link import extern_sections

_ATTACH = {Attach.DEVMAP: bpf.XDP_DEVMAP, Attach.CPUMAP: bpf.XDP_CPUMAP}
_CORE_RECORD = struct.Struct("=IIII")
# The helper that stands for a weak kernel function that is missing: none, so that only dead code may call it.
_MISSING = 2_002_000_000
_FUNCTION_RECORD = struct.Struct("=II")


class Loader(ExitStack):
    """The maps, data and types of one object in the kernel, and its programs loaded one by one. A context manager.

    `obj` is the file that `image` was linked from: without it there are no types. Global functions are followed
    call by call, as the analysis does, unless `functions_alone`: then as the kernel does, for any argument.
    A program that replaces a function of another (freplace) is loaded as an XDP program of its own.

    With `as_built` the object is loaded as a loader does that sets nothing, so that a refusal is the object's own:
    settings are zero where the object has them so, functions are looked at alone, and what cannot be had here as
    there (the kernel's configuration) is a LoadError.
    """

    def __init__(
        self,
        image: Image,
        obj: ObjectFile | None = None,
        *,
        functions_alone: bool = False,
        as_built: bool = False,
    ) -> None:
        super().__init__()
        self._as_built = as_built
        if image.big_endian != bpf.IS_BIG_ENDIAN:
            raise LoadError("The object is for machines of the other byte order.")
        self.image = image
        self._obj = obj
        self._layout = lay_out(obj) if obj else None
        self._types = self._load_types(not (functions_alone or as_built))
        sizes = {section.name: section.size for section in obj.sections} if obj else {}
        btf = obj.btf if obj else None
        self.maps = self.enter_context(Maps(image, btf, self._types, sizes, as_built=as_built))
        self._externs = dict(_externs(obj, self._layout)) if obj and self._layout else {}
        self._extern_sections = extern_sections(obj.btf) if obj and obj.btf else {}
        self._function_types = self._records(obj.ext.functions if obj and obj.ext else {})
        self._core = self._records(obj.ext.core if obj and obj.ext else {})

    @property
    def lacks_types(self) -> bool:
        """Whether the object has types that this kernel does not take: it may refuse programs for want of them."""
        return self._types is None and self._obj is not None and self._obj.btf is not None

    def load(
        self, program: Program, additions: Additions = NOTHING, *, verbosity: int = bpf.LOG_STATS
    ) -> XdpProgram:
        """`program` with `additions`. Raises LoadError where it cannot be brought into the kernel, of its kinds
        Refused where the verifier says so. `verbosity` is as for XdpProgram.
        """
        functions = functions_of(self.image, program)
        code = arrange(self.image, functions, additions)
        for pc, position in code.at.items():
            self._resolve(pc, position, code.slots)
        return XdpProgram(
            code.slots,
            licence=self._licence(),
            flags=bpf.XDP_HAS_FRAGS if program.frags else 0,
            attach=_ATTACH.get(program.attach, 0),
            typed=self._typed(functions, code),
            verbosity=verbosity,
        )

    def _load_types(self, all_static: bool) -> Types | None:
        obj = self._obj
        if obj is None or obj.btf is None or obj.btf.problems:
            return None
        try:
            return self.enter_context(Types(kernel_types(obj, obj.btf, self.image, all_static=all_static)))
        except OSError:
            return None  # most programs load without

    def _licence(self) -> bytes:
        """What the object says; where it says nothing, one with which the verifier gets to the code."""
        sections = self._obj.sections if self._obj else ()
        found = next((bytes(one.contents) for one in sections if one.name == "license"), b"")
        return found.partition(b"\0")[0] or (b"" if self._as_built else b"GPL")

    def _records(self, records: Records) -> Mapping[int, tuple[int, ...]]:
        """Records of `.BTF.ext` by pc, without the offset in front."""
        if self._layout is None:
            return {}
        numbers = {section.name: section.number for section in reversed(self._layout.sections)}
        return {
            pc: tuple(rest)
            for name, entries in records.items()
            if name in numbers
            for offset, *rest in entries
            if (pc := self._layout.pc(numbers[name], offset)) is not None
        }

    def _typed(self, functions: list[Function], code: Code) -> TypedCode | None:
        if self._types is None or not all(one.start in self._function_types for one in functions):
            return None
        info = b"".join(
            _FUNCTION_RECORD.pack(code.starts[one.start], self._function_types[one.start][0])
            for one in functions
        )
        core = b"".join(
            _CORE_RECORD.pack(code.at[pc] * SLOT_SIZE, *record)
            for pc, record in sorted(self._core.items(), key=lambda item: code.at.get(item[0], 0))
            if pc in code.at
        )
        return TypedCode(self._types, info, core)

    def _resolve(self, pc: int, position: int, slots: list[Instruction]) -> None:
        """Put in at `position` what the instruction at `pc` loads or calls."""
        kfunc = self.image.kfuncs.get(pc)
        if kfunc is not None:
            found = vmlinux.function_id(kfunc.name) if kfunc.is_kernel else None
            if found is None and not self._may_be_missing(pc):
                raise LoadError(f"It calls {kfunc.name}: this kernel, modules apart, has no such function.")
            kind = isa.CALL_HELPER if found is None else isa.PSEUDO_KFUNC_CALL
            slots[position] = slots[position]._replace(src=kind, offset=0, imm=found or _MISSING)
        address = self.image.addresses.get(pc)
        if address is None or isinstance(address, FunctionAddress):
            return
        kind, low, high = self._load_of(pc, address)
        slots[position] = slots[position]._replace(src=kind, imm=low)
        slots[position + 1] = slots[position + 1]._replace(imm=high)

    def _load_of(self, pc: int, address: Address) -> tuple[int, int, int]:
        """The kind and the two words of a ld_imm64."""
        if isinstance(address, MapAddress):
            made = self.maps.named(address.map)
            if address.value_offset is None:
                return isa.PSEUDO_MAP_FD, made.fd, 0
            return _value(made, address.value_offset)
        if isinstance(address, DataAddress):
            return _value(self.maps.data(address), address.offset)
        name, _ = self._externs.get(pc, ("", False))
        section = self._extern_sections.get(name)
        if section == ".kconfig" and self._as_built:
            raise LoadError(
                f"It reads {name} of the kernel's configuration (.kconfig), which is not known here."
            )
        if section == ".kconfig":
            return _value(*self.maps.setting(name))
        found = vmlinux.symbol_id(name) if section == ".ksyms" else None
        if found is not None:
            return isa.PSEUDO_BTF_ID, found, 0
        if section == ".ksyms" and self._may_be_missing(pc):
            return 0, 0, 0
        raise LoadError(f"It loads an address that is not known here: {getattr(address, 'reason', name)}.")

    def _may_be_missing(self, pc: int) -> bool:
        return self._externs.get(pc, ("", False))[1]


def _value(made: Map, offset: int) -> tuple[int, int, int]:
    if not 0 <= offset <= made.value_size:
        raise LoadError(f"It loads the address of byte {offset} of a value of {made.value_size} bytes.")
    return isa.PSEUDO_MAP_VALUE, made.fd, offset


def _externs(obj: ObjectFile, layout: Layout) -> Iterator[tuple[int, tuple[str, bool]]]:
    """Which undefined symbol the instruction at a pc speaks of, and whether it may be missing."""
    for section in layout.sections:
        for relocation in obj.relocations(section.number):
            pc = layout.pc(section.number, relocation.offset)
            if pc is None or relocation.symbol >= len(obj.symbols):
                continue
            symbol = obj.symbols[relocation.symbol]
            if symbol.section == SHN_UNDEF:
                yield pc, (symbol.name, symbol.bind == STB_WEAK)
