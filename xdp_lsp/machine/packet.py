"""The packet of a run, and the helpers that move its ends.

The rules are those of net/core/filter.c (Linux 6.18). Offsets count from the packet's first byte as it came in.
"""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine.arithmetic import TOP, signed
from xdp_lsp.machine.faults import Fault
from xdp_lsp.machine.inputs import LEAST_PACKET, LONGEST_PACKET, MOST_HEADROOM, Inputs, Kind, Source
from xdp_lsp.machine.numbers import Numbers

ADJUST_HEAD, ADJUST_META = 44, 54  # enum bpf_func_id
RESERVE = 40  # sizeof(struct xdp_frame), 5.15.y and later
ETH_HLEN = 14
LONGEST_METADATA = 252
EINVAL, EACCES = -22 & TOP, -13 & TOP
_XDP_MD = {12: "ingress_ifindex", 16: "rx_queue_index", 20: "egress_ifindex"}  # struct xdp_md, input fields


class Attempt(NamedTuple):
    """One call of adjust_head or adjust_meta: what it passed, what came of it, and where the packet stood before."""

    pc: int
    helper: int
    delta: int
    result: int
    total: int  # S before the call
    metadata: int  # M before the call

    @property
    def wanted(self) -> tuple[int, int]:
        """S and M as the call wants them to be."""
        if self.helper == ADJUST_HEAD:
            return self.total + self.delta, self.metadata
        return self.total, self.metadata - self.delta

    @property
    def demand(self) -> int:
        total, metadata = self.wanted
        return metadata - total


class Packet(Numbers):
    """A run's packet and the context that tells of it.

    `total` is S, `metadata` M, `length` where the packet ends, `first` the address of offset 0, `pc` the call at hand.
    """

    pc: int

    def __init__(self, given: Inputs, *, big_endian: bool) -> None:
        super().__init__(given, big_endian=big_endian)
        self.attempts: list[Attempt] = []
        self.redirects: list[int] = []
        self.context = self.memory.add(b"").address
        self.total: int = 0
        self.metadata: int = 0
        self.headroom = self.input(Source(Kind.HEADROOM, bits=32, allowed=range(MOST_HEADROOM)))
        lengths = range(LEAST_PACKET, LONGEST_PACKET + 1)
        self.length: int = self.input(Source(Kind.LENGTH, bits=32, allowed=lengths))
        room = int(self.headroom)
        contents = self.given.contents(Source(Kind.PACKET), bytes(LONGEST_PACKET))
        self.packet = self.memory.add(bytes(room) + contents, Source(Kind.PACKET))
        self.first = self.packet.address + room  # the address of offset 0
        self._bound_packet()

    def load(self, address: int, size: int) -> int:
        """`size` bytes, zero-extended."""
        offset = address - self.context
        if 0 <= offset < 32 and size == 4:
            return self._field(int(offset))
        return super().load(address, size)

    def _field(self, offset: int) -> int:
        """A field of struct xdp_md; the first three are the packet's start, end and metadata."""
        if offset == 0:
            return self.operate(isa.ADD, self.total, self.first)
        if offset == 4:
            return self.operate(isa.ADD, self.length, self.first)
        if offset == 8:
            return self.operate(isa.ADD, self.operate(isa.SUB, self.total, self.metadata), self.first)
        if offset in _XDP_MD:
            return self.input(Source(Kind.CONTEXT, _XDP_MD[offset], number=offset, bits=32))
        raise Fault(f"field {offset} of the context")

    def attempted(self, attempt: Attempt, demand: int) -> None:
        """Called after each attempt to move the packet's start; `demand` is that of `attempt`."""
        self.attempts.append(attempt)

    def _bound_packet(self) -> None:
        room = int(self.headroom)
        self.packet.start = room + signed(self.total) - int(self.metadata)
        self.packet.end = room + signed(self.length)

    def adjust_head(self, delta: int) -> int:
        """bpf_xdp_adjust_head(): nothing moves unless the new start is in bounds."""
        total = self.operate(isa.ADD, self.total, delta)
        start = self.operate(isa.ADD, self.headroom, total)
        least = self.operate(isa.ADD, self.metadata, RESERVE)
        last = self.operate(isa.SUB, self.length, ETH_HLEN)
        result = 0
        if self.holds(isa.JSLT, start, least) or self.holds(isa.JSGT, total, last):
            result = EINVAL
        self._attempt(ADJUST_HEAD, delta, result, self.operate(isa.SUB, self.metadata, total))
        if not result:
            self.total = total
            self._bound_packet()
        return result

    def adjust_meta(self, delta: int) -> int:
        """bpf_xdp_adjust_meta() and xdp_metalen_invalid(), Linux 6.8 and later."""
        metadata = self.operate(isa.SUB, self.metadata, delta)
        demand = self.operate(isa.SUB, metadata, self.total)
        room = self.operate(isa.SUB, self.headroom, RESERVE)
        if self.holds(isa.JSGT, demand, room) or self.holds(isa.JSLT, metadata, 0):
            result = EINVAL
        elif self.holds(isa.JSET, metadata, 3) or self.holds(isa.JSGT, metadata, LONGEST_METADATA):
            result = EACCES
        else:
            result = 0
        self._attempt(ADJUST_META, delta, result, demand)
        if not result:
            self.metadata = metadata
            self._bound_packet()
        return result

    def _attempt(self, helper: int, delta: int, result: int, demand: int) -> None:
        before = signed(self.total), int(self.metadata)
        self.attempted(Attempt(self.pc, helper, signed(delta), signed(result), *before), demand)

    def adjust_tail(self, delta: int) -> int:
        """bpf_xdp_adjust_tail(): what is added is zero."""
        length = self.operate(isa.ADD, self.length, delta)
        least = self.operate(isa.ADD, self.total, ETH_HLEN)
        if self.holds(isa.JSGT, length, LONGEST_PACKET) or self.holds(isa.JSLT, length, least):
            return EINVAL
        old, self.length = self.length, length
        self._bound_packet()
        for at in range(signed(old), signed(length)):
            self.store(self.first + at, 1, 0)
        return 0
