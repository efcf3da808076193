"""The input of random programs: one value for every map, and noise where no input decides."""

from __future__ import annotations

import random

from xdp_lsp.machine import Inputs, Kind, Source


class Input(Inputs):
    """`volatile` makes two reads of one map value differ. What nobody wrote, and random numbers, come from `seed`."""

    def __init__(  # noqa: PLR0917 - in the order in which a run meets them
        self,
        packet: bytes,
        map_value: bytes,
        headroom: int = 256,
        ifindex: int = 1,
        queue: int = 0,
        seed: int = 0,
        volatile: bool = False,
    ) -> None:
        self.packet = packet
        self.map_value = map_value
        self.length = len(packet)
        self.headroom = headroom
        self.seed = seed
        self.volatile = volatile
        self._context = {"ingress_ifindex": ifindex, "rx_queue_index": queue}
        self._random = random.Random(seed)

    def __repr__(self) -> str:
        return f"Input({self.packet!r}, {self.map_value!r}, {self.headroom}, seed={self.seed})"

    def number(self, source: Source) -> int:
        if source.kind is Kind.CONTEXT:
            return self._context.get(source.name, 0)
        if source.kind is Kind.RESULT and not source.allowed:
            return self._random.choice((self._random.getrandbits(source.bits), self._random.getrandbits(4)))
        return super().number(source)

    def contents(self, source: Source, initial: bytes) -> bytes:
        given = {Kind.PACKET: self.packet, Kind.VALUE: self.map_value}.get(source.kind)
        return initial if given is None else given[: len(initial)].ljust(len(initial), b"\0")

    def fresh(self, size: int) -> bytes:
        return self._random.randbytes(size)

    def meanwhile(self, size: int) -> int | None:
        if self.volatile and self._random.random() < 0.5:
            return self._random.getrandbits(8 * size)
        return None
