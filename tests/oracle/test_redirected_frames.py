"""What the kernel leaves in front of a frame that a program has redirected, measured by a second program."""

from __future__ import annotations

import errno
import sys

import pytest

from tests.oracle.bpf import (
    FIRST,
    XDP_CPUMAP,
    Array,
    CpuMap,
    Refused,
    RingBuffer,
    XdpProgram,
    why_unavailable,
)
from tests.support.assembly import assemble
from xdp_lsp.headroom import Target, shortfall_to_send
from xdp_lsp.isa import Instruction
from xdp_lsp.isa import instruction as isa
from xdp_lsp.program import MapAddress

# Prepends byte by byte until that is refused, says how often it was not, and drops the frame.
_MEASURE = """
fn main:
    r6 = r1
    r7 = 0
again:
    r1 = r6
    r2 = -1
    call 44
    if r0 != 0 goto refused
    r7 += 1
    if r7 < 300 goto again
refused:
    r1 = map[result]
    *(u32 *)(r10 -4) = 0
    r2 = r10
    r2 += -4
    *(u32 *)(r10 -8) = r7
    r3 = r10
    r3 += -8
    r4 = 0
    call 2
    r1 = map[done]
    r2 = r10
    r2 += -8
    r3 = 4
    r4 = 0
    call 130
    r0 = 1
    exit
"""
_REDIRECT = """
fn main:
    r6 = r1
    r2 = {delta}
    call 44
    r1 = r6
    r2 = {metadata}
    call 54
    r1 = map[cpus]
    r2 = 0
    r3 = 0
    call 51
    exit
"""


def _with_maps(text: str, maps: dict[str, int]) -> list[Instruction]:
    """The program with the maps in it, by descriptor."""
    image = assemble(text)
    slots = list(image.slots)
    for pc, address in image.addresses.items():
        assert isinstance(address, MapAddress)
        slots[pc] = slots[pc]._replace(src=isa.PSEUDO_MAP_FD, imm=maps[address.map])
    return slots


@pytest.mark.parametrize(("taken", "metadata"), [(0, 0), (100, 0), (-20, 0), (60, 32), (216, 0), (204, 12)])
def test_a_frame_keeps_what_is_left_but_its_structure_and_the_metadata_among_it(
    taken: int, metadata: int
) -> None:
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)
    with Array(4) as result, RingBuffer() as done:
        slots = _with_maps(_MEASURE, {"result": result.fd, "done": done.fd})
        try:
            measuring = XdpProgram(slots, attach_type=XDP_CPUMAP)
        except Refused as refused:
            pytest.skip(f"no programs in CPU maps here (Linux 5.9): {refused}")
        with measuring, CpuMap(measuring) as cpus:
            text = _REDIRECT.format(delta=-taken, metadata=-metadata)
            with XdpProgram(_with_maps(text, {"cpus": cpus.fd})) as redirecting:
                try:
                    redirecting.run_live(bytes(100))
                except OSError as error:
                    if error.errno != errno.EINVAL:
                        raise
                    pytest.skip("no test runs with live frames here (Linux 5.18)")
                assert done.wait(10)
            found = int.from_bytes(result.lookup(FIRST), sys.byteorder)
    # The helper counts the metadata again, so frame->headroom, of which a sender takes what it wants, is more by that.
    frame_headroom = found + metadata
    assert frame_headroom == 256 - 40 - taken
    target = Target(spec="test_run", driver="x", headroom=256, reserve=40)
    assert shortfall_to_send(target, taken, taken, frame_headroom) == 0
    assert shortfall_to_send(target, taken, taken, frame_headroom + 1) == 1
