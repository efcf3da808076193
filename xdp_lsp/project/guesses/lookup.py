"""Where in a repository a header lies that an include does not find."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from itertools import islice
from typing import NamedTuple

from xdp_lsp.project.repository import Tree
from xdp_lsp.source import is_file
from xdp_lsp.toolchain import machine

# A header that stands in for the real one, or is for another machine than the one whose kernel runs the program.
_STAND_IN = re.compile(
    r"(?i)/(?:tests?|testing|unit_?tests?|mocks?|stubs?|fakes?|fuzz\w*|windows|win32|darwin|macos|userspace|dpdk"
    r"|node_modules)/"
)
_MOST = 4
# Repositories have some header in a dozen folders; of more the nearest are looked into, for so many names.
_MOST_FOLDERS, _MOST_NAMES = 100, 100
_ARCHITECTURES = (
    frozenset({"x86", "x86_64", "x64", "amd64", "i386"}),
    frozenset({"arm64", "aarch64"}),
    frozenset({"arm", "armhf", "mips", "mips64", "sparc", "ia64", "arc", "alpha"}),
    frozenset({"powerpc", "ppc64", "ppc64le", "ppc"}),
    frozenset({"riscv", "riscv64"}),
    frozenset({"s390", "s390x"}),
    frozenset({"loongarch", "loongarch64"}),
)
# Files that only the kernel's own include folder has.
_KERNEL_INTERNAL = ("linux/compiler_types.h", "linux/kconfig.h", "linux/sched.h", "linux/skbuff.h")


class Folder(NamedTuple):
    """A folder from which a header is found. `explains` counts the missing headers that are found from there;
    `is_kernels` says that it holds the kernel's internal headers, which must not go before those for programs."""

    path: str
    explains: int
    is_kernels: bool


def folders_with(header: str, path: str, missing: Collection[str], tree: Tree) -> tuple[Folder, ...]:
    """The folders from which `#include <header>` in the file at `path` finds something, the likeliest first: the one
    that explains most of the `missing` headers, no stand-in, the nearest to `path`."""
    found = []
    holding = sorted(_holding(header, tree), key=lambda folder: -_shared(folder, path))[:_MOST_FOLDERS]
    names = {header, *islice(missing, _MOST_NAMES)}
    for folder in holding:
        explains = sum(is_file(os.path.join(folder, name)) for name in names)  # noqa: PTH118
        is_kernels = all(is_file(os.path.join(folder, name)) for name in _KERNEL_INTERNAL[:2])  # noqa: PTH118
        found.append(Folder(folder, explains, is_kernels))
    return tuple(sorted(found, key=lambda one: _unlikeliness(one, path, tree.root)))[:_MOST]


def namesakes(header: str, path: str, tree: Tree) -> tuple[str, ...]:
    """The files that are called as `header` is but for its folders, the nearest to `path` first."""
    ending = f"/{os.path.basename(header)}"  # noqa: PTH119
    found = [Folder(file, 0, False) for file in tree.files if file.endswith(ending)]
    return tuple(one.path for one in sorted(found, key=lambda one: _unlikeliness(one, path, tree.root)))[
        :_MOST
    ]


def _holding(header: str, tree: Tree) -> list[str]:
    tail = re.sub(r"^(?:\.\.?/)+", "", os.path.normpath(header))
    ups = os.path.normpath(header).count("../")
    ending = f"/{tail}"
    bases = [file[: -len(ending)] for file in tree.files if file.endswith(ending)]
    if not ups:
        return bases
    # `../headers/x.h` is found from any folder beside `headers`: from itself, too.
    deeper = "/".join(tail.split("/")[:ups])
    return [f"{base}/{deeper}" for base in bases if deeper != tail]


def _unlikeliness(folder: Folder, path: str, root: str) -> tuple[int, bool, int, int, str]:
    relative = f"/{os.path.relpath(folder.path, root)}/"
    own = f"/{os.path.relpath(os.path.dirname(path), root)}/"  # noqa: PTH120 - text
    is_stand_in = _STAND_IN.search(relative) is not None and not own.startswith(relative)
    is_stand_in |= _is_of_another_machine(relative)
    return -folder.explains, is_stand_in, -_shared(folder.path, path), relative.count("/"), relative


def _is_of_another_machine(path: str) -> bool:
    ours = next((names for names in _ARCHITECTURES if machine() in names), frozenset())
    named = {name for names in _ARCHITECTURES for name in names} & set(path.split("/"))
    return bool(named) and not named & ours


def _shared(one: str, other: str) -> int:
    """How many folders the paths have in common."""
    return os.path.commonpath((one, other)).count("/")
