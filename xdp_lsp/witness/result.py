"""What a search for a witness gives: plain, picklable records."""

from __future__ import annotations

from typing import NamedTuple


class Decision(NamedTuple):
    """One part of an input that is not as it is by default: `conf[0].len`, and what it is."""

    name: str
    value: int
    is_hex: bool = False  # to be written in hexadecimal


class Witness(NamedTuple):
    """A run of the program that was made, and what its call at `pc` asked for.

    `demand` is what it asked for in bytes (M - (S + delta), as in `verifier.result`), `claimed` what the
    analysis says it can. `inputs` is what the run needed of its input; all else was as it is by default: a packet
    of zeros, every key in every map with zeros behind it, variables as in the object, helpers that succeed.
    """

    pc: int
    demand: int
    claimed: int
    inputs: tuple[Decision, ...]

    @property
    def is_exact(self) -> bool:
        return self.demand == self.claimed
