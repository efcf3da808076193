"""Names for parts of an input, in the words of the program's source as far as the object has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from xdp_lsp.machine import Kind, Source
from xdp_lsp.machine.arithmetic import signed
from xdp_lsp.machine.maps import ARRAYS, INDEX_SIZE
from xdp_lsp.objfile.btf import INT
from xdp_lsp.program.image import DataSection, Image, MapDefinition
from xdp_lsp.program.type_paths import Field, field_at
from xdp_lsp.witness.result import Decision

_LARGEST_DECIMAL = 0xFFFF_FFFF
_LONGEST_KEY = 16  # bytes of a key that are shown
_ETHERTYPE = 12  # bytes: where it stands in a frame
_KINDS = list(Kind)


def name_inputs(image: Image, decided: Mapping[Source, int]) -> tuple[Decision, ...]:
    """What was `decided`, the bytes of one field as one number; maps and variables first, then the packet."""
    order = {kind: at for at, kind in enumerate((Kind.VARIABLE, Kind.VALUE, Kind.PRESENT))}
    sources = sorted(
        decided,
        key=lambda one: (
            order.get(one.kind, len(order) + _KINDS.index(one.kind)),
            one.name,
            one.key,
            one.number,
        ),
    )
    found: list[Decision] = []
    for (kind, name, key), group in groupby(sources, lambda one: (one.kind, one.name, one.key)):
        values = {source.number: decided[source] for source in group}
        found += _named(image, kind, name, key, values)
    return tuple(found)


def _named(image: Image, kind: Kind, name: str, key: bytes, values: Mapping[int, int]) -> Iterator[Decision]:
    if kind is Kind.VALUE:
        definition = image.maps[name]
        place = f"{name}[{_key(image, definition, key)}]"
        yield from _fields(image, place, definition.value_type, values, bytes(definition.value_size))
    elif kind is Kind.PRESENT:
        place = f"{name}[{_key(image, image.maps[name], key)}]"
        yield Decision(f"{place} is there", values[0], f"{'an' if values[0] else 'no'} entry {place}")
    elif kind is Kind.VARIABLE:
        yield from _variables(image, image.data[name], values)
    elif kind is Kind.PACKET:
        yield from _bytes_of("", values, _known_field)
    elif kind is Kind.LENGTH:
        yield Decision("packet length", values[0], f"a packet of {values[0]} bytes")
    elif kind is Kind.HEADROOM:
        yield Decision("headroom", values[0], f"a headroom of {values[0]} bytes")
    elif kind is Kind.CONTEXT:
        yield from (_equals(f"ctx->{name}", value) for value in values.values())
    elif kind is Kind.RESULT:
        for number, value in values.items():
            call = f" (call {number + 1})" if number else ""
            yield _equals(f"{name}(){call}", signed(value) if signed(value) < 0 else value)
    else:
        yield from _bytes_of(f" that {name}() writes", values)


def _equals(name: str, value: int) -> Decision:
    return Decision(name, value, f"{name} = {value if value <= _LARGEST_DECIMAL else hex(value)}")


def _key(image: Image, definition: MapDefinition, key: bytes) -> str:
    is_int = image.types is not None and image.types.resolve(definition.key_type).kind == INT
    if is_int or (definition.type in ARRAYS and len(key) == INDEX_SIZE):
        return str(int.from_bytes(key, "big" if image.big_endian else "little"))
    return f"0x{key[:_LONGEST_KEY].hex()}{'...' if len(key) > _LONGEST_KEY else ''}"


def _variables(image: Image, section: DataSection, values: Mapping[int, int]) -> Iterator[Decision]:
    rest = dict(values)
    for variable in section.variables:
        inside = {
            at: rest.pop(at) for at in range(variable.offset, variable.offset + variable.size) if at in rest
        }
        if inside:
            moved = {at - variable.offset: value for at, value in inside.items()}
            initial = section.data[variable.offset : variable.offset + variable.size]
            yield from _fields(image, variable.name, variable.type, moved, initial)
    yield from _bytes_of(f" of {section.name}", rest)


def _fields(
    image: Image, place: str, type_id: int, values: Mapping[int, int], initial: bytes
) -> Iterator[Decision]:
    """The fields of an object at `place` that `values` (by offset) change from `initial`."""
    contents = bytearray(initial.ljust(max(values, default=0) + 1, b"\0"))
    for at, value in values.items():
        contents[at] = value
    found: dict[Field, None] = {}
    rest: dict[int, int] = {}
    for at, value in values.items():
        field = field_at(image.types, type_id, at) if image.types is not None else None
        if field is None or field.offset + field.size > len(contents):
            rest[at] = value
        else:
            found[field] = None
    for field in found:
        raw = contents[field.offset : field.offset + field.size]
        number = int.from_bytes(raw, "big" if image.big_endian else "little", signed=field.is_signed)
        yield _equals(f"{place}{field.path}", number)
    yield from _bytes_of(f" of {place}", rest)


def _bytes_of(
    whose: str,
    values: Mapping[int, int],
    known: Callable[[Mapping[int, int], int], tuple[str, int, int] | None] = lambda values, at: None,
) -> Iterator[Decision]:
    """Bytes by their numbers, those side by side as one number in the order in which they stand."""
    waiting = sorted(values)
    while waiting:
        first = waiting[0]
        name, size, number = known(values, first) or ("", 0, 0)
        if not size:
            size = 1
            while first + size in values and known(values, first + size) is None:
                size += 1
            number = int.from_bytes(bytes(values[first + at] for at in range(size)), "big")
            name = f"byte {first}{whose}" if size == 1 else f"bytes {first} to {first + size - 1}{whose}"
        waiting = [at for at in waiting if at >= first + size]
        digits = 2 * size
        yield Decision(name, number, f"{name} = 0x{number:0{digits}x}")


def _known_field(values: Mapping[int, int], at: int) -> tuple[str, int, int] | None:
    """(name, size, value) of a header's field that byte `at` is the first decided one of."""
    if _ETHERTYPE <= at < _ETHERTYPE + 2:
        number = values.get(_ETHERTYPE, 0) << 8 | values.get(_ETHERTYPE + 1, 0)
        return "ethertype", _ETHERTYPE + 2 - at, number
    return None
