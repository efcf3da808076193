"""Loads and stores: which memory an address is in, and what is known of its contents.

Frames are followed byte for byte, the context's fields by their meaning, constants of the object by their initial
values. Everything else (packet, map values, ...) gives a new unknown at every read: two reads of one map value may
differ.
"""

from __future__ import annotations

from collections.abc import Callable

from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.program.image import DataSection, Image
from xdp_lsp.verifier import linear
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, Symbol, constant, of_symbol
from xdp_lsp.verifier.result import AssumedConstant, ReasonKind
from xdp_lsp.verifier.state import STACK_SIZE, State
from xdp_lsp.verifier.symbols import Origin, Region

# struct xdp_md (include/uapi/linux/bpf.h): all fields are __u32.
_DATA, _DATA_END, _DATA_META = 0, 4, 8
_FIELDS = {12: "ingress_ifindex", 16: "rx_queue_index", 20: "egress_ifindex"}

# A constant table read at a variable index is the join of at most this many entries; beyond, it is unknown.
_TABLE_ENTRIES = 4096

_WHERE = {
    Region.PACKET: "read from the packet",
    Region.OTHER: "read from memory that others may change",
    Region.UNKNOWN: "read from memory that is not followed",
    Region.DATA: "read from a variable",
    Region.STACK: "read from a place on the stack that was written piece by piece or through a pointer",
    Region.CONTEXT: "read from the context",
}


