"""Where indirect jumps (`gotox`, clang 22 with -mcpu=v4, Linux 6.19) may go.

Source: tools/lib/bpf/libbpf.c, create_jt_map() (Linux 7.2): a symbol in `.jumptables` is a table of 8-byte
words, each the offset in bytes, in the section of the code that jumps, of a place to go to.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from xdp_lsp.isa.instruction import JA, JMP, X
from xdp_lsp.objfile import ObjectFile
from xdp_lsp.program.data import JUMP_TABLES
from xdp_lsp.program.image import Address, DataAddress, Function
from xdp_lsp.program.layout import Layout

_GOTOX = JMP | JA | X


def find_jump_targets(
    obj: ObjectFile, layout: Layout, functions: Sequence[Function], addresses: Mapping[int, Address]
) -> dict[int, tuple[int, ...]]:
    """For each gotox the places of every table whose address its function loads, sorted."""
    jumps = [pc for pc, slot in enumerate(layout.slots) if slot[0] == _GOTOX]
    if not jumps:
        return {}
    tables = {symbol.value: symbol.size for symbol in obj.symbols if _is_in(obj, symbol.section, JUMP_TABLES)}
    contents = next((section.contents for section in obj.sections if section.name == JUMP_TABLES), b"")
    found = {}
    for jump in jumps:
        function = functions[bisect_right(functions, jump, key=lambda one: one.start) - 1]
        section = next(
            one.number for one in layout.sections if layout.bases[one.number] <= jump < layout.end(one.number)
        )
        places = set()
        for pc in range(function.start, function.end):
            address = addresses.get(pc)
            if not isinstance(address, DataAddress) or address.section != JUMP_TABLES:
                continue
            end = address.offset + tables.get(address.offset, 0)
            for at in range(address.offset, end, 8):
                places.add(layout.pc(section, int.from_bytes(contents[at : at + 8], obj.byte_order)))
        found[jump] = tuple(sorted(place for place in places if place is not None))
    return found


def _is_in(obj: ObjectFile, section: int, name: str) -> bool:
    return 0 < section < len(obj.sections) and obj.sections[section].name == name
