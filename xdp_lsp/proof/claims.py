"""What an exploration claims of a program, one statement at a time."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.program.image import Image, Program
from xdp_lsp.proof.assertions import Claim, Ledger, Quantity
from xdp_lsp.proof.ledger import find_ledger
from xdp_lsp.verifier.result import Exploration, NeedKind

_INT_MIN, _INT_MAX = -(1 << 31), (1 << 31) - 1


def claims_of_calls(exploration: Exploration) -> Iterator[Claim]:
    """The bounds of each call's delta, and which calls are never reached. What says nothing is left out."""
    for site in exploration.calls:
        if site.delta is None:
            yield Claim(Quantity.UNREACHABLE, (site.pc,))
            continue
        if site.delta.min > _INT_MIN:
            yield Claim(Quantity.LEAST_DELTA, (site.pc,), site.delta.min)
        if site.delta.max < _INT_MAX:
            yield Claim(Quantity.LARGEST_DELTA, (site.pc,), site.delta.max)


def claim_of_need(image: Image, program: Program, exploration: Exploration) -> tuple[Claim, Ledger] | str:
    """The demand that no call exceeds, with where to keep count; in words why it cannot be put to the kernel."""
    if exploration.need_kind is not NeedKind.BOUNDED:
        return f"its need is {exploration.need_kind.value}"
    sites = [site for site in exploration.calls if site.reachable]
    if exploration.demand is None or not sites:
        return "it moves no packet"
    function = image.function_at(program.entry)
    assert function is not None
    ledger = find_ledger(image, function, tuple(site.pc for site in sites))
    if isinstance(ledger, str):
        return ledger
    lets = frozenset(site.pc for site in sites if site.delta_has_int_min)
    return Claim(Quantity.DEMAND, ledger.calls, exploration.demand, lets), ledger
