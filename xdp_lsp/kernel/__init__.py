"""The one place that talks to the running kernel: its verifier is asked what it makes of a program.

`Loader` brings programs of an `Image` into the kernel, with more code put in where one likes (`Additions`); they are
attached to nothing and gone when they are closed. Needs Linux and root; `why_unavailable` says what is missing.
"""

from xdp_lsp.kernel.bpf import (
    LOG_PATH,
    LOG_STATES,
    LOG_STATS,
    LoadError,
    Map,
    Refused,
    XdpProgram,
    why_unavailable,
)
from xdp_lsp.kernel.code import Additions, functions_of, kernel_numbering
from xdp_lsp.kernel.loader import Loader

__all__ = [
    "LOG_PATH",
    "LOG_STATES",
    "LOG_STATS",
    "Additions",
    "LoadError",
    "Loader",
    "Map",
    "Refused",
    "XdpProgram",
    "functions_of",
    "kernel_numbering",
    "why_unavailable",
]
