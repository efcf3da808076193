"""Collects, over all paths, what each call asks for, and turns it into the result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container
from functools import cached_property
from typing import NamedTuple

from xdp_lsp.domains import circular
from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.program.image import Image
from xdp_lsp.verifier import helpers
from xdp_lsp.verifier.cfg import FunctionGraph, loop_tests
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, Symbol
from xdp_lsp.verifier.result import (
    UNBOUNDED_NEED,
    AssumedConstant,
    Bounds,
    CallSite,
    Exploration,
    Gap,
    NeedKind,
    Reason,
    ReasonKind,
    Redirect,
    Standing,
)
from xdp_lsp.verifier.slice import Slice
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.symbols import Origin

_ADJUST_META = helpers.name_of(helpers.ADJUST_META)
_MOST_REASONS = 5
# The most telling first.
_TELLING = (
    ReasonKind.READ,
    ReasonKind.ASSUMED,
    ReasonKind.LOOP,
    ReasonKind.CHECK,
    ReasonKind.MOVED,
    ReasonKind.WIDENED,
)
# Ranges of bytes taken that are kept apart at one redirect: a program has a few kinds of encapsulation.
_MOST_RANGES = 8


class Attempt(NamedTuple):
    """One abstract arrival at a call: `delta` is the whole range passed, `demand` leaves out INT_MIN (`CallSite`)."""

    delta: Bounds
    before: Scalar
    total: Scalar
    metadata: Scalar
    demand: Scalar
    has_int_min: bool
    is_negated: bool


class CallRecord:
    """All arrivals at one call instruction, joined."""

    def __init__(self, pc: int, helper: str, result_checked: bool) -> None:
        self.pc = pc
        self.helper = helper
        self.result_checked = result_checked
        self.delta: Bounds | None = None
        self.before: Bounds | None = None
        self.total: Bounds | None = None
        self.metadata: Bounds | None = None
        self.demand: Bounds | None = None
        self.has_int_min = False
        self.may_be_either = False
        self.worst: tuple[Reason, ...] = ()

    def add(self, attempt: Attempt, why: Callable[[], tuple[Reason, ...]]) -> None:
        demand = Bounds(*WORD.signed(attempt.demand))
        if self.demand is None or (self.demand.max < demand.max and self.demand.max <= UNBOUNDED_NEED):
            self.worst = why()
        self.delta = attempt.delta.hull(self.delta)
        self.before = Bounds(*WORD.signed(attempt.before)).hull(self.before)
        self.total = Bounds(*WORD.signed(attempt.total)).hull(self.total)
        self.metadata = Bounds(*WORD.signed(attempt.metadata)).hull(self.metadata)
        self.demand = demand.hull(self.demand)
        self.has_int_min |= attempt.has_int_min
        self.may_be_either |= attempt.is_negated and attempt.delta.min < 0 < attempt.delta.max

    def as_reason(self) -> Reason:
        """This call as part of what a later one demands."""
        assert self.delta is not None
        low, high = self.delta
        rest = " of metadata" if self.helper == _ADJUST_META else ""
        if high <= 0:
            verb, low, high = ("takes" if rest else "prepends"), -high, -low
        elif low >= 0:
            verb = "gives back" if rest else "strips"
        else:
            verb = "moves the start of the packet by"
            rest = " (metadata)" if rest else ""
        span = str(low) if low == high else f"{low} to {high}"
        return Reason(ReasonKind.MOVED, self.pc, f"{verb} {span} bytes{rest} before")

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
            self.may_be_either,
            self.before,
        )


class Record:
    """Everything that one walk finds out (a `log.Log`)."""

    def __init__(self, image: Image, graphs: Collection[FunctionGraph], slice_: Slice) -> None:
        self._calls: dict[int, CallRecord] = {}
        self._gaps: dict[int, Gap] = {}  # by place
        self._assumed: dict[tuple[str, str], AssumedConstant] = {}
        self._tail_calls: set[int] = set()
        self._redirects: dict[int, tuple[Bounds, ...]] = {}
        self._moved_after: set[int] = set()  # the redirects that calls of other lengths may follow
        self._worst_failure: int | None = None  # the largest demand that failed and was not made good
        self._left: Standing | None = None
        self._entered: dict[int, Standing] = {}
        self._instructions = 0
        self._image, self._graphs = image, graphs
        for graph in graphs:
            self._instructions += len(graph.block_of)
            for pc in sorted(graph.block_of):
                if helpers.moves(image, pc):
                    name = helpers.name_of(image.slots[pc].imm)
                    self._calls[pc] = CallRecord(pc, name, slice_.result_used(pc))
            for pc in graph.broken:
                self.gap(
                    Gap(
                        pc,
                        "code that no kernel loads: it runs out of its function or is invalid",
                        "that it ends there",
                        is_sound=False,
                    )
                )

    @cached_property
    def _loop_tests(self) -> set[int]:
        """What decides how often loops go round: asked for only where something is to be explained."""
        return {
            pc
            for graph in self._graphs
            for head in graph.loops
            for pc in loop_tests(self._image, graph, head)
        }

    def reached(self, state: State, pc: int) -> None:
        """Of the way there nothing is kept."""

    def attempt(
        self, pc: int, attempt: Attempt, facts: Facts, demand: Linear, moved_at: tuple[int, ...]
    ) -> None:
        self._calls[pc].add(attempt, lambda: self._why(pc, facts, demand, moved_at))

    def _why(self, pc: int, facts: Facts, demand: Linear, moved_at: tuple[int, ...]) -> tuple[Reason, ...]:
        """What explains the demand of the call at `pc`, to which the calls at `moved_at` led."""
        before = [self._calls[at].as_reason() for at in moved_at if at != pc]
        reasons = [*explain(facts, demand, self._loop_tests), *before]
        return tuple(sorted(reasons, key=lambda reason: _TELLING.index(reason.kind))[:_MOST_REASONS])

    def not_made_good(self, demand: int) -> None:
        """A call that demanded up to `demand` bytes failed, and nothing smaller came in its place."""
        self._worst_failure = max(self._worst_failure or 0, demand)

    def gap(self, gap: Gap) -> None:
        """One is told at each place, on whatever path it comes up: one that is not sound, if there is one."""
        known = self._gaps.get(gap.pc)
        if known is None or (known.is_sound and not gap.is_sound):
            self._gaps[gap.pc] = gap

    def assumed(self, constant: AssumedConstant) -> None:
        self._assumed.setdefault((constant.section, constant.name), constant)

    def redirect(self, pc: int, taken: Bounds, *, may_move_after: bool) -> None:
        """A redirect was reached with `taken` bytes (-S) gone, which later calls may still change."""
        self._redirects[pc] = _with(self._redirects.get(pc, ()), taken)
        if may_move_after:
            self._moved_after.add(pc)

    def ended(self, standing: Standing) -> None:
        """The program is over, or goes over into another that is not known."""
        self._left = standing.hull(self._left)

    def entered(self, entry: int, standing: Standing) -> None:
        """A tail call leads to the program at `entry`."""
        self._entered[entry] = standing.hull(self._entered.get(entry))

    def tail_call(self, pc: int, array: str | None) -> None:
        """A tail call was met; `array` is the map whose programs were followed, if any were."""
        self._tail_calls.add(pc)
        if array is None:
            what = "bpf_tail_call() into another program"
            self.gap(Gap(pc, what, "nothing of what that one prepends", is_sound=False))
        else:
            what = f"bpf_tail_call() through `{array}`"
            self.gap(
                Gap(
                    pc,
                    what,
                    "that it holds the programs that the object fills it with, and no other",
                    is_sound=True,
                )
            )

    def result(self, steps: int, *, finished: bool) -> Exploration:
        """What was found; unless the walk `finished`, the need is not known."""
        sites = tuple(record.site() for _, record in sorted(self._calls.items()))
        demands = [site.demand for site in sites if site.demand is not None]
        largest = max((demand.max for demand in demands), default=None)
        kind = NeedKind.BOUNDED
        if not finished:
            kind = NeedKind.UNKNOWN
        elif largest is not None and largest > UNBOUNDED_NEED:
            kind = NeedKind.UNBOUNDED
        need = fallback = max(largest or 0, 0) if kind is NeedKind.BOUNDED else None
        if need is not None and self._worst_failure is not None:
            fallback = min(self._worst_failure, need)
        return Exploration(
            sites,
            kind,
            need,
            fallback,
            largest if kind is NeedKind.BOUNDED else None,
            tuple(gap for _, gap in sorted(self._gaps.items())),
            tuple(self._assumed.values()),
            tail_calls=tuple(sorted(self._tail_calls)),
            redirects=tuple(self._redirect(pc, sites) for pc in sorted(self._redirects)),
            instructions=self._instructions,
            steps=steps,
            left=self._left if finished else None,
            entered=self._entered,
        )

    def _redirect(self, pc: int, sites: tuple[CallSite, ...]) -> Redirect:
        """The redirect at `pc`: with any total that some call tries, where calls may follow."""
        taken = self._redirects[pc]
        if pc in self._moved_after:
            for site in sites:
                if site.total is not None:
                    taken = _with(taken, Bounds(-site.total.max, -site.total.min))
        return Redirect(pc, taken)


def _with(ranges: tuple[Bounds, ...], more: Bounds) -> tuple[Bounds, ...]:
    """`ranges` and `more`, apart where numbers lie between, in order; one range where they are too many."""
    found: list[Bounds] = []
    for one in sorted((*ranges, more)):
        if found and one.min <= found[-1].max + 1:
            found[-1] = found[-1].hull(one)
        else:
            found.append(one)
    return tuple(found) if len(found) <= _MOST_RANGES else (found[0].hull(found[-1]),)


def explain(facts: Facts, form: Linear, loop_tests: Container[int]) -> list[Reason]:
    """Where the variable parts of `form` come from, and what narrowed them.

    `loop_tests` narrow in each round of a loop: they are not what bounds a value.
    """
    reasons: dict[tuple[ReasonKind, int], Reason] = {}
    seen: set[Symbol] = set()
    todo = [symbol for symbol, _ in form.terms]
    while todo:
        symbol = todo.pop()
        if symbol in seen:
            continue
        seen.add(symbol)
        info = facts.table[symbol]
        for pc in (pc for pc in facts.checks.get(symbol, ()) if pc not in loop_tests):
            text = _check_words(facts.value(symbol), info.base)
            if text:
                reasons.setdefault((ReasonKind.CHECK, pc), Reason(ReasonKind.CHECK, pc, text))
        if info.origin is not None:
            if info.origin.pc is not None:
                kind, words = info.origin.kind, _words(info.origin)
                if words:
                    reasons.setdefault((kind, info.origin.pc), Reason(kind, info.origin.pc, words))
            todo.extend(info.origin.parents)
        if info.definition is not None:
            todo.extend(s for argument in info.definition.args for s, _ in argument.terms)
    return list(reasons.values())


def _check_words(value: Scalar, base: Scalar) -> str:
    """What checks have left of a symbol; "" where that bounds nothing: one number, or all but one."""
    low, high = WORD.unsigned(value)
    first, last = WORD.unsigned(base)
    if value.constant is not None or (last - first) - (high - low) <= 1 < last - first < WORD.top_value:
        return ""
    span = _span(value)
    return f"checked here: {span} is left" if span else "narrowed by this check"


def _words(origin: Origin) -> str:
    """The origin as a phrase; "" for paths that met with the same values, which explains nothing."""
    if origin.joined is None:
        return origin.text
    one, other = map(_span, origin.joined)
    if one == other:
        return ""
    return f"{origin.text} with {one or 'any value'} and {other or 'any value'}"


def _span(value: Scalar) -> str:
    """The values in words, in the reading (unsigned or signed, 32 or 64 bits) that says most; "" if none says much."""
    readings = [WORD.unsigned(value), WORD.signed(value)]
    if WORD.unsigned(value)[1] <= 0xFFFFFFFF:
        readings.append(circular.signed_bounds(value.low_range, WORD.half))
    low, high = min(readings, key=lambda bounds: bounds[1] - bounds[0])
    if high - low >= 0xFFFFFFFF:
        return ""
    return str(low) if low == high else f"{low} to {high}"
