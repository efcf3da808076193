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

from xdp_lsp.source import is_file, is_folder, read_regular
from xdp_lsp.toolchain.clang import Compiler, wheel_folder
from xdp_lsp.toolchain.errors import HeadersNotFoundError
from xdp_lsp.toolchain.helper_defs import helper_defs_folder
from xdp_lsp.toolchain.settings import OWN_LIBBPF, ToolchainSettings

_OWN_LIBBPF = Path(__file__).parent / "libbpf"
_CONTRACT = Path(__file__).parent / "contract"
# What sources name that are written for the kernel's own tree (<uapi/linux/bpf.h>), or for a libbpf of long ago.
_COMPAT = Path(__file__).parent / "compat"
_WHEEL = "ziglang wheel"


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


def contract_header() -> str:
    """The text of the header with which programs state contracts."""
    return (_CONTRACT / "xdp_contract.h").read_text("utf-8")


def compat_header(name: str) -> str:
    """The path of one of our headers for sources of another time: `bpf_map_def.h`."""
    return str(_COMPAT / name)


class NewerHeaders(NamedTuple):
    """Kernel headers newer than those in use, and libbpf's for them. `flags` put them before the system's."""

    kernel: HeaderSource
    flags: tuple[str, ...]


def newer_headers(headers: HeaderSet, cache: str | None) -> NewerHeaders | None:
    """The wheel's where the system's are in use and are older; else None. `cache` is as in ToolchainSettings."""
    wheel = _WheelHeaders.find(_ARCHITECTURES.get(machine(), _ARCHITECTURES["x86_64"]))
    if wheel is None or headers.kernel.origin != "system":
        return None
    folder = wheel.kernel[-1]
    version = _kernel_version(folder)
    if _numbers(version) <= _numbers(headers.kernel.version):
        return None
    folders = [str(_OWN_LIBBPF), str(helper_defs_folder(Path(folder, "linux/bpf.h"), cache)), *wheel.kernel]
    return NewerHeaders(
        HeaderSource(folder, _WHEEL, version), tuple(f"-isystem{folder}" for folder in folders)
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)


def machine() -> str:
    """The host's machine by the name Linux gives it."""
    name = platform.machine()
    return _MACHINE_ALIASES.get(name.lower(), name)


def find_headers(compiler: Compiler, settings: ToolchainSettings) -> HeaderSet:
    """Choose the headers for `compiler`. Raises HeadersNotFoundError."""
    architecture = _ARCHITECTURES.get(machine(), _ARCHITECTURES["x86_64"])
    defaults = [folder for folder in compiler.default_includes if folder != compiler.builtin_headers]
    multiarch = _multiarch_folders(defaults)
    wheel = _WheelHeaders.find(architecture)
    kernel = _kernel(settings.kernel_headers, [*defaults, *multiarch], wheel)
    libbpf = _libbpf(settings.libbpf, defaults, kernel)
    has_system_libc = _holding("stdint.h", defaults) is not None

    ahead = [source.folder for source in (kernel, libbpf) if source.origin == "setting"]
    if libbpf.origin == "own":
        derived = helper_defs_folder(Path(kernel.folder, "linux/bpf.h"), settings.cache_directory)
        ahead += [libbpf.folder, str(derived)]
    after = list(multiarch)
    if wheel is not None:
        after += wheel.kernel if kernel.origin == _WHEEL else ()
        after += wheel.libc if not has_system_libc else ()
    if settings.vmlinux is not None:
        after.append(_named("vmlinux", settings.vmlinux, "vmlinux.h"))
    # Last, so that a project's own copy of <xdp_contract.h> wins.
    after.append(str(_CONTRACT))
    # <bpf_helpers.h> without its folder, as samples/bpf of the kernel and many projects write it.
    after.append(str(Path(libbpf.folder, "bpf")))
    after.append(str(_COMPAT))

    between = list(compiler.default_includes)
    if compiler.is_zig:
        # It looks for its own headers where they are not.
        between.insert(0, compiler.builtin_headers)
    spelled = [*ahead, *between] if compiler.is_zig else ahead
    return HeaderSet(
        (
            *(("-nostdinc",) if compiler.is_zig else ()),
            *(f"-isystem{folder}" for folder in spelled),
            *(f"-idirafter{folder}" for folder in after),
        ),
        tuple(dict.fromkeys([*ahead, *between, *after])),
        tuple(f"-D{macro}" for macro in (*architecture.macros, f"__TARGET_ARCH_{architecture.target_arch}")),
        kernel,
        libbpf,
        has_system_libc or wheel is not None,
    )


