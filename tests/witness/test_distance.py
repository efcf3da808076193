"""How far it is to a call: over functions, into them, out of callbacks, through tail calls."""

from __future__ import annotations

from dataclasses import replace

from tests.support.assembly import assemble
from xdp_lsp.program.image import MapDefinition
from xdp_lsp.witness.distance import Distances

FUNCTIONS = """
fn main:
    if r1 == 0 goto away
    call helping
    call 44
away:
    exit
fn helping:
    if r1 == 1 goto out
    call 7
out:
    exit
"""
CALLBACK = """
fn main:
    r1 = 3
    r2 = &round
    r3 = 0
    r4 = 0
    call 181
    call 44
    exit
fn round:
    r0 = 1
    exit
"""
TAIL_CALL = """
fn main:
    r2 = map[m]
    call 12
    exit
fn other:
    r2 = -4
    call 44
    exit
"""


def test_functions() -> None:
    distances = Distances(assemble(FUNCTIONS), 0).to(2)
    assert distances == {2: 0, 1: 1, 0: 2, 6: 1, 4: 2, 5: 2}
    assert 3 not in distances  # nothing leads back from the end


def test_callbacks_go_back_to_the_call_that_runs_them() -> None:
    distances = Distances(assemble(CALLBACK), 0).to(6)
    assert distances[5] == 1
    assert distances[9] == 1
    assert distances[8] == 2


def test_tail_calls() -> None:
    image = assemble(TAIL_CALL)
    image = replace(image, maps={"m": MapDefinition("m", 3, 4, 4, 2, {1: 4})})
    distances = Distances(image, 0).to(5)
    assert distances[2] == 2
    assert 3 not in distances
