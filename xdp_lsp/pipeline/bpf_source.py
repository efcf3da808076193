"""Whether a C file is one for us, told from its text: an editor opens any C file, and clang costs time."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from xdp_lsp.source import includes_of

# What only sources for the BPF target write: section marks and the headers of libbpf's program side.
_BPF = re.compile(
    rb"\bSEC\s*\(|\b__section\w*\s*\(|\bsection\s*\(\s*\"|\bbpf_helpers\.h\b|\bstruct\s+xdp_md\b"
)
_XDP = re.compile(rb"xdp", re.IGNORECASE)
# A program that the kernel loads has no main(); one that loads programs has.
_MAIN = re.compile(rb"\bmain\s{0,8}\(")
_IN_FRONT_OF_MAIN = re.compile(rb"[^\n;={}]*")
_BEHIND_MAIN = re.compile(rb"[^;]{0,500}?\)\s{0,100}\{")
# What is looked at: a text with a thousand calls of main() is to take no time.
_MOST_MAINS, _WIDEST_MAIN = 32, 500
_LICENSE = re.compile(rb'\(\s*"license"\s*\)|license\s*\(', re.IGNORECASE)
_COMMENT = re.compile(
    # A literal that does not end takes its line, lest it be looked for from each of its quotes.
    rb"//(?:\\\r?\n|[^\r\n])*|/\*.*?(?:\*/|\Z)"
    rb"|(\"[^\"\\\r\n]*(?:\\.[^\"\\\r\n]*)*(?:\"|(?=[\r\n])|\\?\Z)"
    rb"|'[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*(?:'|(?=[\r\n])|\\?\Z))",
    re.DOTALL,
)

# Sources that define a few macros and include the program itself (xdp-tools: xdp-filter) lie close together.
DEEPEST_INCLUDE = 3
MOST_INCLUDES = 32
LARGEST_INCLUDE = 256 << 10  # bytes; a vmlinux.h, which names everything there is, tells nothing


class Traits(NamedTuple):
    """What one text says by itself. `quoted` and `angled` are the names that it includes, `#if` or not."""

    is_bpf: bool
    is_xdp: bool
    has_main: bool
    has_license: bool  # what is loaded by itself has one
    quoted: tuple[str, ...]
    angled: tuple[str, ...]


def traits_of(contents: bytes) -> Traits:
    code = _COMMENT.sub(rb" \1", contents)
    includes = list(includes_of(code))
    return Traits(
        _BPF.search(code) is not None,
        _XDP.search(code) is not None,
        _has_main(code),
        _LICENSE.search(code) is not None,
        tuple(one.name for one in includes if one.is_quoted),
        tuple(one.name for one in includes if not one.is_quoted),
    )


def _has_main(code: bytes) -> bool:
    for match in islice(_MAIN.finditer(code), _MOST_MAINS):
        start = max(code.rfind(b"\n", 0, match.start()) + 1, match.start() - _WIDEST_MAIN)
        if _IN_FRONT_OF_MAIN.fullmatch(code, start, match.start()) and _BEHIND_MAIN.match(code, match.end()):
            return True
    return False


def may_hold_xdp(path: str, contents: bytes, read: Callable[[str], bytes | None]) -> bool:
    """Whether `contents`, or a header beside it that it includes, looks like an XDP program.

    `read` gives the bytes of a header, None where there is none. Errs on the side of compiling.
    """

    def look(header: str) -> Traits | None:
        text = read(header)
        return traits_of(text) if text is not None and len(text) <= LARGEST_INCLUDE else None

    return looks_like_xdp(path, traits_of(contents), look)[0]


def looks_like_xdp(
    path: str, own: Traits, look: Callable[[str], Traits | None]
) -> tuple[bool, frozenset[str]]:
    """As `may_hold_xdp`, of traits; `look` gives those of a header, None where it tells nothing. And the names of the
    headers that the answer rests on, those that are not there among them."""
    is_bpf = is_xdp = False
    seen = {path}
    files = [(path, own, 0)]
    while files and not own.has_main and not (is_bpf and is_xdp):
        path, traits, depth = files.pop(0)
        is_bpf, is_xdp = is_bpf or traits.is_bpf, is_xdp or traits.is_xdp
        if is_bpf and is_xdp:
            break
        for name in traits.quoted:
            header = os.path.normpath(os.path.join(os.path.dirname(path), name))  # noqa: PTH118, PTH120 - text, not to be resolved
            if depth < DEEPEST_INCLUDE and header not in seen and len(seen) < MOST_INCLUDES:
                seen.add(header)
                found = look(header)
                if found is not None:
                    files.append((header, found, depth + 1))
    return is_bpf and is_xdp, frozenset(seen)
