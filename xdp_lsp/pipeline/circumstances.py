"""What an answer rests on besides files that a source leads to: our own code, Python, what we import, the compiler, the
kernel."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

import xdp_lsp
from xdp_lsp.pipeline.files import digest_of
from xdp_lsp.toolchain import Toolchain, identity_of, state_of

# What places of calls are looked up with, and DWARF is read with.
_LIBRARIES = (("clang", "native"), ("elftools", ""))


def circumstances(toolchain: Toolchain | None) -> bytes:
    """Another digest where the same files may get another answer. Without `toolchain` nothing is compiled."""
    told = (_ours(), *((identity_of(toolchain), _kernel(toolchain.settings.kernel_btf)) if toolchain else ()))
    return digest_of(repr(told).encode("utf-8", "surrogateescape"))


@cache
def _ours() -> str:
    """The version, which says all of an installation, and the state of every file of it, for a checkout is edited."""
    here = Path(xdp_lsp.__file__).parent
    return repr((xdp_lsp.__version__, sys.version, sys.platform, list(_states(here)), *_imported()))


def _states(folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            path = os.path.join(place, name)  # noqa: PTH118
            yield path, state_of(path)


def _imported() -> Iterator[tuple[str, object]]:
    for name, data in _LIBRARIES:
        spec = PathFinder.find_spec(name)
        origin = spec.origin if spec is not None and spec.origin is not None else ""
        folder = Path(origin).parent
        files = [
            origin,
            *map(str, sorted((folder / data).iterdir()) if data and (folder / data).is_dir() else ()),
        ]
        yield name, [(file, state_of(file)) for file in files if file]


def _kernel(btf: str) -> tuple[object, ...]:
    """The running kernel, of whose types a `vmlinux.h` is made. Files in /sys have no times that tell anything."""
    name = os.uname() if hasattr(os, "uname") else None
    return (name and (name.release, name.version), btf, state_of(btf)[:3])
