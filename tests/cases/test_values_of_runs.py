"""What is claimed of registers and stack slots holds of every run of the annotated programs."""

from __future__ import annotations

import pytest

from tests.cases.building import CASES, USUAL, built
from tests.oracle.inputs import inputs
from tests.oracle.values import refuted
from xdp_lsp.machine import Inputs, Machine
from xdp_lsp.verifier import values_of

_INPUTS = 30


@pytest.mark.parametrize("case", CASES)
def test_runs_have_the_values_that_are_claimed(case: str) -> None:
    image = built(case, USUAL)
    claims = {program.entry: values_of(image, program) for program in image.programs}
    checked = 0
    for program in image.programs:
        for given in (Inputs(), *inputs(1, _INPUTS, image)):
            wrong, seen = refuted(Machine(image, program, given), claims)
            assert wrong is None, f"{program.name}, {given}"
            checked += seen
    assert checked > _INPUTS * len(image.programs)
