"""What the helpers that move the packet's start ask for."""

from __future__ import annotations

from typing import NamedTuple

ADJUST_HEAD, ADJUST_META = 44, 54  # enum bpf_func_id
RESERVE = 40  # sizeof(struct xdp_frame), 5.15.y and later
ETH_HLEN = 14
LONGEST_METADATA = 252


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
