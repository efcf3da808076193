"""bpf(2): maps, types and programs, each a file descriptor that is closed with its object. Linux only.

Source: include/uapi/linux/bpf.h, union bpf_attr (Linux 7.2).
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
import struct
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import NamedTuple, TypeVar

from xdp_lsp.isa.instruction import SLOT_SIZE, Instruction
from xdp_lsp.vlog import parse_one

# __NR_bpf of each machine.
_SYSCALL = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "loongarch64": 280, "s390x": 351, "ppc64le": 361}
# enum bpf_cmd.
MAP_CREATE, MAP_UPDATE_ELEM, PROG_LOAD, BTF_LOAD, MAP_FREEZE = 0, 2, 5, 18, 22
# enum bpf_map_type, as far as they differ from others in how they are made.
ARRAY, PROG_ARRAY, PERF_EVENT_ARRAY, STACK_TRACE, CGROUP_ARRAY = 2, 3, 4, 7, 8
ARRAY_OF_MAPS, HASH_OF_MAPS, DEVMAP, SOCKMAP, CPUMAP, XSKMAP, SOCKHASH = 12, 13, 14, 15, 16, 17, 18
QUEUE, STACK, DEVMAP_HASH, RINGBUF = 22, 23, 25, 27
HASHES = (
    1,
    5,
    9,
    10,
)  # HASH, PERCPU_HASH, LRU_HASH, LRU_PERCPU_HASH: they take their memory when they are made
RDONLY_PROG = 1 << 7  # BPF_F_RDONLY_PROG
# enum bpf_attach_type, BPF_F_XDP_HAS_FRAGS, BPF_PROG_TYPE_XDP.
XDP_DEVMAP, XDP_CPUMAP = 33, 35
XDP_HAS_FRAGS = 1 << 5
_PROG_TYPE_XDP = 6
# What the verifier writes (include/linux/bpf_verifier.h, BPF_LOG_LEVEL1 and on): figures, and why it refuses; the
# path to the refusal as well; every state on every path.
LOG_STATS, LOG_PATH, LOG_STATES = 4, 1, 2
_LOG_SIZES = {LOG_STATS: 1 << 14, LOG_PATH: 1 << 24, LOG_STATES: 1 << 26}  # bytes
_ATTEMPTS = (
    5  # to load a program: the verifier stops with EAGAIN where a signal came (libbpf, PROG_LOAD_ATTEMPTS)
)
_ATTRIBUTES_SIZE = 168  # bytes, zeros at the end: kernels take what they do not know if it is zero

IS_BIG_ENDIAN = struct.pack("=H", 1)[0] == 0


class LoadError(Exception):
    """Something cannot be brought into this kernel; the message is a sentence."""


class Refused(LoadError):  # noqa: N818 - the answer of the verifier, no error of ours
    """The verifier does not take a program. The message ends with its last words; `log` is all of them.

    `is_too_large`: it gave up before it came to an end (BPF_COMPLEXITY_LIMIT_INSNS, include/linux/bpf.h).
    """

    def __init__(self, reason: str, log: str) -> None:
        said = "; ".join(parse_one(log).message[-2:]) or reason
        super().__init__(f"The kernel's verifier refuses it: {said.removesuffix('.')}.")
        self.log = log
        self.is_too_large = "too large" in said or "too complex" in said


def bpf(command: int, attributes: bytes) -> tuple[int, bytes]:
    """The system call: its result, and the attributes as the kernel left them. Raises OSError."""
    padded = attributes.ljust(_ATTRIBUTES_SIZE, b"\0")
    buffer = ctypes.create_string_buffer(padded, len(padded))
    result: int = _libc().syscall(_SYSCALL[platform.machine()], command, buffer, len(padded))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result, buffer.raw


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def address(buffer: ctypes.Array[ctypes.c_char]) -> int:
    return ctypes.addressof(buffer)


def why_unavailable() -> str | None:
    """Why programs cannot be loaded here, in words; None where they can."""
    if platform.system() != "Linux" or platform.machine() not in _SYSCALL:
        return "bpf(2) is Linux's alone, and not known for this machine"
    try:
        with Map(ARRAY, 4, 4, 1):
            return None
    except OSError as error:
        return f"bpf(2) says: {error.strerror}; root is needed (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)"


_Self = TypeVar("_Self", bound="Descriptor")


class Descriptor:
    """A file descriptor, to be used as a context manager."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Types(Descriptor):
    """BTF in the kernel. Raises OSError where it is not taken."""

    def __init__(self, data: bytes) -> None:
        buffer = ctypes.create_string_buffer(data, len(data))
        super().__init__(bpf(BTF_LOAD, struct.pack("=QQIII", address(buffer), 0, len(data), 0, 0))[0])


