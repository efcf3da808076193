"""The manual of each helper, from the comment in the kernel's `linux/bpf.h` that a compile reads.

It is not shipped: the text is the header's (GPL-2.0 WITH Linux-syscall-note), and says what that kernel's helpers do.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from xdp_lsp.toolchain.helper_defs import HELPER, manual_lines

_NONE: Mapping[str, str] = {}


def helper_manuals(header: Path) -> Mapping[str, str]:
    """The manual of each helper by its name (with its bpf_), as reStructuredText: sections `Description`, `Return`.

    Empty where `header`, a `linux/bpf.h`, cannot be read or has none (before Linux 4.18).
    """
    try:
        found = header.stat()
        return _read(header, found.st_mtime_ns, found.st_size)
    except OSError:
        return _NONE


@lru_cache(maxsize=4)
def _read(header: Path, mtime: int, size: int) -> Mapping[str, str]:
    return parse_manuals(header.read_text("utf-8", "replace"))


def parse_manuals(header: str) -> Mapping[str, str]:
    """As `helper_manuals`, of the text of a header; of a helper that is described twice the first."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in manual_lines(header):
        match = HELPER.match(line)
        if match is not None:
            lines = []
            found.setdefault(match["name"], lines)
        else:
            lines.append(line.removeprefix(" *").removeprefix(" ").expandtabs(8))
    return {name: textwrap.dedent("\n".join(text)).strip() for name, text in found.items()}
