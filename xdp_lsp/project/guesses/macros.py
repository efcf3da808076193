"""What a macro is that a source uses and nothing that it includes defines, where something else of the repository or
the kernel's headers tell."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from xdp_lsp.project.guesses.includes import Read, find
from xdp_lsp.project.repository import Tree

# What commands for the compiler stand in, beside what the readers of build files understand.
_SCRIPT = re.compile(
    r"""
      .*(?:\.(?:sh|bash|md|rst|txt|py|go|rs|ya?ml|mk|am|nix|bzl|bazel|zig|just)|\.in)
    | .*(?:[Mm]akefile|Dockerfile|Containerfile|[Jj]ustfile|BUILD|Kbuild).*
    | [\w-]+
    """,
    re.VERBOSE,
)
_LARGEST = 256 << 10  # bytes
_MOST_FILES = 400
_LITERAL = rb"[A-Za-z0-9_.]+"
_NUMBER = r"-?(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*"
_DEFINE = re.compile(
    rf"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(\(?{_NUMBER}(?:[ \t]*<<[ \t]*\d+)?\)?)[ \t]*(?:/[*/].*)?$",
    re.MULTILINE,
)
# The headers of the kernel whose constants no vmlinux.h has: BTF knows no macros.
_OF_CONSTANTS = (
    *("linux/if_ether.h", "linux/in.h", "linux/in6.h", "linux/ip.h", "linux/ipv6.h", "linux/icmp.h"),
    *(
        "linux/icmpv6.h",
        "linux/tcp.h",
        "linux/if_packet.h",
        "linux/if.h",
        "linux/if_arp.h",
        "linux/pkt_cls.h",
    ),
    *(
        "linux/if_tunnel.h",
        "linux/mpls.h",
        "asm-generic/errno-base.h",
        "asm-generic/errno.h",
        "linux/limits.h",
    ),
)


class Command(NamedTuple):
    """A command in the file `path` that defines macros; `flags` define them. `others` are files with other values."""

    path: str
    flags: tuple[str, ...]
    others: tuple[str, ...]


def command_with(names: Collection[str], path: str, tree: Tree, read: Read) -> Command | None:
    """The command nearest to `path` that defines one of the macros `names` by a literal value: `-DMAX_HOPS=16` in
    `build.sh`."""
    if not names:
        return None
    pattern = re.compile(
        rb"(?<![\w-])-D[ \t]*(\\?[\"']?)(%s)(?:=(%s)|(?![\w=]))\1(?![\w$({])"
        % (b"|".join(re.escape(os.fsencode(name)) for name in names), _LITERAL)
    )
    found: dict[str, dict[str, str]] = {}
    for file in _nearest(path, tree.files):
        for match in pattern.finditer((read(file) if _is_small(file) else None) or b""):
            value = "" if match[3] is None else f"={os.fsdecode(match[3])}"
            found.setdefault(file, {}).setdefault(os.fsdecode(match[2]), value)
    if not found:
        return None
    best = max(found, key=lambda file: len(found[file]))
    flags = tuple(f"-D{name}{value}" for name, value in found[best].items())
    return Command(best, flags, tuple(_differing(found, best)))


def _is_small(path: str) -> bool:
    """False as well of a link that leads nowhere, and of what has gone since the tree was listed."""
    try:
        return os.stat(path).st_size <= _LARGEST  # noqa: PTH116 - hundreds of them
    except OSError:
        return False


def _nearest(path: str, files: Iterable[str]) -> list[str]:
    named = [file for file in files if _SCRIPT.fullmatch(os.path.basename(file))]  # noqa: PTH119
    named.sort(key=lambda file: -os.path.commonpath((file, path)).count(os.sep))
    return named[:_MOST_FILES]


def _differing(found: Mapping[str, Mapping[str, str]], best: str) -> Iterable[str]:
    for file, values in found.items():
        if any(found[best].get(name, value) != value for name, value in values.items()):
            yield file


def constants(
    names: Collection[str], search: Iterable[str], read: Callable[[str], bytes | None]
) -> dict[str, str]:
    """The values of those of `names` that the kernel's headers in the folders `search` define as numbers."""
    values: dict[str, str] = {}
    folders = tuple(search)
    for header in _OF_CONSTANTS if names else ():
        path = find(folders, header)
        text = (read(path) if path is not None else None) or b""
        for name, value in _DEFINE.findall(text.decode("utf-8", "replace")):
            if name in names:
                values.setdefault(name, value)
    return values