class MapTypes(NamedTuple):
    """The types of a map's key and value, by their ids in `types`."""

    types: Types
    key: int
    value: int


class Map(Descriptor):
    """A map; sizes in bytes. Raises OSError where the kernel does not make it."""

    def __init__(
        self,
        kind: int,
        key_size: int,
        value_size: int,
        max_entries: int,
        flags: int = 0,
        *,
        inner: Map | None = None,
        types: MapTypes | None = None,
        extra: int = 0,
    ) -> None:
        self.value_size = value_size
        btf = (types.types.fd, types.key, types.value) if types is not None else (0, 0, 0)
        inner_fd = inner.fd if inner is not None else 0
        attributes = struct.pack(
            "=IIIIIII16sIIIIIQ", kind, key_size, value_size, max_entries, flags, inner_fd, 0, b"", 0, *btf, 0, extra
        )  # fmt: skip
        super().__init__(bpf(MAP_CREATE, attributes)[0])

    def update(self, value: bytes, key: bytes = bytes(4)) -> None:
        """Set the value of `key`: an array's first element, if none is given."""
        place = ctypes.create_string_buffer(key, len(key))
        data = ctypes.create_string_buffer(value.ljust(self.value_size, b"\0"), self.value_size)
        bpf(MAP_UPDATE_ELEM, struct.pack("=I4xQQQ", self.fd, address(place), address(data), 0))

    def freeze(self) -> None:
        """Let nobody change it any more: the verifier then knows the values of a map that programs only read."""
        bpf(MAP_FREEZE, struct.pack("=I", self.fd))


def encode(slots: Iterable[Instruction]) -> bytes:
    """The instructions as this machine's kernel takes them."""
    layout = struct.Struct("=BBhi")
    if IS_BIG_ENDIAN:
        return b"".join(layout.pack(op, dst << 4 | src, offset, imm) for op, dst, src, offset, imm in slots)
    return b"".join(layout.pack(op, src << 4 | dst, offset, imm) for op, dst, src, offset, imm in slots)


class TypedCode(NamedTuple):
    """What goes along with a program that has types: records of func_info (8 bytes) and core_relos (16 bytes)."""

    types: Types
    functions: bytes
    core: bytes = b""


class XdpProgram(Descriptor):
    """A loaded XDP program, attached to nothing. Raises Refused where the verifier does not take it.

    `log` is what the verifier wrote, as `verbosity` (LOG_STATS, LOG_PATH or LOG_STATES) asks. A log that is too
    long for its buffer is a refusal too, by the kernel's rules: what is there then is its end (since Linux 6.4).
    """

    def __init__(
        self,
        slots: Sequence[Instruction],
        *,
        licence: bytes = b"GPL",
        flags: int = 0,
        attach: int = 0,
        typed: TypedCode | None = None,
        verbosity: int = LOG_STATS,
    ) -> None:
        code = ctypes.create_string_buffer(encode(slots), len(slots) * SLOT_SIZE)
        terms = ctypes.create_string_buffer(licence)
        log = ctypes.create_string_buffer(_LOG_SIZES[verbosity])
        functions = ctypes.create_string_buffer(typed.functions if typed else b"")
        core = ctypes.create_string_buffer(typed.core if typed else b"")
        attributes = struct.pack(
            "=IIQQIIQII16sIIIIQIIQIIIIQQI",
            _PROG_TYPE_XDP, len(slots), address(code), address(terms),
            verbosity, len(log), address(log),
            0, flags, b"", 0, attach,
            typed.types.fd if typed else 0, 8 if typed else 0, address(functions) if typed else 0,
            len(typed.functions) // 8 if typed else 0,
            0, 0, 0, 0, 0,
            len(typed.core) // 16 if typed else 0, 0, address(core) if typed and typed.core else 0,
            16 if typed and typed.core else 0,
        )  # fmt: skip
        try:
            super().__init__(_load(attributes))
        except OSError as error:
            raise Refused(error.strerror or "no reason", log.value.decode(errors="replace")) from None
        self.log = log.value.decode(errors="replace")


def _load(attributes: bytes) -> int:
    """The program's file descriptor. Raises OSError."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return bpf(PROG_LOAD, attributes)[0]
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise
    return bpf(PROG_LOAD, attributes)[0]
