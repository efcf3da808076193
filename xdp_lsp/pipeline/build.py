"""From a source and its flags to an object."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from xdp_lsp.pipeline.flags import FileFlags
from xdp_lsp.pipeline.kernel_types import lacks_vmlinux, layer_of, vmlinux_folder, with_folder
from xdp_lsp.project import Layer
from xdp_lsp.toolchain import CompileRequest, CompileResult, HeadersNotFoundError, Toolchain, compile_source


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
    built = Built(compile_source(toolchain, request, on_start), request, flags.layers)
    return _with_kernel_types(toolchain, built, on_start) if lacks_vmlinux(built.result) else built


def _with_kernel_types(toolchain: Toolchain, built: Built, on_start: Callable[[int], None] | None) -> Built:
    """`built` again with the running kernel's `vmlinux.h`; where there is none, with what to do about it."""
    try:
        folder = vmlinux_folder(toolchain.settings)
    except HeadersNotFoundError as error:
        return built._replace(result=built.result._replace(hint=str(error)))
    request = with_folder(built.request, folder)
    layers = (*built.layers, layer_of(folder, toolchain.settings))
    return Built(compile_source(toolchain, request, on_start), request, layers)
