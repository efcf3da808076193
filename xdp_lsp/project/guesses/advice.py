"""What to do about a compile that no guess mends: the one line to add, or what to fetch or install."""

from __future__ import annotations

import os
import re

from xdp_lsp.project.guesses.remedies import Situation
from xdp_lsp.project.repository import absent_submodules, tree_of

_MOST_NAMED = 4
_MOST_HEADERS = 400
_SHORTEST = 4  # characters of a name that is looked for
# What says `config.h` of a header that a build makes: a template, or the name that everyone gives it.
_TEMPLATES = (".in", ".m4", ".tmpl", ".template", ".cmake")
_MADE = re.compile(
    r"(?:.*/)?(?:\w*_?config|autoconf|version|build_?info|features?|[\w.]*[._-]gen(?:erated)?)\.h"
)
_OF_THE_SYSTEM = re.compile(r"(?:linux|asm|asm-generic|uapi|generated|net|sys)/")
_MACRO = re.compile(r"[A-Z][A-Z0-9_]{2,}")
_NO_MEMBER = re.compile(r"no member named '\w+' in '((?:struct|union) \w+)'")


def advice(situation: Situation) -> str | None:
    """One or two sentences, None where nothing is known beyond what clang says. Reads `.gitmodules`, runs nothing."""
    header = situation.missing
    if header is not None:
        return _for_header(header, situation)
    # The first error is the one that is told; what follows may follow from it.
    other_version = _NO_MEMBER.match(situation.errors[0].message) if situation.errors else None
    if other_version is not None:
        return f"The file is for another version of {other_version[1]} than the one that it includes."
    macro = next(filter(_MACRO.fullmatch, situation.unknown), None)
    if macro is None:
        return _for_names(situation)
    return (
        f"{macro} is declared in nothing that is included: where the build defines it, add to .xdp-lsp.toml "
        f'flags = ["-D{macro}=VALUE"].'
    )


def _for_names(situation: Situation) -> str | None:
    """Where a header that is not included declares what is unknown."""
    names = [name for name in situation.unknown if len(name) >= _SHORTEST]
    if not names:
        return None
    pattern = re.compile(
        rb"(?:\b(?:struct|enum|union)|\}|[\w*]|#[ \t]*define)[ \t]+\*?(%s)\b" % os.fsencode(names[0])
    )
    headers = [file for file in tree_of(situation.root).files if file.endswith(".h")]
    headers.sort(key=lambda file: -os.path.commonpath((file, situation.path)).count(os.sep))
    for file in headers[:_MOST_HEADERS]:
        if file not in situation.closure.texts and pattern.search(situation.read(file) or b""):
            return (
                f"{names[0]} is in {os.path.relpath(file, situation.root)}, which is not included: where the build "
                f'includes it, add to .xdp-lsp.toml flags = ["-include{os.path.relpath(file, situation.root)}"].'
            )
    return None


def _for_header(header: str, situation: Situation) -> str | None:
    absent = absent_submodules(situation.root)
    likely = [path for path in absent if _may_have(path, header)]
    if not _OF_THE_SYSTEM.match(header):
        likely = likely or absent
    if likely:
        named = " ".join(likely[:_MOST_NAMED])
        are = "The submodule {} is" if len(likely) == 1 else "The submodules {} are"
        return f"{are.format(', '.join(likely[:_MOST_NAMED]))} not there: git submodule update --init {named}"
    if header.startswith("xdp/"):
        return f"{header} is libxdp's: install libxdp-dev (Debian) or libxdp-devel (Fedora)."
    name = os.path.basename(header)  # noqa: PTH119
    of_name = (file for file in tree_of(situation.root).files if f"/{name}." in file)
    template = next((file for file in of_name if file.endswith(_TEMPLATES)), None)
    if template is not None or _MADE.fullmatch(header):
        of = f" from {os.path.relpath(template, situation.root)}" if template is not None else ""
        return (
            f"{header} is made by the project's build{of}: build it once, and where it lies elsewhere add to "
            '.xdp-lsp.toml flags = ["-IFOLDER"].'
        )
    return None


def _may_have(submodule: str, header: str) -> bool:
    """Whether the names have a word in common: `lib/libbpf` may have `bpf/bpf_helpers.h`."""
    words = set(re.findall(r"[a-z0-9]{3,}", header.lower())) - {"lib", "src", "include", "linux", "helpers"}
    return any(word in os.path.basename(submodule).lower() for word in words)  # noqa: PTH119
