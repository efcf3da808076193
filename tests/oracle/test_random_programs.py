"""Random programs, run on the concrete machine and (where root lets us) on the kernel, against what is claimed of them.

The seeds are fixed: a failure here is repeated by its seed. `python -m tests.oracle.hunt` looks for more.
"""

from __future__ import annotations

import pytest

from tests.oracle.claims import refuted, refuted_redirect
from tests.oracle.generate import program
from tests.oracle.hunt import JOINING
from tests.oracle.inputs import inputs
from tests.oracle.kernel import Traced
from tests.oracle.straight import Options
from tests.support.machine import Input
from xdp_lsp.kernel import Refused, why_unavailable
from xdp_lsp.machine import Fault, Machine
from xdp_lsp.machine.arithmetic import signed
from xdp_lsp.verifier import explore, meeting

_BUDGET = 3000  # so that some programs spend it, and the suite stays quick
_INPUTS = 16


@pytest.mark.parametrize("joining", JOINING)
@pytest.mark.parametrize("first", range(0, 400, 50))
def test_no_run_exceeds_the_claim(first: int, joining: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meeting, "PATIENCE", JOINING[joining])
    options = Options(size=4 + first // 50, big_endian=first in (150, 350))
    attempts = 0
    first += 1000 * list(JOINING).index(joining)  # other programs for each
    for seed in range(first, first + 50):
        image, entry = program(seed, options)
        claim = explore(image, entry, _BUDGET)
        for given in inputs(seed, _INPUTS, image):
            machine = Machine(image, entry, given)
            try:
                machine.run()
            except Fault:  # a loop without end: what was tried before counts
                assert machine.steps > 1000, f"seed {seed} is not memory safe"
            attempts += len(machine.attempts)
            assert refuted(claim, machine.attempts, given.headroom) is None, f"seed {seed}, {given}"
    assert attempts > 500


def test_no_frame_leaves_with_more_gone_than_is_claimed() -> None:
    redirected = 0  # frames that were moved
    for seed in range(60):
        image, entry = program(seed, Options(size=6 + seed % 8, redirects=True))
        claim = explore(image, entry, _BUDGET, follow_redirects=True)
        for given in inputs(seed, _INPUTS, image):
            machine = Machine(image, entry, given)
            try:
                machine.run()
            except Fault:  # the program has not ended, so no frame leaves
                continue
            where = f"seed {seed}, {given}"
            assert refuted(claim, machine.attempts, given.headroom) is None, where
            assert refuted_redirect(claim, machine.redirects, signed(machine.total)) is None, where
            redirected += bool(machine.redirects) and machine.total != 0
    assert redirected > 100


@pytest.mark.parametrize("first", range(0, 700, 100))
def test_kernel_runs_as_the_machine_does_and_within_the_claim(first: int) -> None:
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)
    loaded = attempts = 0
    for seed in range(first, first + 100):
        image, entry = program(seed, Options(for_kernel=True, size=4 + seed % 8))
        try:
            traced = Traced(image, entry)
        except Refused:
            continue
        loaded += 1
        claim = explore(image, entry, _BUDGET)
        with traced:
            for given in inputs(seed, 12, image):
                same = Input(given.packet, given.map_value)
                action, seen = traced.run(
                    same.packet, {(name, bytes(4)): same.map_value for name in image.maps}
                )
                machine = Machine(image, entry, same)
                assert (machine.run() & 0xFFFFFFFF, machine.attempts) == (action, seen), (
                    f"seed {seed}, {same}"
                )
                assert refuted(claim, seen, same.headroom) is None, f"seed {seed}, {same}"
                attempts += len(seen)
    assert loaded >= 95
    assert attempts > 600
