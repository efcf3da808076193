"""Debugging sections that were compressed, made plain again.

Source: the ELF specification, "Section Compression" (Elf64_Chdr); GNU's older form puts the same into sections whose
names begin with `.zdebug`.
"""

from __future__ import annotations

import struct
import zlib

from xdp_lsp.objfile.elf import MAX_OBJECT_SIZE, SHF_COMPRESSED, Section

_ZLIB = 1  # ELFCOMPRESS_ZLIB
_HEADER = 24  # bytes: ch_type, padding, ch_size, ch_addralign
# In a section header (64 bytes): sh_flags, and sh_offset with sh_size.
_FLAGS, _PLACE = 8, 24


class CompressionError(Exception):
    """A section cannot be decompressed; the message is one sentence."""


def decompress(raw: bytes, sections: tuple[Section, ...], order: str) -> tuple[bytearray, list[Section]]:
    """A copy of the object `raw` in which no debugging section is compressed, and its sections.

    They are put behind the end of the file. Raises CompressionError.
    """
    plain = bytearray(raw)
    found = []
    (table,) = struct.unpack_from(order + "Q", raw, 40)
    for section in sections:
        if section.name.startswith(".zdebug_"):
            raise _error(
                section, "it is in GNU's old form (llvm-objcopy --decompress-debug-sections makes it plain)"
            )
        if not section.name.startswith(".debug_") or not section.flags & SHF_COMPRESSED:
            found.append(section)
            continue
        contents = _contents(section, order, MAX_OBJECT_SIZE - len(plain))
        flags = section.flags & ~SHF_COMPRESSED
        header = table + section.number * 64
        struct.pack_into(order + "Q", plain, header + _FLAGS, flags)
        struct.pack_into(order + "QQ", plain, header + _PLACE, len(plain), len(contents))
        found.append(section._replace(flags=flags, offset=len(plain), size=len(contents)))
        plain += contents
    return plain, found


def _contents(section: Section, order: str, spare: int) -> bytes:
    if len(section.contents) < _HEADER:
        raise _error(section, "it is truncated")
    kind, _, size, _ = struct.unpack_from(order + "IIQQ", section.contents)
    if kind != _ZLIB:
        raise _error(
            section, "its method is not zlib (llvm-objcopy --decompress-debug-sections makes it plain)"
        )
    if size > spare:
        raise _error(section, f"it says that it holds {size} bytes")
    try:
        contents = zlib.decompressobj().decompress(section.contents[_HEADER:], size) if size else b""
    except zlib.error as error:
        raise _error(section, str(error)) from error
    if len(contents) != size:
        raise _error(section, "it is truncated")
    return contents


def _error(section: Section, why: str) -> CompressionError:
    return CompressionError(f"{section.name} cannot be decompressed: {why}")
