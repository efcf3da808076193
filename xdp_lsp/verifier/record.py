"""Collects, over all paths, what each call asks for, and turns it into the result."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, Symbol
from xdp_lsp.verifier.result import Bounds, CallSite, Reason, ReasonKind

_MOST_REASONS = 5


class Attempt(NamedTuple):
    """One abstract arrival at a call: `delta` is the whole range passed, `demand` leaves out INT_MIN (`CallSite`)."""

    delta: Bounds
    total: Scalar
    metadata: Scalar
    demand: Scalar
    has_int_min: bool


class CallRecord:
    """All arrivals at one call instruction, joined."""

    def __init__(self, pc: int, helper: str, result_checked: bool) -> None:
        self.pc = pc
        self.helper = helper
        self.result_checked = result_checked
        self.delta: Bounds | None = None
        self.total: Bounds | None = None
        self.metadata: Bounds | None = None
        self.demand: Bounds | None = None
        self.has_int_min = False
        self.worst: tuple[Reason, ...] = ()

    def add(self, attempt: Attempt, facts: Facts, demand_form: Linear) -> None:
        demand = Bounds(*WORD.signed(attempt.demand))
        if self.demand is None or demand.max > self.demand.max:
            self.worst = explain(facts, demand_form)
        self.delta = _hull(self.delta, attempt.delta)
        self.total = _hull(self.total, Bounds(*WORD.signed(attempt.total)))
        self.metadata = _hull(self.metadata, Bounds(*WORD.signed(attempt.metadata)))
        self.demand = _hull(self.demand, demand)
        self.has_int_min |= attempt.has_int_min

    def site(self) -> CallSite:
        return CallSite(
            self.pc,
            self.helper,
            self.delta is not None,
            self.delta,
            self.total,
            self.metadata,
            self.demand,
            self.result_checked,
            self.has_int_min,
            self.worst,
        )


def _hull(a: Bounds | None, b: Bounds) -> Bounds:
    return b if a is None else Bounds(min(a.min, b.min), max(a.max, b.max))


def explain(facts: Facts, form: Linear) -> tuple[Reason, ...]:
    """Where the variable parts of `form` come from, and what narrowed them: reads, then checks, then joins."""
    reasons: dict[tuple[ReasonKind, int], Reason] = {}
    seen: set[Symbol] = set()
    todo = [symbol for symbol, _ in form.terms]
    while todo:
        symbol = todo.pop()
        if symbol in seen:
            continue
        seen.add(symbol)
        info = facts.table[symbol]
        for pc in facts.checks.get(symbol, ()):
            text = f"checked here: {_span(facts.value(symbol))} is left"
            reasons.setdefault((ReasonKind.CHECK, pc), Reason(ReasonKind.CHECK, pc, text))
        if info.origin is not None:
            if info.origin.pc is not None:
                kind = info.origin.kind
                reasons.setdefault((kind, info.origin.pc), Reason(kind, info.origin.pc, info.origin.text))
            todo.extend(info.origin.parents)
        if info.definition is not None:
            todo.extend(s for argument in info.definition.args for s, _ in argument.terms)
    order = [ReasonKind.READ, ReasonKind.ASSUMED, ReasonKind.CHECK, ReasonKind.WIDENED]
    return tuple(sorted(reasons.values(), key=lambda reason: order.index(reason.kind))[:_MOST_REASONS])


def _span(value: Scalar) -> str:
    """The values in words: as signed numbers if that is the shorter range."""
    low, high = WORD.unsigned(value)
    signed_low, signed_high = WORD.signed(value)
    if signed_high - signed_low < high - low:
        low, high = signed_low, signed_high
    return str(low) if low == high else f"{low} to {high}"
