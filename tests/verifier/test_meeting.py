"""Where paths meet: what a walk saw arrive, by which the next one cuts down what was widened."""

from __future__ import annotations

import pytest

from xdp_lsp.domains.scalar import WORD
from xdp_lsp.verifier.join import Meet
from xdp_lsp.verifier.linear import Linear, constant, of_symbol
from xdp_lsp.verifier.meeting import Meetings
from xdp_lsp.verifier.places import Live
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.symbols import SymbolTable

EVERYTHING = (1 << 11) - 1


def arrived(*forms: Linear | None, table: SymbolTable) -> tuple[int, int] | None:
    """The range of r6 once states with `forms` there came to a loop's head, as the next walk knows it; None: any."""
    meetings = Meetings([], {})
    packet = table.fresh(WORD.of_width(48))
    for form in forms:
        state = State(table, 0)
        state.packet = packet
        state.frame.registers[6] = form
        meetings.arrive(state, [Live(EVERYTHING, 0, 0)], Meet(0, ()))  # a loop's head
    (hull,) = meetings.hulls().values()
    value = hull.get((0, 6), WORD.top)
    return None if value == WORD.top else WORD.signed(value)


@pytest.mark.parametrize("swapped", [False, True])
def test_what_arrived_is_the_hull_of_all(swapped):
    table = SymbolTable()
    n = of_symbol(table.fresh(WORD.between(3, 9)))
    forms: list[Linear | None] = [constant(-5), n]
    assert arrived(*(reversed(forms) if swapped else forms), table=table) == (-5, 9)
    forms = [constant(5), None]
    assert arrived(*(reversed(forms) if swapped else forms), table=table) is None
