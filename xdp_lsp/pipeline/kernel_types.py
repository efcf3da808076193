"""The running kernel's types for a source that includes `vmlinux.h` and brings none.

How to use it: `vmlinux_folder(toolchain.settings)` gives a folder that holds nothing but `vmlinux.h`, or raises
HeadersNotFoundError with the sentence to show in place of clang's hint. `-idirafter` with that folder among a request's
flags lets every other `vmlinux.h` win (the one beside the source, the project's, a guessed one); `-I` in front of the
others makes it win over a project's stub, but for one beside the file that includes it. A request with `visible` needs
the folder there too.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from xdp_lsp.project import Layer
from xdp_lsp.toolchain import (
    FilteredFlags,
    HeadersNotFoundError,
    ToolchainSettings,
    header_folder,
)
from xdp_lsp.vmlinux import UnusableBtfError, c_header

NAME = "vmlinux.h"

_log = logging.getLogger(__name__)


def vmlinux_folder(settings: ToolchainSettings) -> Path:
    """The folder with the `vmlinux.h` made from the kernel's BTF, in the user's cache; made now if need be.

    That takes some seconds, once for each kernel. Raises HeadersNotFoundError, whose words say what to do.
    """
    return header_folder(settings, _made)


def layer_of(folder: Path, settings: ToolchainSettings) -> Layer:
    """Where the flag for `folder` comes from, to be told."""
    flags = FilteredFlags(kept=(f"-idirafter{folder}",))
    return Layer(flags, settings.kernel_btf, "vmlinux.h made from the running kernel's types")


def first_layer_of(folder: Path, settings: ToolchainSettings) -> Layer:
    """As `layer_of`, for a project's `vmlinux.h` that lacks what its sources use."""
    flags = FilteredFlags(kept=(f"-I{folder}",))
    reason = "vmlinux.h made from the running kernel's types, for the project's lacks some"
    return Layer(flags, settings.kernel_btf, reason, is_guess=True)


def _made(btf: bytes) -> str:
    begin = time.perf_counter()
    try:
        text = c_header(btf)
    except UnusableBtfError as error:
        raise HeadersNotFoundError(
            f"{error} Name the folder of a vmlinux.h by the setting `vmlinux`."
        ) from None
    _log.info("made vmlinux.h from the kernel's BTF in %.1f s", time.perf_counter() - begin)
    return text
