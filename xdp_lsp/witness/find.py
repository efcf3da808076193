"""Finds a witness for what one call asks for."""

from __future__ import annotations

from xdp_lsp.program.image import Image, Program
from xdp_lsp.verifier.result import UNBOUNDED_NEED, CallSite, Exploration
from xdp_lsp.witness.names import name_inputs
from xdp_lsp.witness.result import Witness
from xdp_lsp.witness.search import DEFAULT_EFFORT, Effort, search

# Instructions of a loop without a bound that show that it goes on.
_LONG_ENOUGH = 4_000


def find_witness(
    image: Image, program: Program, exploration: Exploration, site: CallSite, effort: Effort = DEFAULT_EFFORT
) -> Witness | None:
    """A run in which `site` asks for as much as `exploration` of `program` says it can, else the most that was found.

    Of a demand that is not bounded, one that is over UNBOUNDED_NEED is enough. None: no run gets to the call, or
    asks for anything there.
    """
    if site.demand is None or site.demand.max <= 0:
        return None
    claimed: int | None = site.demand.max
    enough = site.demand.max
    if enough > UNBOUNDED_NEED:
        claimed, enough = None, UNBOUNDED_NEED + 1
        effort = effort._replace(
            longest=min(effort.longest, _LONG_ENOUGH), instructions=min(effort.instructions, 3 * _LONG_ENOUGH)
        )
    found = search(image, program, exploration, site.pc, enough, effort)
    if found is None or found.reached.demand <= 0:
        return None
    return Witness(site.pc, found.reached.demand, claimed, name_inputs(image, found.decided))