class Memory:
    """Reads and writes memory for one exploration.

    `assume_constants`: whether a `const volatile` variable with a non-zero initial value keeps it; each one
    that was used is given to `on_assumed`.
    """

    def __init__(
        self, image: Image, *, assume_constants: bool, on_assumed: Callable[[AssumedConstant], None]
    ) -> None:
        self._image = image
        self._assume_constants = assume_constants
        self._on_assumed = on_assumed

    # -- loads ----------------------------------------------------------------------------------

    def load(self, state: State, pc: int, base: Linear, offset: int, size: int) -> Linear:
        """`size` bytes at `base + offset`, zero-extended."""
        table = state.facts.table
        address = linear.shift(base, offset)
        region = table.region(address)
        kind, symbol = region if region is not None else (Region.OTHER, None)
        if kind is Region.STACK and symbol is not None:
            found = self._load_stack(state, address, symbol, size)
            if found is not None:
                return found
            kind = Region.UNKNOWN if size == 8 else kind  # a pointer may have been spilled there
        elif kind is Region.CONTEXT:
            return self._load_context(state, pc, address, size)
        elif kind is Region.DATA and symbol is not None:
            found = self._load_data(state.facts, pc, address, symbol, size)
            if found is not None:
                return found
        name = table[symbol].name if kind is Region.OTHER and symbol is not None else ""
        where = f"read from a value of map `{name}`" if name else _WHERE[kind]
        if kind is Region.DATA and symbol is not None:
            where = self._variable_words(table[symbol].name, linear.subtract(address, of_symbol(symbol)))
        origin = Origin(ReasonKind.READ, pc, f"{where} ({8 * size} bits)")
        if kind is not Region.UNKNOWN:
            return of_symbol(table.fresh(WORD.of_width(8 * size), origin))
        # It may be the context, where three fields of 4 bytes are read as pointers.
        is_pointer = size == 4 and address.const in (_DATA, _DATA_END, _DATA_META)
        return of_symbol(
            table.fresh(WORD.top if is_pointer else WORD.of_width(8 * size), origin, Region.UNKNOWN)
        )

    def _variable_words(self, section: str, place: Linear) -> str:
        found = self._image.data.get(section)
        variable = found.variable_at(place.const) if found is not None and place.is_constant else None
        return f"read from variable `{variable.name}`" if variable is not None else _WHERE[Region.DATA]

    def _load_stack(self, state: State, address: Linear, symbol: Symbol, size: int) -> Linear | None:
        depth = state.facts.table.frame_depth(symbol)
        if depth is None or depth >= len(state.frames) or len(address.terms) != 1:
            return None
        return state.frames[depth].load(state.facts, address.const, size)

    def _load_context(self, state: State, pc: int, address: Linear, size: int) -> Linear:
        table = state.facts.table
        packet = of_symbol(state.packet)
        if len(address.terms) == 1 and size == 4:
            if address.const == _DATA:
                return linear.add(packet, state.total)
            if address.const == _DATA_END:
                return linear.add(packet, state.length)
            if address.const == _DATA_META:
                start = linear.add(packet, linear.subtract(state.total, state.metadata))
                if WORD.contains(state.facts.evaluate(state.metadata), 0):
                    # Drivers without metadata say so by data + 1 (xdp_set_data_meta_invalid(), net/xdp.h).
                    beyond = table.shared(("metadata unsupported",), WORD.between(0, 1))
                    return linear.add(start, of_symbol(beyond))
                return start
            if address.const in _FIELDS:
                origin = Origin(ReasonKind.READ, pc, f"the context's {_FIELDS[address.const]}")
                return of_symbol(table.shared(("context", address.const), WORD.of_width(32), origin))
        origin = Origin(ReasonKind.READ, pc, _WHERE[Region.CONTEXT])
        return of_symbol(table.fresh(WORD.of_width(8 * size), origin))

    def _load_data(self, facts: Facts, pc: int, address: Linear, symbol: Symbol, size: int) -> Linear | None:
        """A variable's value where nothing changes it: None in `.data`, `.bss` and what the loader may set."""
        section = self._image.data.get(facts.table[symbol].name)
        if section is None or not section.is_constant:
            return None
        place = linear.subtract(address, of_symbol(symbol))
        if place.is_constant:
            value = self._initial(section, place.const, size)
            if value is None:
                return None
            if section.is_setting(place.const):
                if value == 0 or not self._assume_constants:
                    return None
                variable = section.variable_at(place.const)
                name = variable.name if variable is not None else f"{section.name}+{place.const}"
                self._on_assumed(AssumedConstant(pc, section.name, name, value))
            return constant(value)
        joined = self._table(section, facts.evaluate(place), size)
        if joined is None:
            return None
        origin = Origin(ReasonKind.READ, pc, f"an entry of a constant table in {section.name}")
        parents = tuple(s for s, _ in place.terms)
        return of_symbol(facts.table.fresh(joined, origin._replace(parents=parents)))

    def _initial(self, section: DataSection, offset: int, size: int) -> int | None:
        if offset < 0 or offset + size > len(section.data):
            return None
        raw = section.data[offset : offset + size]
        return int.from_bytes(raw, "big" if self._image.big_endian else "little")

    def _table(self, section: DataSection, places: Scalar, size: int) -> Scalar | None:
        """The join of the entries that can be read; None where some may be outside, or a setting."""
        low, high = WORD.signed(places)
        if low < 0 or high + size > len(section.data):
            # The verifier refuses reads outside the section, so only the entries inside can be meant.
            low, high = max(low, 0), min(high, len(section.data) - size)
        step = 1 << ((places.bits.mask & -places.bits.mask).bit_length() - 1) if places.bits.mask else 1
        first = low + (places.bits.value - low) % step
        if (high - first) // step >= _TABLE_ENTRIES:
            return None
        joined: Scalar | None = None
        for offset in range(first, high + 1, step):
            if not WORD.contains(places, offset):
                continue
            value = self._initial(section, offset, size)
            if value is None or section.is_setting(offset):
                return None
            entry = WORD.const(value)
            joined = entry if joined is None else WORD.join(joined, entry)
        return joined

    # -- stores ---------------------------------------------------------------------------------

    def store(self, state: State, base: Linear | None, offset: int, size: int, form: Linear | None) -> None:
        """`form` (None: anything) into `size` bytes at `base + offset` (None: anywhere)."""
        found = None if base is None else frame_place(state, linear.shift(base, offset))
        if found is None:
            if base is None or _may_be_frame(state, base):
                state.forget_frames()
            return
        depth, low, high = found
        frame = state.own_frame(depth)
        if low == high:
            frame.store(state.facts, low, size, form)
        else:
            frame.forget(low, high + size)

    def forget_behind(self, state: State, pointer: Linear | None, size: int | None) -> None:
        """Someone may write `size` bytes (None: any number) through `pointer` (None: an unknown value)."""
        if pointer is None:
            state.forget_frames()
            return
        found = frame_place(state, pointer)
        if found is None:
            if _may_be_frame(state, pointer):
                state.forget_frames()
            return
        depth, low, high = found
        state.own_frame(depth).forget(low, 0 if size is None else high + size)


def frame_place(state: State, address: Linear) -> tuple[int, int, int] | None:
    """(depth, least offset, largest offset) of an address in a frame; None where it is in none, or anywhere."""
    region = state.facts.table.region(address)
    if region is None or region[0] is not Region.STACK:
        return None
    depth = state.facts.table.frame_depth(region[1])
    if depth is None or depth >= len(state.frames):
        return None
    low, high = WORD.signed(state.facts.evaluate(linear.subtract(address, of_symbol(region[1]))))
    return depth, max(low, -STACK_SIZE), min(high, 0)


def _may_be_frame(state: State, address: Linear) -> bool:
    region = state.facts.table.region(address)
    return region is not None and region[0] in (Region.STACK, Region.UNKNOWN)
