"""The maps of a run: which keys they have, and where the values stand.

Source: kernel/bpf/arraymap.c, hashtab.c, lpm_trie.c, devmap.c (Linux 6.18), as far as a program sees it: an array has
every index below its size, the others have what the input says or the program put there. An LPM trie is taken to
hold the very keys that are looked up.
"""

from __future__ import annotations

from xdp_lsp.machine.faults import Unmodelled
from xdp_lsp.machine.inputs import Inputs, Kind, Source
from xdp_lsp.machine.memory import BASE, Memory, Region
from xdp_lsp.program.image import Image, MapDefinition

ARRAY, PROG_ARRAY, PERCPU_ARRAY, ARRAY_OF_MAPS, HASH_OF_MAPS = 2, 3, 6, 12, 13  # enum bpf_map_type
ARRAYS = frozenset((ARRAY, PERCPU_ARRAY))
INNER_MAPS = frozenset((ARRAY_OF_MAPS, HASH_OF_MAPS))
INDEX_SIZE = 4  # bytes of an array's key


class Maps:
    """`define` makes the region of a value when it is first asked for."""

    def __init__(self, image: Image, memory: Memory, given: Inputs) -> None:
        self._memory = memory
        self._given = given
        self._order = memory.order
        # A map's own address stands for it; nothing can be read there.
        self._names = {memory.add(b"").address: name for name in image.maps}
        self._addresses = {name: address for address, name in self._names.items()}
        self._image = image
        self._values: dict[tuple[str, bytes], Region | None] = {}

    def address(self, name: str) -> int:
        return self._addresses[name]

    def at(self, address: int) -> MapDefinition:
        """The map that a helper is given."""
        name = self._names.get(address)
        if name is None:
            raise Unmodelled(f"a map at {address - BASE:#x} that the object does not define")
        return self._image.maps[name]

    def index(self, key: bytes) -> int:
        return int.from_bytes(key, self._order)

    def first_key(self) -> bytes:
        return bytes(INDEX_SIZE)

    def known(self, found: MapDefinition, key: bytes) -> bool:
        """Whether the program itself has put `key` there, taken it away, or looked it up before."""
        return (found.name, key) in self._values

    def value(self, found: MapDefinition, key: bytes) -> Region | None:
        """The value behind `key`, made where it was not known; None where the program deleted it."""
        place = (found.name, key)
        if place not in self._values:
            source = Source(Kind.VALUE, found.name, key)
            contents = self._given.contents(source, bytes(found.value_size))
            self._values[place] = self._memory.add(contents, source)
        return self._values[place]

    def put(self, found: MapDefinition, key: bytes) -> Region:
        """The value behind `key`, which is there from now on: what is in it is the caller's to write."""
        region = self.value(found, key)
        if region is None:
            region = self._values[found.name, key] = self._memory.add(bytes(found.value_size))
        return region

    def regions(self, name: str) -> list[Region]:
        """Where the values of a map stand that the program has come across."""
        return [region for (owner, _), region in self._values.items() if owner == name and region is not None]

    def delete(self, found: MapDefinition, key: bytes) -> None:
        self._values[found.name, key] = None

    def keys(self, found: MapDefinition) -> list[bytes]:
        """Every key of an array; of another map those that the program has come across."""
        if found.type in ARRAYS:
            return [index.to_bytes(INDEX_SIZE, self._order) for index in range(found.max_entries)]
        return [
            key for (name, key), value in self._values.items() if name == found.name and value is not None
        ]
