"""Random programs, run on the concrete machine, against the values that are claimed of their registers and frames."""

from __future__ import annotations

import pytest

from tests.oracle.generate import program
from tests.oracle.inputs import inputs
from tests.oracle.straight import Options
from tests.oracle.values import refuted
from xdp_lsp.machine import Machine
from xdp_lsp.verifier import values_of

_INPUTS = 8
_LIMIT = 2000  # instructions of a run: some programs do not end


# With little to spend, each function is looked at by itself, for any arguments, or not at all.
@pytest.mark.parametrize("budget", [None, 100, 10])
@pytest.mark.parametrize("first", [7000, 7100])
def test_runs_have_the_values_that_are_claimed(first: int, budget: int | None) -> None:
    checked = 0
    for seed in range(first, first + 40):
        image, entry = program(seed, Options(size=3 + seed % 6, big_endian=seed % 7 == 6))
        claims = {entry.entry: values_of(image, entry, budget)}
        for given in inputs(seed, _INPUTS, image):
            wrong, seen = refuted(Machine(image, entry, given, _LIMIT), claims)
            assert wrong is None, f"seed {seed}, {given}"
            checked += seen
    assert checked > 5000
