"""A target: one amount of headroom that a program may meet, and whether a demand fits it."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class MetadataSupport(Enum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Target(NamedTuple):
    """One driver, mode, kernel and condition, resolved to numbers (bytes).

    `spec` is how a user writes it (`ixgbe`, `ice@6.1`, `veth:generic`, `igb[legacy-rx]`, `152 bytes`);
    `headroom` is `data - data_hard_start` when the program starts; `reserve` is R, sizeof(struct xdp_frame)
    on that kernel (kernel.py); `metadata_limit` is the longest metadata, in bytes, the helper takes there.
    `kernel` is empty for the default range, 5.15 and later; every number is then the least over it. `driver`
    and `mode` are empty where the user gave bytes.
    """

    spec: str
    driver: str
    headroom: int
    reserve: int
    metadata: MetadataSupport = MetadataSupport.UNKNOWN
    metadata_limit: int = 252
    kernel: str = ""
    mode: str = "native"
    condition: str = ""
    source: str = ""
    confidence: str = "high"
    kernels: str = ""  # the releases that behave so: `5.5-6.18`, `6.19+`
    metadata_kernels: str = ""  # `yes`, `no`, `no up to 6.1, yes from 6.5`

    @property
    def usable(self) -> int:
        """What a program can prepend: headroom less the reserve, never below 0."""
        return max(0, self.headroom - self.reserve)

    def fits(self, demand: int) -> bool:
        """Whether a call that demands `demand` bytes (M - (S + delta), unclamped) succeeds here.

        Unclamped on both sides: where the headroom is below the reserve a trim fails as well
        (net/core/filter.c: new data < data_hard_start + R + metalen is refused for every delta).
        """
        return self.headroom >= self.reserve + demand

    def shortfall(self, demand: int) -> int:
        """How many bytes are missing for `demand`; 0 where it fits."""
        return max(0, self.reserve + demand - self.headroom)
