"""bpf(2) as far as tests need it: array maps, loading XDP programs, and BPF_PROG_TEST_RUN. Linux, root."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import select
import struct
from collections.abc import Iterable
from types import TracebackType
from typing import NamedTuple

from xdp_lsp.isa.instruction import Instruction

_SYSCALL = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "s390x": 351, "ppc64le": 361}
_MAP_CREATE, _MAP_LOOKUP, _MAP_UPDATE, _PROG_LOAD, _TEST_RUN, _MAP_FREEZE = 0, 1, 2, 5, 10, 22
_ARRAY, _CPUMAP, _RINGBUF = 2, 16, 27
XDP_CPUMAP = 35  # enum bpf_attach_type
_LIVE_FRAMES = 1 << 1
FIRST = bytes(4)  # the key of an array's first element
_XDP = 6
_RDONLY_PROG = 1 << 7
_LOG_SIZE = 1 << 20


class Refused(Exception):  # noqa: N818 - the verifier's answer
    """The kernel did not load a program; the text is its log."""


class Outcome(NamedTuple):
    """What a test run gives back: the action, and the packet as it is afterwards."""

    action: int
    packet: bytes


def why_unavailable() -> str | None:
    """Why bpf(2) cannot be used here, in words; None where it can."""
    if platform.system() != "Linux" or platform.machine() not in _SYSCALL:
        return "no bpf(2) on this platform"
    try:
        with Array(4, b"\0\0\0\0"):
            return None
    except OSError as error:
        return f"bpf(2) is refused: {error.strerror} (root is needed)"


def _bpf(command: int, attributes: bytes) -> int:
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = libc.syscall(_SYSCALL[platform.machine()], command, buffer, len(attributes))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    if command == _TEST_RUN:
        attributes_after.clear()
        attributes_after.append(buffer.raw)
    return result


# The kernel answers a test run inside its attributes.
attributes_after: list[bytes] = []


def _address(buffer: ctypes.Array[ctypes.c_char]) -> int:
    return ctypes.addressof(buffer)


class _Descriptor:
    def __init__(self, fd: int) -> None:
        self.fd = fd

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self):  # type: ignore[no-untyped-def]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Map(_Descriptor):
    """A map; sizes in bytes, `flags` those of BPF_MAP_CREATE. Per-CPU maps are created only."""

    def __init__(self, kind: int, key_size: int, value_size: int, max_entries: int, flags: int = 0) -> None:
        self.value_size = value_size
        attributes = struct.pack("=IIIII", kind, key_size, value_size, max_entries, flags)
        super().__init__(_bpf(_MAP_CREATE, attributes + bytes(108)))

    def update(self, key: bytes, value: bytes) -> None:
        place = ctypes.create_string_buffer(key, len(key))
        data = ctypes.create_string_buffer(value.ljust(self.value_size, b"\0"), self.value_size)
        _bpf(_MAP_UPDATE, struct.pack("=IxxxxQQQ", self.fd, _address(place), _address(data), 0) + bytes(96))

    def lookup(self, key: bytes) -> bytes:
        place = ctypes.create_string_buffer(key, len(key))
        data = ctypes.create_string_buffer(self.value_size)
        _bpf(_MAP_LOOKUP, struct.pack("=IxxxxQQQ", self.fd, _address(place), _address(data), 0) + bytes(96))
        return data.raw


class Array(Map):
    """An array map of one element. A constant one is what libbpf makes of `.rodata`: frozen, its value known."""

    def __init__(self, size: int, value: bytes = b"", *, constant: bool = False) -> None:
        super().__init__(_ARRAY, 4, size, 1, _RDONLY_PROG if constant else 0)
        if value:
            self.update(FIRST, value)
        if constant:
            _bpf(_MAP_FREEZE, struct.pack("=I", self.fd) + bytes(124))


def encode(slots: Iterable[Instruction]) -> bytes:
    """The instructions as this machine's kernel takes them."""
    return b"".join(
        struct.pack("=BBhi", s.opcode, s.src << 4 | s.dst if _LITTLE else s.dst << 4 | s.src, s.offset, s.imm)
        for s in slots
    )


_LITTLE = struct.pack("=H", 1)[0] == 1


class CpuMap(Map):
    """Redirects to the first CPU, where `program` (attach type BPF_XDP_CPUMAP) runs on the frames."""

    def __init__(self, program: XdpProgram) -> None:
        super().__init__(_CPUMAP, 4, 8, 1)
        self.update(FIRST, struct.pack("=II", 64, program.fd))  # struct bpf_cpumap_val


class RingBuffer(Map):
    """What a program writes into to say that it has run."""

    def __init__(self) -> None:
        super().__init__(_RINGBUF, 0, 0, 1 << 16)

    def wait(self, seconds: float) -> bool:
        """Whether something was written before the time is up."""
        with select.epoll() as poll:
            poll.register(self.fd, select.EPOLLIN)
            return bool(poll.poll(seconds))


class XdpProgram(_Descriptor):
    """A loaded program. Raises Refused, with the log, where the verifier does not take it."""

    def __init__(self, slots: Iterable[Instruction], *, log_level: int = 0, attach_type: int = 0) -> None:
        code = encode(slots)
        text = ctypes.create_string_buffer(code, len(code))
        licence = ctypes.create_string_buffer(b"GPL")
        log = ctypes.create_string_buffer(_LOG_SIZE)
        attributes = struct.pack(
            "=IIQQIIQ", _XDP, len(code) // 8, _address(text), _address(licence), log_level,
            _LOG_SIZE if log_level else 0, _address(log) if log_level else 0,
        ) + struct.pack("=II16sII", 0, 0, b"", 0, attach_type)  # fmt: skip
        try:
            super().__init__(_bpf(_PROG_LOAD, attributes + bytes(100)))
        except OSError as error:
            if error.errno == errno.EPERM:
                raise
            raise Refused(f"{error.strerror}\n{log.value.decode(errors='replace')}") from None
        self.log = log.value.decode(errors="replace")

    def run(self, packet: bytes) -> Outcome:
        """One run on `packet` (at least 14 bytes): the kernel gives it 256 bytes of headroom."""
        data = ctypes.create_string_buffer(packet, len(packet))
        out = ctypes.create_string_buffer(1 << 14)
        attributes = struct.pack(
            "=IIIIQQII", self.fd, 0, len(packet), len(out), _address(data), _address(out), 1, 0
        ) + bytes(80)
        _bpf(_TEST_RUN, attributes)
        _, action, _, length = struct.unpack_from("=IIII", attributes_after[0])
        return Outcome(action, out.raw[:length])

    def run_live(self, packet: bytes) -> None:
        """One run on a frame with 256 bytes of headroom that really goes where the program says (Linux 5.18)."""
        data = ctypes.create_string_buffer(packet, len(packet))
        attributes = struct.pack("=IIIIQQII", self.fd, 0, len(packet), 0, _address(data), 0, 1, 0)
        attributes += struct.pack("=IIQQIII", 0, 0, 0, 0, _LIVE_FRAMES, 0, 1)
        _bpf(_TEST_RUN, attributes + bytes(44))
