"""Witnesses on the kernel: what the machine says that a call asked for, the kernel was asked for, too."""

from __future__ import annotations

import pytest

from tests.cases.building import CASES, USUAL, built, explored, object_of
from tests.cases.test_cases import header
from tests.oracle.kernel import Traced
from xdp_lsp.kernel import why_unavailable
from xdp_lsp.machine import RESERVE, Kind, Machine, Source
from xdp_lsp.objfile import load
from xdp_lsp.witness.record import Decided
from xdp_lsp.witness.search import DEFAULT_EFFORT, search

_LENGTH = Decided({}, 0).number(Source(Kind.LENGTH))  # bytes, where a witness does not need another
_HEADROOM = 256  # bytes: what BPF_PROG_TEST_RUN gives
# What a test run cannot be given, or the kernel not load.
_LEFT_OUT = {
    "unchecked_decap.c": "the witness is a headroom of 19 bytes",
    "iterator_value.c": "the witness is a random number",
    "correlated_bits.c": "the verifier does not finish it",
    "redirect_before_prepend.c": "the maps hold no device to redirect to",
    "tail_call_array_chosen.c": "the other programs are not loaded",
    "tail_call_filled.c": "the other programs are not loaded",
    "tail_call_itself.c": "the other programs are not loaded",
    "tail_call_only.c": "the other programs are not loaded",
}
_RUN = [
    (case, name)
    for case in CASES
    if case not in _LEFT_OUT
    for name, need in header(case, "need").items()
    if need not in ("0", "unbounded") and int(need) <= _HEADROOM - RESERVE
]


class Fresh(Decided):
    """Maps as the kernel makes them: those that redirect hold nothing."""

    def number(self, source: Source) -> int:
        if source.kind is Kind.PRESENT and source not in self.decided:
            return 0
        return super().number(source)


@pytest.mark.parametrize(("case", "name"), _RUN)
def test_the_kernel_is_asked_for_as_much(case: str, name: str) -> None:
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)
    need = int(header(case, "need")[name])
    image = built(case, USUAL)
    program = next(one for one in image.programs if one.name == name)
    exploration = explored(case, USUAL)[name]
    site = max(exploration.calls, key=lambda one: one.demand.max if one.demand else 0)
    found = search(image, program, exploration, site.pc, need, DEFAULT_EFFORT)
    assert found is not None
    given = Fresh(found.decided, _HEADROOM)
    length = next((value for one, value in found.decided.items() if one.kind is Kind.LENGTH), _LENGTH)
    packet = given.contents(Source(Kind.PACKET), bytes(length))
    values = {
        (one.name, one.key): given.contents(one._replace(number=0), bytes(image.maps[one.name].value_size))
        for one in found.decided
        if one.kind is Kind.VALUE
    }
    data = {
        name: given.contents(Source(Kind.VARIABLE, name), section.data)
        for name, section in image.data.items()
    }
    machine = Machine(image, program, given)
    obj = load(object_of(case, USUAL))
    with Traced(image, program, obj, data) as traced:
        action, attempts = traced.run(packet, values)
    assert max(attempt.demand for attempt in attempts) == need
    assert (machine.run() & 0xFFFFFFFF, machine.attempts) == (action, attempts)
