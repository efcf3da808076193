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
    tables = _tables(obj)
    found: dict[int, tuple[int, ...]] = {}
    known: dict[int, tuple[int, ...]] = {}
    for jump in jumps:
        function = functions[bisect_right(functions, jump, key=lambda one: one.start) - 1]
        if function.start not in known:
            section = layout.section_at(jump).number
            loaded = {addresses.get(pc) for pc in range(function.start, function.end)}
            places = {
                layout.pc(section, offset)
                for address in loaded
                if isinstance(address, DataAddress) and address.section == JUMP_TABLES
                for offset in tables.get(address.offset, ())
            }
            known[function.start] = tuple(sorted(place for place in places if place is not None))
        found[jump] = known[function.start]
    return found


def _tables(obj: ObjectFile) -> dict[int, list[int]]:
    """The words of each table, by the table's offset in the section."""
    section = next((one for one in obj.sections if one.name == JUMP_TABLES), None)
    if section is None:
        return {}
    sizes = {symbol.value: symbol.size for symbol in obj.symbols if symbol.section == section.number}
    starts = sorted(sizes)
    found = {}
    for start, following in zip(starts, [*starts[1:], section.size], strict=True):
        words = section.contents[start : min(start + sizes[start], following)]
        found[start] = [
            int.from_bytes(words[at : at + 8], obj.byte_order) for at in range(0, len(words) // 8 * 8, 8)
        ]
    return found
