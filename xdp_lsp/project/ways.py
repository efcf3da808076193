"""All that is known of how a file is compiled, put together."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.project.build_files import layers_from_build_files
from xdp_lsp.project.clangd import with_clangd
from xdp_lsp.project.database import from_database
from xdp_lsp.project.guesses import guessed_layer
from xdp_lsp.project.model import Way
from xdp_lsp.project.repository import repository_of


class Ways(NamedTuple):
    """The ways in which a file is compiled, one at least, the usual one first; and what was wrong on the way there, in
    sentences."""

    ways: tuple[Way, ...]
    problems: tuple[str, ...] = ()

    def named(self, name: str) -> Way:
        """The way of that name, the first where there is none: it may have gone since it was asked for."""
        return next((way for way in self.ways if way.name == name), self.ways[0])


def ways_of(path: str) -> Ways:
    """The ways for the file at `path` (absolute).

    What says them decides, whatever else there is: `compile_commands.json`, `compile_flags.txt`. Else the build files
    are read, and what they leave open is guessed. `.clangd` changes either.
    """
    ways, problems = from_database(path)
    changed = [with_clangd(way, path) for way in ways or (_undeclared(path),)]
    told = (*problems, *(problem for _, of_it in changed for problem in of_it))
    return Ways(tuple(way for way, _ in changed), tuple(dict.fromkeys(told)))


def _undeclared(path: str) -> Way:
    """The way for a file that nothing is said of to tools."""
    root = repository_of(path)
    if root is None:
        return Way()
    declared = layers_from_build_files(path, root)
    return Way(layers=(*declared, guessed_layer(path, root)), targets_bpf=bool(declared))
