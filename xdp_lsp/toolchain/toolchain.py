"""The compiler and the headers, chosen once and then used for every compile."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.toolchain.clang import Compiler, find_compiler
from xdp_lsp.toolchain.headers import HeaderSet, find_headers
from xdp_lsp.toolchain.settings import ToolchainSettings


class Toolchain(NamedTuple):
    """What a compile needs besides the source. Plain values: it can be sent to a worker process."""

    settings: ToolchainSettings
    compiler: Compiler
    headers: HeaderSet


def find_toolchain(settings: ToolchainSettings | None = None) -> Toolchain:
    """Find and probe a compiler and headers. Takes a few tens of milliseconds the first time in a process.

    Raises ToolchainError (CompilerNotFoundError, HeadersNotFoundError) with a sentence that says what to do.
    """
    settings = settings if settings is not None else ToolchainSettings()
    compiler = find_compiler(settings.clang, settings.untrusted)
    return Toolchain(settings, compiler, find_headers(compiler, settings))
