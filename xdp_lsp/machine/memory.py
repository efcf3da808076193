"""The memory of a run: regions far apart, so that an address says which one it is in.

An address is `BASE`, the region's number in the bits from 24 on, and the offset in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xdp_lsp.machine.faults import Fault
from xdp_lsp.machine.inputs import Source

BASE = 0xFFFF_8000_0000_0000
_SHIFT = 24
_OFFSET = (1 << _SHIFT) - 1
LARGEST_REGION = 1 << _SHIFT


@dataclass(slots=True, eq=False)
class Region:
    """Bytes `start` to `end` (exclusive) can be accessed. `source` names the first byte where they are input."""

    address: int
    data: bytearray
    source: Source | None = None
    writable: bool = True
    start: int = 0
    end: int = 0


class Memory:
    """Loads and stores of 1 to 8 bytes; raises Fault for what is outside every region."""

    def __init__(self, *, big_endian: bool) -> None:
        self.order: Literal["big", "little"] = "big" if big_endian else "little"
        self._regions: list[Region] = []

    def add(self, data: bytes | bytearray, source: Source | None = None, *, writable: bool = True) -> Region:
        """A new region that holds `data`."""
        if len(data) > LARGEST_REGION:
            raise Fault("more memory than a run can have")
        address = BASE + (len(self._regions) << _SHIFT)
        region = Region(address, bytearray(data), source, writable, end=len(data))
        self._regions.append(region)
        return region

    def place(self, address: int, size: int, *, write: bool = False) -> tuple[Region, int]:
        """The region of `size` bytes at `address`, and the offset in it."""
        number = (address - BASE) >> _SHIFT
        if 0 <= number < len(self._regions):
            region = self._regions[number]
            offset = address & _OFFSET
            if region.start <= offset <= region.end - size and (region.writable or not write):
                return region, offset
        raise Fault(f"{size} bytes at {address:#x} are not there to be accessed")

    def load(self, address: int, size: int) -> int:
        region, offset = self.place(address, size)
        return int.from_bytes(region.data[offset : offset + size], self.order)

    def store(self, address: int, size: int, value: int) -> None:
        region, offset = self.place(address, size, write=True)
        region.data[offset : offset + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, self.order)
