"""What a search for a witness gives: plain, picklable records."""

from __future__ import annotations

from typing import NamedTuple

# More parts of an input than this are not told in a sentence.
_MOST_TOLD = 6


class Decision(NamedTuple):
    """One part of an input that is not as it is by default: `conf[0].len`, 64, `conf[0].len = 64`."""

    name: str
    value: int
    text: str


class Witness(NamedTuple):
    """A run of the program that was made, and what its call at `pc` asked for.

    `demand` is what it asked for in bytes (M - (S + delta), as in `verifier.result`), `claimed` what the
    analysis says it can; None where that is not bounded. `inputs` is what the run needed of its input; all else was
    as it is by default: a packet of 128 zeros, every key in every map with zeros behind it, variables as in the
    object, helpers that succeed, and as much headroom as earlier calls take.
    """

    pc: int
    demand: int
    claimed: int | None
    inputs: tuple[Decision, ...]

    def __str__(self) -> str:
        """`with conf[0].len = 64 it asks for 64`."""
        told = [decision.text for decision in self.inputs[:_MOST_TOLD]]
        more = len(self.inputs) - len(told)
        told += [f"{more} more"] if more else []
        listed = f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else "".join(told)
        asks = f"with {listed or 'nothing but zeros in packet and maps'} it asks for {self.demand}"
        if self.claimed is None or self.demand == self.claimed:
            return asks
        if self.demand > self.claimed:
            return f"{asks}, more than the {self.claimed} that are claimed: a fault of xdp-lsp"
        return f"{asks}; no run was found that asks for {self.claimed}"
