"""What an exploration claims of a program, one statement at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xdp_lsp.kernel import functions_of
from xdp_lsp.program.image import Image, Program, tail_called
from xdp_lsp.proof.assertions import Claim, Ledger, Quantity
from xdp_lsp.proof.ledger import find_ledger
from xdp_lsp.verifier.result import UNBOUNDED_NEED, CallSite, Exploration, NeedKind

_INT_MIN, _INT_MAX = -(1 << 31), (1 << 31) - 1


class Claims(NamedTuple):
    """`ledger` is where to keep count for the claim about the need; without it `no_need` says in words why not."""

    claims: tuple[Claim, ...]
    ledger: Ledger | None
    no_need: str
    remarks: tuple[str, ...]


def claims_of(image: Image, program: Program, exploration: Exploration) -> Claims:
    """Everything that `exploration` of `program` claims of calls in the program itself.

    What it says of programs behind tail calls is left out: the kernel looks at each program alone.
    """
    functions = functions_of(image, program)
    pcs = {pc for function in functions for pc in range(function.start, function.end)}
    sites = [site for site in exploration.calls if site.pc in pcs]
    claims = tuple(_of_calls(sites))
    remarks = []
    if len(sites) < len(exploration.calls):
        remarks.append("Programs behind tail calls are left out: the kernel looks at each program alone.")
    if any(pc in pcs for pc in image.patched):
        remarks.append("CO-RE is applied: what is proved holds for this kernel's types.")
    need: tuple[Claim, Ledger] | str = (
        "a tail call may enter it again, with a total that it does not start with"
    )
    if not exploration.tail_calls or program.entry not in tail_called(image.maps.values()):
        need = _of_need(image, program, exploration.need_kind, sites)
    if isinstance(need, str):
        return Claims(claims, None, need, tuple(remarks))
    claim, ledger = need
    return Claims((*claims, claim), ledger, "", tuple(remarks))


def _of_calls(sites: Sequence[CallSite]) -> Iterator[Claim]:
    """The bounds of each call's delta, and which calls are never reached. What says nothing is left out."""
    for site in sites:
        if site.delta is None:
            yield Claim(Quantity.UNREACHABLE, (site.pc,))
            continue
        if site.delta.min > _INT_MIN:
            yield Claim(Quantity.LEAST_DELTA, (site.pc,), site.delta.min)
        if site.delta.max < _INT_MAX:
            yield Claim(Quantity.LARGEST_DELTA, (site.pc,), site.delta.max)


def _of_need(
    image: Image, program: Program, kind: NeedKind, sites: Sequence[CallSite]
) -> tuple[Claim, Ledger] | str:
    """The demand that none of `sites` exceeds. Those that are never reached are held to it as well."""
    demand = max((site.demand.max for site in sites if site.demand is not None), default=None)
    if demand is None:
        return "no call moves the packet's start"
    if kind is not NeedKind.BOUNDED or demand > UNBOUNDED_NEED:
        return f"it is {kind.value}"
    function = image.function_at(program.entry)
    assert function is not None
    ledger = find_ledger(image, function, tuple(site.pc for site in sites))
    if isinstance(ledger, str):
        return ledger
    lets = frozenset(site.pc for site in sites if site.delta_has_int_min)
    return Claim(Quantity.DEMAND, ledger.calls, demand, lets), ledger
