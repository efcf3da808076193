"""From a source and its flags to an object."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from xdp_lsp.pipeline.flags import FileFlags
from xdp_lsp.project import Layer
from xdp_lsp.toolchain import CompileRequest, CompileResult, Toolchain, compile_source


class Built(NamedTuple):
    """`request` is what was compiled in the end, `layers` is where its flags come from."""

    result: CompileResult
    request: CompileRequest
    layers: tuple[Layer, ...]


def build(
    toolchain: Toolchain,
    request: CompileRequest,
    flags: FileFlags,
    on_start: Callable[[int], None] | None = None,
) -> Built:
    """Compile `request` with `flags`. `on_start` is as for `compile_source`."""
    request = request._replace(flags=flags.kept)
    return Built(compile_source(toolchain, request, on_start), request, flags.layers)
