"""Kernel releases, and what the helpers take from the headroom in each.

Rules of net/core/filter.c, read in the trees 4.15 to 7.3; a release here is a mainline release with its
stable fixes (`6.1` is all of 6.1.y). Vendors' kernels that backport XDP under an older number are not
covered.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Kernel(NamedTuple):
    """A Linux release, compared as numbers: 5.9 comes before 5.15."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Kernel:
        """`6.1`, `v6.1`, `6.1.176`, `6.1.0-18-amd64`, `6.1-rc3`: all 6.1. ValueError for anything else."""
        match = _RELEASE.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"not a kernel release: {text}")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


_RELEASE = re.compile(r"v?(\d{1,3})\.(\d{1,3})(?:[.\-+~].*)?", re.ASCII)

# The oldest release that a target without @KERNEL covers: the oldest longterm kernel still common on servers.
FLOOR = Kernel(5, 15)

# Stands for "and later" as the end of a range.
OPEN = Kernel(9999, 0)

# bpf_xdp_adjust_meta(), commit de8f3a83b0a0.
METADATA_FROM = Kernel(4, 15)


def reserve_of(kernel: Kernel) -> int:
    """R, the bytes of headroom that bpf_xdp_adjust_head() keeps for struct xdp_frame (64 bits).

    0 before 4.18, 32 from 4.18, 40 from 5.15: mainline grew the structure in 5.18 (commit 2e88d4ff0301),
    5.15.y has the larger one as well (read in 5.15.224), and the releases between are long out of support.
    """
    if kernel < Kernel(4, 18):
        return 0
    return 32 if kernel < Kernel(5, 15) else 40


def metadata_limit_of(kernel: Kernel) -> int:
    """The longest metadata, in bytes, that bpf_xdp_adjust_meta() takes.

    0 before 4.15, 32 up to 6.7; from 6.8 (commit 2ebe81c81435) 255, so 252 of the multiples of 4
    (include/net/xdp.h, xdp_metalen_invalid()).
    """
    if kernel < METADATA_FROM:
        return 0
    return 32 if kernel < Kernel(6, 8) else 252
