"""Which kernel and libbpf headers a compile reads, as flags.

A project's own folders (`-I`, `-isystem` among its flags) always win over what is chosen here: repositories
ship headers on purpose.
"""

from __future__ import annotations

import functools
import platform
import re
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.toolchain.clang import Compiler, wheel_folder
from xdp_lsp.toolchain.errors import HeadersNotFoundError
from xdp_lsp.toolchain.helper_defs import helper_defs_folder
from xdp_lsp.toolchain.settings import OWN_LIBBPF, ToolchainSettings

_OWN_LIBBPF = Path(__file__).parent / "libbpf"


class _Architecture(NamedTuple):
    """The machine whose kernel ABI the headers describe.

    BPF programs see the kernel's structures, so `long` widths and `asm/` headers are the host's, while
    clang's predefined macros are BPF's: without the host's, <asm/bitsperlong.h> says 32 and glibc wants
    gnu/stubs-32.h.
    """

    macros: tuple[str, ...]
    target_arch: str  # as in libbpf's __TARGET_ARCH_*
    kernel: str  # as in the wheel's `*-linux-any` folders


_ARCHITECTURES = {
    "x86_64": _Architecture(("__x86_64__",), "x86", "x86"),
    "aarch64": _Architecture(("__aarch64__",), "arm64", "aarch64"),
    "riscv64": _Architecture(("__riscv", "__riscv_xlen=64"), "riscv", "riscv"),
    "ppc64le": _Architecture(("__powerpc__", "__powerpc64__"), "powerpc", "powerpc"),
    "s390x": _Architecture(("__s390__", "__s390x__"), "s390", "s390x"),
    "loongarch64": _Architecture(("__loongarch__", "__loongarch64"), "loongarch", "loongarch"),
}
_MACHINE_ALIASES = {"amd64": "x86_64", "arm64": "aarch64"}  # as Windows and macOS say


class HeaderSource(NamedTuple):
    """Where one kind of header comes from."""

    folder: str  # what is searched: it holds `linux/bpf.h`, or `bpf/bpf_helpers.h`
    origin: str  # "setting", "system", "ziglang wheel" or "own"
    version: str  # "" where the headers do not say


class HeaderSet(NamedTuple):
    """The flags that make clang find the headers, and how they were chosen.

    `flags` come after a project's own; `search` is the whole list of folders in clang's order, for libclang,
    which has no defaults of its own.
    """

    flags: tuple[str, ...]
    search: tuple[str, ...]
    macros: tuple[str, ...]
    kernel: HeaderSource
    libbpf: HeaderSource
    has_libc: bool


def machine() -> str:
    """The host's machine by the name Linux gives it."""
    name = platform.machine()
    return _MACHINE_ALIASES.get(name.lower(), name)


def find_headers(compiler: Compiler, settings: ToolchainSettings) -> HeaderSet:
    """Choose the headers for `compiler`. Raises HeadersNotFoundError."""
    architecture = _ARCHITECTURES.get(machine(), _ARCHITECTURES["x86_64"])
    # In clang's order: the builtin headers stand between /usr/local/include and /usr/include.
    defaults = [folder for folder in compiler.default_includes if folder != compiler.builtin_headers]
    multiarch = _multiarch_folders(defaults)
    wheel = _WheelHeaders.find(architecture)

    kernel = _kernel(settings, [*defaults, *multiarch], wheel)
    has_system_libc = _holding("stdint.h", defaults) is not None

    before: list[str] = []  # searched ahead of clang's defaults
    after: list[str] = []
    if settings.kernel_headers is not None:
        before.append(kernel.folder)
    after += multiarch
    if wheel is not None:
        if kernel.origin == wheel.origin:
            after += wheel.kernel
        if not has_system_libc:
            after += wheel.libc

    libbpf = _libbpf(settings, defaults, kernel)
    if libbpf.origin == "own":
        derived = helper_defs_folder(Path(kernel.folder, "linux/bpf.h"), settings.cache_directory)
        before += [libbpf.folder, str(derived)]
    elif libbpf.origin == "setting":
        before.append(libbpf.folder)
    if settings.vmlinux is not None:
        if not Path(settings.vmlinux, "vmlinux.h").is_file():
            raise HeadersNotFoundError(
                f"The folder of the setting `vmlinux`, {settings.vmlinux!r}, has no vmlinux.h in it."
            )
        after.append(settings.vmlinux)
    # <bpf_helpers.h> without its folder, as samples/bpf of the kernel and many projects write it.
    after.append(str(Path(libbpf.folder, "bpf")))

    flags: list[str] = []
    middle = list(compiler.default_includes)
    if compiler.is_zig:
        # It looks for its own headers where they are not.
        middle.insert(0, compiler.builtin_headers)
        flags.append("-nostdinc")
        before += middle
    flags += [f"-isystem{folder}" for folder in before]
    flags += [f"-idirafter{folder}" for folder in after]
    search = [*before, *(() if compiler.is_zig else middle), *after]
    macros = (*architecture.macros, f"__TARGET_ARCH_{architecture.target_arch}")
    return HeaderSet(
        tuple(flags),
        tuple(dict.fromkeys(search)),
        tuple(f"-D{macro}" for macro in macros),
        kernel,
        libbpf,
        has_system_libc or wheel is not None,
    )


