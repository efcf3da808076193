"""What the ways are called in which a project compiles one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from xdp_lsp.project.model import DEFAULT, Way

_LONGEST = 40  # characters, as of the names that users give


def told_apart(ways: Sequence[tuple[Way, str]]) -> tuple[Way, ...]:
    """Each of `ways` once, in their order; `ways` come with the file that the command writes, empty where that is not
    known.

    A way that is the only one is called DEFAULT. Of several each is called by the macros that not all of them define
    alike, else by the file that is written, else by its number.
    """
    different: dict[tuple[str, ...], tuple[Way, str]] = {}
    for way, output in ways:
        different.setdefault(way.kept, (way, output))
    if len(different) == 1:
        return tuple(way for way, _ in different.values())
    macros = [_macros(way) for way, _ in different.values()]
    alike = set(macros[0]).intersection(*macros)
    named: list[Way] = []
    for (way, output), defined in zip(different.values(), macros, strict=True):
        own = " ".join(one.removeprefix("-D") for one in dict.fromkeys(defined) if one not in alike)
        names = (own, PurePath(output).name.partition(".")[0])
        taken = {DEFAULT, *(one.name for one in named)}
        name = next((one for one in names if _is_name(one) and one not in taken), _number(taken))
        named.append(way._replace(name=name))
    return tuple(named)


def _macros(way: Way) -> list[str]:
    return [flag for flag in way.kept if flag.startswith("-D")]


def _is_name(name: str) -> bool:
    return 0 < len(name) <= _LONGEST and name.isprintable() and "," not in name


def _number(taken: set[str]) -> str:
    """The first that is none of `taken`."""
    return next(str(at) for at in range(1, len(taken) + 2) if str(at) not in taken)
