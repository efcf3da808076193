"""The running kernel's own types: which id a kernel function or variable has."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xdp_lsp.kernel.bpf import LoadError
from xdp_lsp.objfile import Btf

_PATH = Path("/sys/kernel/btf/vmlinux")


def function_id(name: str) -> int | None:
    """The BTF id of the kernel function `name`; None where this kernel (modules apart) has none."""
    found = _types().function(name)
    return None if found is None else found.id


def symbol_id(name: str) -> int | None:
    """The BTF id of the kernel's variable or function `name`."""
    found = _types().variable(name)
    return function_id(name) if found is None else found.id


@cache
def _types() -> Btf:
    """Raises LoadError for a kernel that does not tell its types."""
    try:
        return Btf(_PATH.read_bytes())
    except OSError as error:
        raise LoadError(f"The kernel's types cannot be read ({_PATH}: {error.strerror}).") from None
