"""An object's BTF as the kernel takes it.

Source: tools/lib/bpf/libbpf.c, bpf_object__sanitize_btf(), btf_fixup_datasec() and
bpf_object__collect_externs(); kernel/bpf/btf.c, the *_check_meta() functions (Linux 7.2).

Types keep their ids. What the kernel does not take and nothing needs (externs, the section of maps) becomes a
pointer to void.
"""

from __future__ import annotations

import struct

from xdp_lsp.objfile import Btf, BtfType, ObjectFile
from xdp_lsp.objfile.btf import DATASEC, DECL_TAG, EXTERN, FUNC, MAGIC, PTR, STATIC, VAR
from xdp_lsp.program.image import Image

_VOID_POINTER = struct.pack("=III", 0, PTR << 24, 0)
_HEADER = struct.Struct("=HBBIIIII")
_VLEN = 0xFFFF
_WORD = 0xFFFFFFFF


def kernel_types(obj: ObjectFile, btf: Btf, image: Image, *, all_static: bool) -> bytes:
    """The BTF of `obj` (`btf`) for the kernel.

    With `all_static` global functions become static ones: the verifier then follows each call with what it is
    given, instead of looking at the function once, for any argument.
    """
    sizes = {section.name: section.size for section in obj.sections}
    records = []
    for type_id in range(1, len(btf)):
        found = btf.type(type_id)
        if found.kind == DATASEC:
            records.append(_section(btf, found, image, sizes.get(found.name, 0)))
        elif _is_extern(btf, btf.type(found.size_or_type) if found.kind == DECL_TAG else found):
            records.append(_VOID_POINTER)
        elif found.kind == FUNC and all_static:
            name, info, prototype = struct.unpack("=III", btf.record(found))
            records.append(struct.pack("=III", name, info & ~_VLEN | STATIC, prototype))
        else:
            records.append(btf.record(found))
    types = b"".join(records)
    strings = bytes(btf.strings)
    return _HEADER.pack(MAGIC, 1, 0, _HEADER.size, 0, len(types), len(types), len(strings)) + types + strings


def _is_extern(btf: Btf, found: BtfType) -> bool:
    return found.kind in (VAR, FUNC) and btf.linkage(found) == EXTERN


def _section(btf: Btf, found: BtfType, image: Image, size: int) -> bytes:
    """A data section with its size and its variables' offsets, which clang leaves to the loader."""
    section = image.data.get(found.name)
    if section is None or not size or not section.has_types:
        return _VOID_POINTER
    offsets = {variable.name: variable.offset for variable in section.variables}
    placed = []
    for entry in btf.section_variables(found):
        variable = btf.type(entry.type)
        at = entry.offset if btf.linkage(variable) == STATIC else offsets.get(variable.name, entry.offset)
        placed.append((at & _WORD, entry.type, entry.size))
    head = struct.pack("=III", *struct.unpack_from("=II", btf.record(found)), size & _WORD)
    return head + b"".join(struct.pack("=III", type_id, at, length) for at, type_id, length in sorted(placed))
