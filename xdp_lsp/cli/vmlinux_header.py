"""`xdp-lsp vmlinux-header`: the running kernel's types as C, for a project's own tree."""

from __future__ import annotations

import argparse

from xdp_lsp.cli.output import error, write
from xdp_lsp.cli.status import CLEAN, FAILED
from xdp_lsp.pipeline.kernel_types import NAME, vmlinux_folder
from xdp_lsp.toolchain import HeadersNotFoundError, ToolchainSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "As in: xdp-lsp vmlinux-header > include/vmlinux.h"


def run(arguments: argparse.Namespace) -> int:
    try:
        folder = vmlinux_folder(ToolchainSettings())
    except HeadersNotFoundError as problem:
        error(str(problem))
        return FAILED
    write((folder / NAME).read_text("utf-8"))
    return CLEAN
