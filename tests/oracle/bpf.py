"""What tests do with a loaded program beyond what the product does: run it, and read its maps. Linux, root."""

from __future__ import annotations

import ctypes
import select
import struct
from typing import NamedTuple

from xdp_lsp.kernel import Map, XdpProgram
from xdp_lsp.kernel.bpf import CPUMAP, RINGBUF, address, bpf

_MAP_LOOKUP_ELEM, _PROG_TEST_RUN = 1, 10
_LIVE_FRAMES = 1 << 1  # BPF_F_TEST_XDP_LIVE_FRAMES


class Outcome(NamedTuple):
    """What a test run gives back: the action, and the packet as it is afterwards."""

    action: int
    packet: bytes


def lookup(array: Map) -> bytes:
    """The value of the first element."""
    key = ctypes.create_string_buffer(4)
    data = ctypes.create_string_buffer(array.value_size)
    bpf(_MAP_LOOKUP_ELEM, struct.pack("=I4xQQQ", array.fd, address(key), address(data), 0))
    return data.raw


def run(program: XdpProgram, packet: bytes) -> Outcome:
    """One run on `packet` (at least 14 bytes): the kernel gives it 256 bytes of headroom."""
    data = ctypes.create_string_buffer(packet, len(packet))
    out = ctypes.create_string_buffer(1 << 14)
    attributes = struct.pack("=IIIIQQI", program.fd, 0, len(packet), len(out), address(data), address(out), 1)
    _, answered = bpf(_PROG_TEST_RUN, attributes)
    _, action, _, length = struct.unpack_from("=IIII", answered)
    return Outcome(action, out.raw[:length])


def run_live(program: XdpProgram, packet: bytes) -> None:
    """One run on a frame with 256 bytes of headroom that really goes where the program says (Linux 5.18)."""
    data = ctypes.create_string_buffer(packet, len(packet))
    attributes = struct.pack("=IIIIQQII", program.fd, 0, len(packet), 0, address(data), 0, 1, 0)
    bpf(_PROG_TEST_RUN, attributes + struct.pack("=IIQQIII", 0, 0, 0, 0, _LIVE_FRAMES, 0, 1))


class CpuMap(Map):
    """Redirects to the first CPU, where `program` (attach type BPF_XDP_CPUMAP) runs on the frames."""

    def __init__(self, program: XdpProgram) -> None:
        super().__init__(CPUMAP, 4, 8, 1)
        self.update(struct.pack("=II", 64, program.fd))  # struct bpf_cpumap_val


class RingBuffer(Map):
    """What a program writes into to say that it has run."""

    def __init__(self) -> None:
        super().__init__(RINGBUF, 0, 0, 1 << 16)

    def wait(self, seconds: float) -> bool:
        """Whether something was written before the time is up."""
        with select.epoll() as poll:
            poll.register(self.fd, select.EPOLLIN)
            return bool(poll.poll(seconds))
