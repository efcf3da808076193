"""What of a toolchain a machine has, and the commands that mend what is missing: the facts for `xdp-lsp doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from xdp_lsp.source import is_file
from xdp_lsp.toolchain.clang import INSTALL_CLANG, Compiler, Rejected, candidates, find_compiler, probe
from xdp_lsp.toolchain.errors import ToolchainError
from xdp_lsp.toolchain.headers import HeaderSet, find_headers
from xdp_lsp.toolchain.kernel_types import TAKE_ANOTHER, kept_header
from xdp_lsp.toolchain.settings import ToolchainSettings


class Missing(NamedTuple):
    """`remedy` is a command where one does it, else a sentence. Nothing works without what `is_needed`."""

    what: str
    remedy: str
    is_needed: bool


class Description(NamedTuple):
    """`others` are the compilers that were looked at and not taken, with a phrase where one will not do."""

    compiler: Compiler | None
    others: tuple[Compiler | Rejected, ...]
    headers: HeaderSet | None
    vmlinux: str  # the folder of the setting, "" without one
    kernel_btf: str  # the running kernel's BTF, "" where it has none
    made_vmlinux: Path | None  # the header made from it, None where none has been needed yet
    libclang: str  # version of the package, "" where it is not installed
    missing: tuple[Missing, ...]


_NO_VMLINUX = Missing(
    "The running kernel has no BTF: CO-RE programs that do not bring their own vmlinux.h will not compile.",
    TAKE_ANOTHER,
    False,
)


def describe(settings: ToolchainSettings | None = None) -> Description:
    """Look at everything `find_toolchain` would look at, and more. Does not raise."""
    settings = settings if settings is not None else ToolchainSettings()
    missing: list[Missing] = []
    compiler = headers = None
    try:
        compiler = find_compiler(settings.clang)
    except ToolchainError as error:
        missing.append(Missing(str(error), INSTALL_CLANG, True))
    if compiler is not None:
        try:
            headers = find_headers(compiler, settings)
        except ToolchainError as error:
            missing.append(Missing(str(error), INSTALL_CLANG, True))
    if headers is not None and headers.libbpf.origin == "own":
        missing.append(
            Missing(
                "libbpf's headers are not installed; those that come with xdp-lsp are used.",
                "apt install libbpf-dev (Debian), dnf install libbpf-devel (Fedora)",
                False,
            )
        )
    if headers is not None and not headers.has_libc:
        missing.append(Missing("There are no headers of a libc (stdint.h, string.h).", INSTALL_CLANG, False))
    kernel_btf = settings.kernel_btf if is_file(settings.kernel_btf) else ""
    if settings.vmlinux is None and not kernel_btf:
        missing.append(_NO_VMLINUX)
    libclang = _version_of("libclang")
    if not libclang:
        missing.append(
            Missing(
                "libclang is not installed: few changes are offered, and calls that macros make are shown by their "
                "line.",
                "pip install libclang",
                False,
            )
        )
    others = tuple(
        found
        for found in (_asked(path, origin) for path, origin in candidates())
        if not (isinstance(found, Compiler) and compiler is not None and found.path == compiler.path)
    )
    return Description(
        compiler,
        others,
        headers,
        settings.vmlinux or "",
        kernel_btf,
        kept_header(settings),
        libclang,
        tuple(missing),
    )


def _asked(path: str, origin: str) -> Compiler | Rejected:
    try:
        return probe(path, origin)
    except ToolchainError as error:
        return Rejected(path, f"was not asked: {error}")


def _version_of(distribution: str) -> str:
    from importlib import metadata  # noqa: PLC0415 - 10 ms, which the worker processes do without

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
