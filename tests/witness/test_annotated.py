"""For every annotated program a run that asks for exactly what is written in it, found without the kernel."""

from __future__ import annotations

import pytest

from tests.cases.building import CASES, USUAL, built
from tests.cases.test_cases import header
from xdp_lsp.machine import Fault, Machine
from xdp_lsp.program import Image, Program
from xdp_lsp.verifier import explore
from xdp_lsp.verifier.result import CallSite, Exploration
from xdp_lsp.witness import find_witness
from xdp_lsp.witness.record import Decided
from xdp_lsp.witness.search import DEFAULT_EFFORT, search

_BOUNDED = [
    (case, name)
    for case in CASES
    for name, need in header(case, "need").items()
    if need not in ("0", "unbounded")
]
# What is asked for without a bound, and what kind of input shows it.
_UNBOUNDED = {
    "endless_prepends.c": "conf[0].len",
    "globals.c": "outer",
    "setting_not_set.c": "outer",
}


def explored(case: str, name: str) -> tuple[Image, Program, Exploration, CallSite]:
    """With the call that demands most."""
    image = built(case, USUAL)
    program = next(one for one in image.programs if one.name == name)
    exploration = explore(image, program)
    sites = [site for site in exploration.calls if site.demand is not None]
    return image, program, exploration, max(sites, key=lambda site: site.demand.max if site.demand else 0)


@pytest.mark.parametrize(("case", "name"), _BOUNDED)
def test_need_is_reached(case: str, name: str) -> None:
    image, program, exploration, site = explored(case, name)
    witness = find_witness(image, program, exploration, site)
    assert witness is not None
    assert witness.demand == int(header(case, "need")[name]) == witness.claimed
    assert find_witness(image, program, exploration, site) == witness  # nothing rests on chance or on time


@pytest.mark.parametrize(("case", "name"), _BOUNDED)
def test_witness_is_repeated_by_the_plain_machine_and_needs_all_it_names(case: str, name: str) -> None:
    image, program, exploration, site = explored(case, name)
    need = int(header(case, "need")[name])
    found = search(image, program, exploration, site.pc, need, DEFAULT_EFFORT)
    assert found is not None

    def most(decided: dict[object, int]) -> int:
        machine = Machine(image, program, Decided(decided, need + 256))  # type: ignore[arg-type]
        try:
            machine.run()
        except Fault:  # a loop that is long: what was tried before counts
            assert machine.steps > 1000
        return max((attempt.demand for attempt in machine.attempts if attempt.pc == site.pc), default=0)

    assert most(dict(found.decided)) == need
    for source in found.decided:
        assert most({one: value for one, value in found.decided.items() if one != source}) < need


@pytest.mark.parametrize("case", _UNBOUNDED)
def test_more_than_any_driver_has(case: str) -> None:
    witness = find_witness(*explored(case, "prog"))
    assert witness is not None
    assert witness.claimed is None
    assert witness.demand > 500
    assert [decision.name for decision in witness.inputs] == [_UNBOUNDED[case]]


def test_a_claim_that_no_run_reaches_is_not_said_to_be() -> None:
    """The value is read again after the check, which no single run of the machine shows."""
    image, program, exploration, site = explored("two_reads.c", "prog")
    assert site.demand is not None
    claim = site._replace(demand=site.demand._replace(max=1000))
    witness = find_witness(image, program, exploration, claim)
    assert witness is not None
    assert witness.demand == 64
    assert str(witness) == "with conf[0].len = 64 it asks for 64; no run was found that asks for 1000"
