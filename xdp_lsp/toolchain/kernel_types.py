"""Where the `vmlinux.h` that is made from the running kernel's BTF is kept: once for each kernel, in the user's cache.

This package knows where it is and whether it is there; who makes it is handed in, for that takes a reader of BTF.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.source import is_file
from xdp_lsp.toolchain.cache import derived_folder, keep_used, note_use, write_whole
from xdp_lsp.toolchain.errors import HeadersNotFoundError
from xdp_lsp.toolchain.settings import ToolchainSettings

NAME = "vmlinux.h"

# Part of the cache's key: to be raised when the text made from the same BTF changes.
_FORMAT = b"1"
# Kernels whose headers are kept.
_KERNELS = 3
# A distribution's has 6 MB.
_LARGEST = 256 << 20

# For a machine whose kernel has no BTF.
TAKE_ANOTHER = (
    "make one on a machine that has BTF (xdp-lsp vmlinux-header > vmlinux.h), and name its folder by the setting "
    "`vmlinux`"
)


class _Btf(NamedTuple):
    data: bytes
    digest: str


def kept_header(settings: ToolchainSettings) -> Path | None:
    """The header for the running kernel, None where it has not been made."""
    try:
        target = _target(settings, _read(settings.kernel_btf).digest)
    except HeadersNotFoundError:
        return None
    return target if is_file(target) else None


def header_folder(settings: ToolchainSettings, make: Callable[[bytes], str]) -> Path:
    """The folder with the `vmlinux.h` of the running kernel, written now if it is not there: the text that `make` makes
    of the BTF.

    Several processes may do so at once. Raises HeadersNotFoundError where the kernel has no BTF or there is nowhere to
    write, and what `make` raises.
    """
    btf = _read(settings.kernel_btf)
    target = _target(settings, btf.digest)
    if not is_file(target):
        text = make(btf.data)
        try:
            write_whole(target, text.encode())
        except OSError as error:
            raise HeadersNotFoundError(
                f"The kernel's types cannot be written to {target.parent} ({error.strerror}); name another folder by "
                "XDG_CACHE_HOME, or one that holds a vmlinux.h by the setting `vmlinux`."
            ) from None
        keep_used(target.parent.parent, _KERNELS)
    # The folder, not the file, whose time tells whether it has changed.
    note_use(target.parent)
    return target.parent


def _target(settings: ToolchainSettings, digest: str) -> Path:
    return derived_folder(settings.cache_directory) / "vmlinux" / digest / NAME


def _read(path: str) -> _Btf:
    try:
        status = Path(path).stat()
    except OSError:
        raise HeadersNotFoundError(
            f"vmlinux.h is made from the kernel's BTF, and this kernel has none ({path}; it is built with "
            f"CONFIG_DEBUG_INFO_BTF): {TAKE_ANOTHER}."
        ) from None
    return _read_once(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=1)
def _read_once(path: str, _mtime_ns: int, size: int) -> _Btf:
    try:
        if size > _LARGEST:
            raise OSError(0, f"it has more than {_LARGEST >> 20} MiB")
        data = Path(path).read_bytes()
    except OSError as error:
        raise HeadersNotFoundError(
            f"The kernel's BTF, {path}, cannot be read ({error.strerror}): {TAKE_ANOTHER}."
        ) from None
    return _Btf(data, hashlib.sha256(_FORMAT + data).hexdigest()[:24])
