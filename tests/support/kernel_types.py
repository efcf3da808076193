"""The running kernel's BTF, and the header made from it, once for all tests of a process."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from xdp_lsp.toolchain import ToolchainSettings
from xdp_lsp.vmlinux import c_header

KERNEL_BTF = Path(ToolchainSettings().kernel_btf)


def kernel_btf() -> bytes:
    """Skips the test where the kernel has none."""
    if not KERNEL_BTF.is_file():
        pytest.skip("the running kernel has no BTF")
    return KERNEL_BTF.read_bytes()


@functools.cache
def kernel_header() -> str:
    return c_header(kernel_btf())