class _WheelHeaders(NamedTuple):
    """The headers in the `ziglang` wheel: the kernel's, and musl's for what a program includes of a libc."""

    kernel: tuple[str, ...]
    libc: tuple[str, ...]

    @classmethod
    def find(cls, architecture: _Architecture) -> _WheelHeaders | None:
        wheel = wheel_folder()
        if wheel is None:
            return None
        root = wheel / "lib" / "libc" / "include"
        if not is_file(root / "any-linux-any" / "linux" / "bpf.h"):
            return None
        kernel = (f"{architecture.kernel}-linux-any", "any-linux-any")
        libc = (f"{machine()}-linux-musl", f"{architecture.kernel}-linux-musl", "generic-musl")
        return cls(
            tuple(str(root / name) for name in kernel if is_folder(root / name)),
            tuple(str(root / name) for name in libc if is_folder(root / name)),
        )


def _named(setting: str, folder: str, holds: str) -> str:
    """The folder that a setting names, absolute; clang runs in another one."""
    path = Path(folder).expanduser().absolute()
    if not is_file(path / holds):
        raise HeadersNotFoundError(
            f"The folder of the setting `{setting}`, {folder!r}, has no {holds} in it."
        )
    return str(path)


def _kernel(setting: str | None, system: list[str], wheel: _WheelHeaders | None) -> HeaderSource:
    if setting is not None:
        folder = _named("kernel-headers", setting, "linux/bpf.h")
        return HeaderSource(folder, "setting", _kernel_version(folder))
    found = _holding("linux/bpf.h", system)
    if found is not None:
        return HeaderSource(found, "system", _kernel_version(found))
    if wheel is not None:
        folder = wheel.kernel[-1]
        return HeaderSource(folder, _WHEEL, _kernel_version(folder))
    raise HeadersNotFoundError(
        "The kernel's headers (linux/bpf.h) were not found. Install them (Debian: apt install linux-libc-dev; "
        "Fedora: dnf install kernel-headers), or run: pip install 'xdp-lsp[clang]'"
    )


def _libbpf(setting: str | None, system: list[str], kernel: HeaderSource) -> HeaderSource:
    if setting is not None and setting != OWN_LIBBPF:
        folder = _named("libbpf", setting, "bpf/bpf_helpers.h")
        return HeaderSource(folder, "setting", _libbpf_version(folder))
    if setting is None:
        # The prototypes are made when libbpf is built: a source tree alone lacks them.
        found = _holding("bpf/bpf_helper_defs.h", system)
        if found is not None and is_file(Path(found, "bpf/bpf_helpers.h")):
            return HeaderSource(found, "system", _libbpf_version(found))
    version = f"helpers of Linux {kernel.version}" if kernel.version else ""
    return HeaderSource(str(_OWN_LIBBPF), "own", version)


def _holding(name: str, folders: list[str]) -> str | None:
    return next((folder for folder in folders if is_file(Path(folder, name))), None)


def _multiarch_folders(defaults: list[str]) -> list[str]:
    """Debian keeps `asm/` in /usr/include/<triplet>, which clang searches for the host's target only."""
    found = []
    for folder in defaults:
        if is_file(Path(folder, "asm/types.h")):
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
        return read_regular(path, 1 << 20).decode("utf-8", "replace")
    except OSError:
        return ""
