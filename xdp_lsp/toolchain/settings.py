"""What the user may choose about the toolchain."""

from __future__ import annotations

from typing import NamedTuple

OWN_LIBBPF = "own"


class ToolchainSettings(NamedTuple):
    """All of it comes from the user's or the machine's settings.

    Invariant: `clang` never comes from a file in a workspace. Whoever can name the compiler can run anything.
    """

    clang: str | None = None  # a path, or a name to be found on PATH; `zig` binaries are run as `zig clang`
    libbpf: str | None = None  # the folder that holds `bpf/bpf_helpers.h`, or OWN_LIBBPF for the one in here
    kernel_headers: str | None = None  # the folder that holds `linux/bpf.h`
    vmlinux: str | None = None  # the folder that holds `vmlinux.h`
    kernel_btf: str = "/sys/kernel/btf/vmlinux"  # what one is made from where no folder is named
    mcpu: str = "v3"
    time_limit: float = 20.0  # seconds of wall time for one compile
    memory_limit: int = 4 << 30  # bytes of address space; only Linux can bound it from outside
    output_limit: int = 4 << 20  # bytes of diagnostics
    object_limit: int = 64 << 20  # bytes of the object file
    cache_directory: str | None = None  # where what is derived is kept: helper prototypes, kernel types
    temporary_directory: str | None = None  # the parent of the private folder of each compile
    untrusted: tuple[str, ...] = ()  # folders that supply no compiler
