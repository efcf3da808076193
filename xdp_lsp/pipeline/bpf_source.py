"""Whether a C file is one for us, told from its text: an editor opens any C file, and clang costs time."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

# What only sources for the BPF target write: section marks and the headers of libbpf's program side.
_BPF = re.compile(
    rb"\bSEC\s*\(|\b__section\w*\s*\(|\bsection\s*\(\s*\"|\bbpf_helpers\.h\b|\bstruct\s+xdp_md\b"
)
_XDP = re.compile(rb"xdp", re.IGNORECASE)
# A program that the kernel loads has no main(); one that loads programs has.
_MAIN = re.compile(rb"^[^\n;={}]*\bmain\s*\([^;]*?\)\s*\{", re.MULTILINE)
_COMMENT = re.compile(
    rb"//(?:\\\r?\n|[^\r\n])*|/\*.*?(?:\*/|\Z)|(\"(?:\\.|[^\"\\\r\n])*\"|'(?:\\.|[^'\\\r\n])*')", re.DOTALL
)
_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]+"([^"\r\n]+)"', re.MULTILINE)

# Sources that define a few macros and include the program itself (xdp-tools: xdp-filter) lie close together.
DEEPEST_INCLUDE = 3
MOST_INCLUDES = 32
LARGEST_INCLUDE = 256 << 10  # bytes; a vmlinux.h, which names everything there is, tells nothing


def may_hold_xdp(path: str, contents: bytes, read: Callable[[str], bytes | None]) -> bool:
    """Whether `contents`, or a header beside it that it includes, looks like an XDP program.

    `read` gives the bytes of a header, None where there is none. Errs on the side of compiling.
    """
    is_bpf = is_xdp = False
    seen = {path}
    files = [(path, contents, 0)]
    while files:
        path, contents, depth = files.pop(0)
        code = _COMMENT.sub(rb" \1", contents)
        if depth == 0 and _MAIN.search(code):
            return False
        is_bpf = is_bpf or _BPF.search(code) is not None
        is_xdp = is_xdp or _XDP.search(code) is not None
        if is_bpf and is_xdp:
            return True
        for match in _INCLUDE.finditer(code):
            header = os.path.normpath(os.path.join(os.path.dirname(path), os.fsdecode(match[1])))  # noqa: PTH118, PTH120 - text, not to be resolved
            if depth < DEEPEST_INCLUDE and header not in seen and len(seen) < MOST_INCLUDES:
                seen.add(header)
                text = read(header)
                if text is not None and len(text) <= LARGEST_INCLUDE:
                    files.append((header, text, depth + 1))
    return False
