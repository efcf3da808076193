"""What to do about a compile that no guess mends: the one line to add, or what to fetch or install."""

from __future__ import annotations

import os
import re
from pathlib import Path

from xdp_lsp.project.remedies import Situation
from xdp_lsp.project.repository import tree_of

_SUBMODULE = re.compile(rb"^[ \t]*path[ \t]*=[ \t]*([^\r\n]+?)[ \t]*$", re.MULTILINE)
_LARGEST = 1 << 20  # bytes
_MOST_NAMED = 4
# What says `config.h` of a header that a build makes: a template, or the name that everyone gives it.
_TEMPLATES = (".in", ".m4", ".tmpl", ".template", ".cmake")
_MADE = re.compile(r"(?:.*/)?(?:config|autoconf|version|build_?info|features?)\.h")
_OF_THE_SYSTEM = re.compile(r"(?:linux|asm|asm-generic|uapi|generated|net|sys)/")
_MACRO = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+")


def advice(situation: Situation) -> str | None:
    """One or two sentences, None where nothing is known beyond what clang says. Reads `.gitmodules`, runs nothing."""
    header = situation.missing
    if header is not None:
        return _for_header(header, situation)
    macro = next(filter(_MACRO.fullmatch, situation.unknown), None)
    if macro is None:
        return None
    return (
        f"{macro} is declared in nothing that is included: where the build defines it, add to .xdp-lsp.toml "
        f'flags = ["-D{macro}=VALUE"].'
    )


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
    templates = tuple(f"/{name}{ending}" for ending in _TEMPLATES)
    template = next((file for file in tree_of(situation.root).files if file.endswith(templates)), None)
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


def absent_submodules(root: str) -> list[str]:
    """The folders of submodules that have not been fetched, relative to `root`, as `.gitmodules` names them."""
    try:
        with Path(root, ".gitmodules").open("rb") as stream:
            text = stream.read(_LARGEST)
    except OSError:
        return []
    paths = [os.path.normpath(os.fsdecode(match)) for match in _SUBMODULE.findall(text)]
    inside = (path for path in paths if not path.startswith("..") and not os.path.isabs(path))  # noqa: PTH117
    return [path for path in inside if _is_empty(Path(root, path))]


def _is_empty(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True