class _WheelHeaders(NamedTuple):
    """The headers in the `ziglang` wheel: the kernel's, and musl's for what a program includes of a libc."""

    kernel: tuple[str, ...]
    libc: tuple[str, ...]
    origin: str = "ziglang wheel"

    @classmethod
    def find(cls, architecture: _Architecture) -> _WheelHeaders | None:
        wheel = wheel_folder()
        if wheel is None:
            return None
        root = wheel / "lib" / "libc" / "include"
        if not (root / "any-linux-any" / "linux" / "bpf.h").is_file():
            return None
        kernel = (f"{architecture.kernel}-linux-any", "any-linux-any")
        libc = (f"{machine()}-linux-musl", f"{architecture.kernel}-linux-musl", "generic-musl")
        return cls(
            tuple(str(root / name) for name in kernel if (root / name).is_dir()),
            tuple(str(root / name) for name in libc if (root / name).is_dir()),
        )


def _kernel(settings: ToolchainSettings, system: list[str], wheel: _WheelHeaders | None) -> HeaderSource:
    if settings.kernel_headers is not None:
        folder = settings.kernel_headers
        if not Path(folder, "linux/bpf.h").is_file():
            raise HeadersNotFoundError(
                f"The folder of the setting `kernel-headers`, {folder!r}, has no linux/bpf.h in it."
            )
        return HeaderSource(folder, "setting", _kernel_version(folder))
    found = _holding("linux/bpf.h", system)
    if found is not None:
        return HeaderSource(found, "system", _kernel_version(found))
    if wheel is not None:
        folder = wheel.kernel[-1]
        return HeaderSource(folder, wheel.origin, _kernel_version(folder))
    raise HeadersNotFoundError(
        "The kernel's headers (linux/bpf.h) were not found. Install them (Debian: apt install linux-libc-dev; "
        "Fedora: dnf install kernel-headers), or run: pip install 'xdp-lsp[clang]'"
    )


def _libbpf(settings: ToolchainSettings, system: list[str], kernel: HeaderSource) -> HeaderSource:
    if settings.libbpf not in (None, OWN_LIBBPF):
        folder = str(settings.libbpf)
        if not Path(folder, "bpf/bpf_helpers.h").is_file():
            raise HeadersNotFoundError(
                f"The folder of the setting `libbpf`, {folder!r}, has no bpf/bpf_helpers.h in it."
            )
        return HeaderSource(folder, "setting", _libbpf_version(folder))
    if settings.libbpf is None:
        # The prototypes are made when libbpf is built: a source tree alone lacks them.
        found = _holding("bpf/bpf_helper_defs.h", system)
        if found is not None and Path(found, "bpf/bpf_helpers.h").is_file():
            return HeaderSource(found, "system", _libbpf_version(found))
    return HeaderSource(
        str(_OWN_LIBBPF), "own", f"helpers of Linux {kernel.version}" if kernel.version else ""
    )


def _holding(name: str, folders: list[str]) -> str | None:
    return next((folder for folder in folders if Path(folder, name).is_file()), None)


def _multiarch_folders(defaults: list[str]) -> list[str]:
    """Debian keeps `asm/` in /usr/include/<triplet>, which clang searches for the host's target only."""
    found = []
    for folder in defaults:
        if Path(folder, "asm/types.h").is_file():
            return []
        found += [str(path.parent.parent) for path in sorted(Path(folder).glob("*-linux-gnu*/asm/types.h"))]
    ours = [folder for folder in found if Path(folder).name.startswith(f"{machine()}-")]
    return ours[:1] or found[:1]


@functools.lru_cache(maxsize=16)
def _kernel_version(folder: str) -> str:
    """LINUX_VERSION_CODE as `6.1.90`, or ""."""
    match = re.search(r"#define\s+LINUX_VERSION_CODE\s+(\d+)", _text(Path(folder, "linux/version.h")))
    if match is None:
        return ""
    code = int(match[1])
    return f"{code >> 16}.{code >> 8 & 0xFF}.{code & 0xFF}"


@functools.lru_cache(maxsize=16)
def _libbpf_version(folder: str) -> str:
    """`1.1`, or ""."""
    parts = dict(
        re.findall(
            r"#define\s+LIBBPF_(MAJOR|MINOR)_VERSION\s+(\d+)", _text(Path(folder, "bpf/libbpf_version.h"))
        )
    )
    return ".".join(parts[part] for part in ("MAJOR", "MINOR")) if len(parts) == 2 else ""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
