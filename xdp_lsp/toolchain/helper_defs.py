"""Derive `bpf_helper_defs.h`, the prototypes of all helpers, from the manual in the kernel's `linux/bpf.h`.

The kernel makes the file the same way (scripts/bpf_doc.py, Linux 5.15 to 6.18): each helper's prototype
stands in the long comment, its number in `__BPF_FUNC_MAPPER`. Kernel-internal types become the ones a
program sees, and a prototype that is given several times takes `void *` where its versions differ.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.source import is_file, read_regular
from xdp_lsp.toolchain.cache import derived_folder, write_whole
from xdp_lsp.toolchain.errors import HeadersNotFoundError

# Linux 6.18 has 0.3 MB.
_LARGEST = 8 << 20
# Part of the cache's key: to be raised when the text made from the same header changes.
_FORMAT = b"1"

HELPER = re.compile(
    r"^ \* (?P<result>\w[\w ]*?\**) ?(?P<stars>\**)(?P<name>bpf_\w+)\((?P<arguments>[^()]*)\)$"
)
_MAPPED = re.compile(r"\bFN\((\w+)(?:,\s*(\d+))?[^)]*\)")
_ARGUMENT = re.compile(r"^(?P<type>[\w ]+?)\s*(?P<stars>\**)\s*(?P<name>\w*)$")

# scripts/bpf_doc.py, PrinterHelpers.mapped_types.
_TYPES = {
    "u8": "__u8",
    "u16": "__u16",
    "u32": "__u32",
    "u64": "__u64",
    "s8": "__s8",
    "s16": "__s16",
    "s32": "__s32",
    "s64": "__s64",
    "size_t": "unsigned long",
    "struct bpf_map": "void",
    "struct sk_buff": "struct __sk_buff",
    "struct sk_msg_buff": "struct sk_msg_md",
    "struct xdp_buff": "struct xdp_md",
}


class Argument(NamedTuple):
    """`type` is C up to the stars; `...` has neither stars nor a name."""

    type: str
    stars: str
    name: str

    def __str__(self) -> str:
        return f"{self.type} {self.stars}{self.name}".rstrip() if self.type != "..." else "..."


class Prototype(NamedTuple):
    """One helper as a program declares it."""

    name: str  # with its bpf_
    number: int  # enum bpf_func_id
    result: str
    arguments: tuple[Argument, ...]
    is_fastcall: bool  # keeps the caller's registers: bpf_doc.py's `Attributes`, from Linux 6.12 on

    def __str__(self) -> str:
        arguments = ", ".join(map(str, self.arguments)) or "void"
        separator = "" if self.result.endswith("*") else " "
        attribute = "__bpf_fastcall " if self.is_fastcall else ""
        return f"{attribute}static {self.result}{separator}(* const {self.name})({arguments}) = (void *) {self.number};"


def parse_prototypes(header: str) -> tuple[Prototype, ...]:
    """Every helper that `header`, the text of a `linux/bpf.h`, both describes and numbers; sorted by number.

    Empty for a header from before the manual (Linux 4.18).
    """
    numbers = _numbers(header)
    found: dict[str, Prototype] = {}
    last = ""
    lines = manual_lines(header)
    for index, line in enumerate(lines):
        if line.startswith(" * \tAttributes") and last in found and index + 1 < len(lines):
            found[last] = found[last]._replace(is_fastcall="__bpf_fastcall" in lines[index + 1])
        match = HELPER.match(line)
        number = numbers.get(match["name"]) if match else None
        if match is None or number is None:
            continue
        last = match["name"]
        arguments = tuple(_argument(text) for text in match["arguments"].split(",") if text.strip() != "void")
        if last in found:
            arguments = tuple(map(_common, found[last].arguments, arguments))
        stars = match["stars"] or ""
        result = _program_type(match["result"].rstrip("*").strip())
        stars += "*" * match["result"].count("*")
        found[last] = Prototype(last, number, f"{result} {stars}" if stars else result, arguments, False)
    return tuple(sorted(found.values(), key=lambda prototype: prototype.number))


def manual_lines(header: str) -> list[str]:
    """The lines of the comment that is the manual of all helpers; each helper's text follows its prototype (HELPER)."""
    _, _, manual = header.partition("Start of BPF helper function descriptions:")
    manual, _, _ = manual.partition("*/\n")
    return manual.splitlines()


def render(prototypes: tuple[Prototype, ...]) -> str:
    """The text of the header, structures declared first."""
    structures = {
        argument.type.removeprefix("const ") for prototype in prototypes for argument in prototype.arguments
    } | {prototype.result.rstrip("* ") for prototype in prototypes}
    return "\n".join(
        [
            "/* Made from the helper manual in linux/bpf.h. */",
            "",
            *sorted(f"{structure};" for structure in structures if structure.startswith("struct ")),
            "",
            *map(str, prototypes),
            "",
        ]
    )


@functools.lru_cache(maxsize=16)
def helper_defs_folder(header: Path, cache: str | None = None) -> Path:
    """The folder in which `bpf/bpf_helper_defs.h` fits `header`, made now if it is not there yet.

    `cache` replaces the user's cache folder. Raises HeadersNotFoundError where `header` cannot be read, has
    no manual, or there is nowhere to write.
    """
    try:
        content = read_regular(header, _LARGEST)
    except OSError as error:
        raise HeadersNotFoundError(f"{header} cannot be read ({error.strerror}).") from error
    key = hashlib.sha256(_FORMAT + content).hexdigest()[:24]
    target = derived_folder(cache) / "helpers" / key / "bpf" / "bpf_helper_defs.h"
    if not is_file(target):
        prototypes = parse_prototypes(content.decode("utf-8", "replace"))
        if not prototypes:
            raise HeadersNotFoundError(
                f"{header} does not describe its helpers (it is older than Linux 4.18); name newer headers by the "
                "setting `kernel-headers`."
            )
        _write(target, render(prototypes))
    return target.parent.parent


def _write(target: Path, text: str) -> None:
    try:
        write_whole(target, text.encode())
    except OSError as error:
        raise HeadersNotFoundError(
            f"The helper prototypes cannot be written to {target.parent} ({error.strerror}); name another folder by "
            "XDG_CACHE_HOME, or install libbpf's headers."
        ) from error


def _numbers(header: str) -> Mapping[str, int]:
    """From `FN(name, number, ...)`; before Linux 6.2 the number is the place in the list."""
    _, _, mapper = header.partition("BPF_FUNC_MAPPER(FN")
    mapper, _, _ = mapper.partition("\n\n")
    return {
        f"bpf_{match[1]}": int(match[2]) if match[2] else place
        for place, match in enumerate(_MAPPED.finditer(mapper))
    }


def _argument(text: str) -> Argument:
    text = text.strip()
    if text == "...":
        return Argument("...", "", "")
    match = _ARGUMENT.match(text)
    if match is None or (not match["stars"] and not match["name"]):
        return Argument(_program_type(text), "", "")
    return Argument(_program_type(match["type"].strip()), match["stars"], match["name"])


def _program_type(kernel: str) -> str:
    const, _, name = kernel.rpartition("const ")
    return ("const " if const or kernel.startswith("const ") else "") + _TYPES.get(name.strip(), name.strip())


def _common(one: Argument, other: Argument) -> Argument:
    return other if one == other or one.type == other.type else Argument("void", "*", other.name)
