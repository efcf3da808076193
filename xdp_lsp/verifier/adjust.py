"""Calls that move the packet's start, and what they ask for.

The rules are those of net/core/filter.c, bpf_xdp_adjust_head() and bpf_xdp_adjust_meta() (Linux 4.18 to 7.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xdp_lsp.domains import circular
from xdp_lsp.domains.scalar import WORD, Infeasible
from xdp_lsp.verifier import arithmetic, linear
from xdp_lsp.verifier.effects import FAILED, returned
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, constant
from xdp_lsp.verifier.log import Log
from xdp_lsp.verifier.record import Attempt
from xdp_lsp.verifier.result import LONGEST_METADATA, UNBOUNDED_NEED, Bounds
from xdp_lsp.verifier.state import Pending, State

_INT_MIN, _INT_MAX = -(1 << 31), (1 << 31) - 1
_MOVES_TOLD = 4  # earlier calls that an explanation names


class _Move(NamedTuple):
    """What a call asks for: S and M as they will be if it succeeds."""

    delta: Bounds
    total: Linear
    metadata: Linear
    has_int_min: bool = False
    is_metadata: bool = False
    is_negated: bool = False  # one value with its sign turned


def adjust_head(state: State, pc: int, log: Log) -> Iterator[State]:
    """Delta is the low 32 bits of r2, signed. Success moves data and data_meta; failure moves nothing."""
    passed = state.scalar(2)
    arc = state.facts.evaluate(passed).low_range
    delta = Bounds(*circular.signed_bounds(arc, 32))
    # INT_MIN alone beyond INT_MAX: what negating INT_MIN gives. Every kernel refuses it (it asks for 2 GiB of
    # headroom), so a run that passes it prepends nothing.
    ends_at_int_min = arc.size > 0 and (arc.low + arc.size) & 0xFFFFFFFF == 1 << 31
    tried, excluded = state.facts.copy(), False
    moved = arithmetic.sign_extend(tried, passed, 32)
    if ends_at_int_min and _negated(state.facts, passed):
        try:
            tried.assume(moved, WORD.between(_INT_MIN + 1, _INT_MAX))
            moved = arithmetic.sign_extend(tried, passed, 32)
            excluded = True
        except Infeasible:  # there are no others
            tried = state.facts.copy()
    negated = moved.const == 0 and [coefficient for _, coefficient in moved.terms] == [-1]
    move = _Move(
        delta, linear.add(state.total, moved), state.metadata, has_int_min=excluded, is_negated=negated
    )
    yield from _outcomes(state, pc, tried, move, log)


def adjust_meta(state: State, pc: int, log: Log) -> Iterator[State]:
    """Moves data_meta by delta: the metadata gets longer by -delta, out of the same headroom."""
    moved = arithmetic.sign_extend(state.facts, state.scalar(2), 32)
    delta = Bounds(*WORD.signed(state.facts.evaluate(moved)))
    metadata = linear.subtract(state.metadata, moved)
    yield from _outcomes(
        state, pc, state.facts.copy(), _Move(delta, state.total, metadata, is_metadata=True), log
    )


def _outcomes(state: State, pc: int, tried: Facts, move: _Move, log: Log) -> Iterator[State]:
    """Both outcomes of a call; `tried` holds what is true of the runs whose delta is not INT_MIN."""
    delta, total, metadata = move.delta, move.total, move.metadata
    demand = linear.subtract(metadata, total)
    try:
        asked = tried.evaluate(demand)
        attempt = Attempt(
            delta,
            tried.evaluate(linear.subtract(state.metadata, state.total)),
            tried.evaluate(total),
            tried.evaluate(metadata),
            asked,
            move.has_int_min,
            move.is_negated,
        )
        log.attempt(pc, attempt, tried, demand, state.moved_at)
    except Infeasible:
        # Only INT_MIN is left, which is refused. That run is no part of `tried`, so it goes on however late it
        # comes up that nothing else does.
        if move.has_int_min:
            yield returned(state, pc, FAILED)
        return
    low, high = WORD.signed(asked)
    failed = returned(state.copy(), pc, FAILED)
    if move.is_metadata:
        log.not_made_good(high)
    elif delta.min < 0:  # a trim that fails does so for want of packet, which no headroom makes good
        failed.pending = Pending.after_failure(state.pending, low, high, certain=delta.max < 0)
    yield failed
    try:
        # No driver has more headroom than a page of 64 KiB, and no packet is longer than that.
        tried.assume(total, WORD.between(-UNBOUNDED_NEED, UNBOUNDED_NEED))
        tried.assume(metadata, WORD.between(0, LONGEST_METADATA))
        tried.assume(demand, WORD.between(-UNBOUNDED_NEED, UNBOUNDED_NEED))
    except Infeasible:
        return
    done = returned(state.copy(), pc, WORD.const(0))
    done.facts = tried
    done.total, done.metadata = _resolved(tried, total), _resolved(tried, metadata)
    done.moved_at = (*(at for at in state.moved_at if at != pc), pc)[-_MOVES_TOLD:]
    prepends = delta.max < 0 and not move.is_metadata
    if done.pending is not None and prepends and high < done.pending.low:
        done.pending = None  # a smaller prepend made good what had failed
    yield done


def _resolved(facts: Facts, form: Linear) -> Linear:
    """`form`, or the number it must be."""
    value = facts.evaluate(form).constant
    return form if value is None else constant(value)


def _negated(facts: Facts, form: Linear) -> bool:
    """Whether `form` is made by negating something."""
    for symbol, coefficient in form.terms:
        definition = facts.table[symbol].definition
        if coefficient < 0 or (definition is not None and _negated(facts, definition.args[0])):
            return True
    return False
