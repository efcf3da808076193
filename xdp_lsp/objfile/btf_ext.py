""".BTF.ext: which instruction belongs to which function, source line and CO-RE relocation.

Source: Documentation/bpf/btf.rst, ".BTF.ext section", and tools/lib/bpf/btf.c (Linux 7.2).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from xdp_lsp.objfile.btf import MAGIC

# By name of the section that they speak of. A record's first word is the offset of its instruction in bytes.
Records = dict[str, list[tuple[int, ...]]]


class BtfExt(NamedTuple):
    """One `.BTF.ext` section; strings are offsets into those of the `.BTF` beside it.

    `problems` are sentences about what could not be read.
    """

    functions: Records  # offset, FUNC
    lines: Records  # offset, file (string), line's text (string), line << 10 | column
    core: Records  # offset, type, access such as "0:1:2" (string), enum bpf_core_relo_kind
    problems: tuple[str, ...]

    @classmethod
    def parse(
        cls, data: bytes | memoryview, string: Callable[[int], str], big_endian: bool = False
    ) -> BtfExt:
        """Decode `data`; `string` reads the strings of the `.BTF`."""
        view = memoryview(data)
        order = ">" if big_endian else "<"
        problems: list[str] = []
        if len(view) < 24:
            return cls({}, {}, {}, (_problem("it is truncated"),))
        magic, _, _, header = struct.unpack_from(order + "HBBI", view)
        if magic != MAGIC:
            return cls({}, {}, {}, (_problem(f"its magic number is {magic:#06x} instead of {MAGIC:#06x}"),))
        # Headers before CO-RE (clang 9) are 24 bytes and end with line_info.
        words = 6 if header >= 32 <= len(view) else 4
        spans = (*struct.unpack_from(f"{order}{words}I", view, 8), 0, 0)
        found: list[Records] = []
        for what, size, offset, length in (
            ("function", 2, *spans[0:2]),
            ("line", 4, *spans[2:4]),
            ("CO-RE", 4, *spans[4:6]),
        ):
            part = view[header + offset : header + offset + length]
            try:
                found.append(_records(part, size, string, order) if length else {})
            except struct.error:
                problems.append(_problem(f"its {what} records are truncated"))
                found.append({})
        functions, lines, core = found
        return cls(functions, lines, core, tuple(problems))


def _problem(why: str) -> str:
    return f"The object's line information (.BTF.ext) is corrupt: {why}."


def _records(part: memoryview, words: int, string: Callable[[int], str], order: str) -> Records:
    """Records of one kind: their size, then for each section its name, a count and that many records."""
    (size,) = struct.unpack_from(order + "I", part)
    if size < words * 4 or size > len(part):
        raise struct.error
    entry = struct.Struct(f"{order}{words}I{size - words * 4}x")
    head = struct.Struct(order + "II")
    found: Records = {}
    position = 4
    while position < len(part):
        name, count = head.unpack_from(part, position)
        position += head.size
        body = part[position : position + size * count]
        if len(body) < size * count:
            raise struct.error
        found.setdefault(string(name), []).extend(entry.iter_unpack(body))
        position += size * count
    return found
