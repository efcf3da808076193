"""One compile: what is asked for, and the command line that does it."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.toolchain.toolchain import Toolchain


class CompileRequest(NamedTuple):
    """One compile.

    `path` is absolute and is what diagnostics, dependencies and debug info carry. `contents` are the bytes to
    compile in place of the file's, None for what the disk holds; `others` are further files, absolute, that clang is to
    find with other contents than the disk's. `flags` have passed `filter_flags`. `visible` are the absolute folders and
    files that there are for the compiler beside those; None: all that the disk holds.
    """

    path: str
    contents: bytes | None = None
    flags: tuple[str, ...] = ()
    others: tuple[tuple[str, bytes], ...] = ()
    visible: tuple[str, ...] | None = None

    @property
    def unsaved(self) -> tuple[tuple[str, bytes], ...]:
        """All files that do not have the disk's contents."""
        own = () if self.contents is None else ((self.path, self.contents),)
        return (*own, *(other for other in self.others if other[0] != self.path))


def compile_command(toolchain: Toolchain, request: CompileRequest) -> tuple[str, ...]:
    """The command line, without the places of the overlay and of the outputs: what a user can run by hand."""
    compiler, headers = toolchain.compiler, toolchain.headers
    return (
        *compiler.command,
        # clang 15 and later read config files for every target.
        *(("--no-default-config",) if compiler.major >= 15 else ()),
        "-target",
        "bpf",
        "-O2",
        f"-mcpu={toolchain.settings.mcpu}",
        # `eth + 1 > data_end`: every bounds check is one. The kernel's samples and selftests turn it off as well.
        "-Wno-compare-distinct-pointer-types",
        *headers.macros,
        *request.flags,
        *headers.flags,
        "-g",
        "-x",
        "c",
        "-c",
        request.path,
    )
