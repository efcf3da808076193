"""What calls do to a state, whatever is called: a result, a length of the packet that is not known any more."""

from __future__ import annotations

from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.verifier import linear
from xdp_lsp.verifier.linear import Linear, constant, of_symbol
from xdp_lsp.verifier.log import Log
from xdp_lsp.verifier.result import LONGEST_METADATA, UNBOUNDED_NEED, Gap, ReasonKind
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.symbols import Origin, Region

FAILED = WORD.between(-4095, -1)  # a negative errno


def returned(state: State, pc: int, result: Scalar, region: Region | None = None, name: str = "") -> State:
    """`state` after a call that gives `result`: r1 to r5 are lost."""
    registers = state.frame.registers
    registers[0:6] = [None] * 6
    value = result.constant
    if value is not None:
        registers[0] = constant(value)
    else:
        origin = Origin(ReasonKind.READ, pc, "the result of this call")
        registers[0] = of_symbol(state.facts.table.fresh(result, origin, region, name))
    state.pc = pc + 1
    return state


def unknown_call(state: State, pc: int, what: str, log: Log) -> State:
    """`state` after a call of something that nobody knows, as `what` says."""
    log.gap(Gap(pc, what, "that it moves no packet pointer", is_sound=False))
    state.forget_frames()
    return returned(state, pc, WORD.top, Region.UNKNOWN)


def new_length(state: State, pc: int) -> Linear:
    """data_end, counted from the packet's first byte, after something changed the packet's length.

    What the packet has left is at least an Ethernet header once this has succeeded, and never more than a page of
    64 KiB; on failure it keeps the length that it had.
    """
    origin = Origin(ReasonKind.READ, pc, "the packet's length")
    left = of_symbol(state.facts.table.fresh(WORD.between(0, UNBOUNDED_NEED), origin))
    return linear.add(state.total, left)


def lose_packet(state: State, pc: int) -> None:
    """Something may have moved the packet's ends: nothing is known of where it begins and ends from now on."""
    table = state.facts.table
    state.packet, state.total = table.pointer(Region.PACKET), linear.ZERO
    state.metadata = of_symbol(table.fresh(WORD.between(0, LONGEST_METADATA)))
    state.length = new_length(state, pc)
