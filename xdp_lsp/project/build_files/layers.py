"""Flags that a repository's build files give: Makefiles, CMake, meson, `go:generate bpf2go` lines. Read, never run.

Literal flags and plain variables are read, no more. What that leaves out is told in `Layer.flags.dropped`, and so is
what names a folder that is not there: one that the build makes, or a submodule's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.project.build_files.cmake import recipes_of_cmake
from xdp_lsp.project.build_files.go_generate import recipes_of_go
from xdp_lsp.project.build_files.literal import SPENT, Pieces, Reading, Signature, signature_of
from xdp_lsp.project.build_files.make_rules import recipes_of_makefiles
from xdp_lsp.project.build_files.meson import recipes_of_meson
from xdp_lsp.project.build_files.recipe import LIKELY, NAMED, Recipe
from xdp_lsp.project.model import Layer
from xdp_lsp.project.repository import absent_submodules, folders_up_to
from xdp_lsp.source import is_within
from xdp_lsp.toolchain import FilteredFlags, files_named, filter_flags

# What is left out of a command without a word: its output, its compiler, what has no meaning for BPF.
_NOT_TOLD = re.compile(r"[^-]|-(?:o|l|L)\b|--?target")
# A warning of another compiler than the project's is no reason to say nothing of a program.
_STRICTER = re.compile(r"-Werror\b.*|-pedantic-errors")
_READERS = (recipes_of_makefiles, recipes_of_cmake, recipes_of_meson, recipes_of_go)
_MOST_KNOWN = 1_000


class Said(NamedTuple):
    """What build files say of the source at `path`, for as long as all that was `looked_at` is as it was."""

    path: str
    root: str
    looked_at: Mapping[str, Signature]
    layers: tuple[Layer, ...]


_known: dict[tuple[str, str], Said] = {}


def layers_from_build_files(path: str, root: Path) -> tuple[Layer, ...]:
    """What the build files between the source at `path` and `root` say of compiling it for BPF.

    The rule that fits the source decides, of several such the nearest; where none does, the nearest rule for other
    sources, or variables that are named as flags for BPF are.
    """
    known = _known.get((path, str(root)))
    if known is None or any(signature_of(one) != signature for one, signature in known.looked_at.items()):
        reading = Reading()
        layers = _read(path, root, Pieces(), reading)
        if reading.is_spent:
            flags = FilteredFlags(dropped=(("the rest of the build files", SPENT),))
            layers += (Layer(flags, str(root), "its build files, up to a limit", is_read=True),)
        known = Said(path, str(root), dict(reading.seen), layers)
        learn(known)
    return known.layers


def said(root: str) -> tuple[Said, ...]:
    """What is known of the sources of a repository."""
    return tuple(one for one in _known.values() if one.root == root)


def learn(one: Said) -> None:
    """Take it from somebody who has read the build files."""
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[one.path, one.root] = one


def _read(path: str, root: Path, pieces: Pieces, reading: Reading) -> tuple[Layer, ...]:
    recipes: list[Recipe] = []
    for folder in folders_up_to(root, Path(path)):
        found = [one for reader in _READERS for one in reader(path, folder, root, pieces, reading)]
        best = max(found, key=lambda one: one.fit, default=None)
        if best is not None and best.fit >= LIKELY:
            return _layers([best], root, pieces, reading)
        recipes += found
    others = [one for one in recipes if one.fit > NAMED][:1]
    named = [one for one in recipes if one.fit == NAMED and one.origin == recipes[0].origin]
    return _layers(others or named, root, pieces, reading)


def _layers(recipes: Sequence[Recipe], root: Path, pieces: Pieces, reading: Reading) -> tuple[Layer, ...]:
    layers = (
        Layer(_flags(one, root, pieces, reading), _tidied(one.origin), one.reason, one.line, is_read=True)
        for one in recipes
    )
    return tuple(layer for layer in layers if layer.flags.kept or layer.flags.dropped)


def _flags(recipe: Recipe, root: Path, pieces: Pieces, reading: Reading) -> FilteredFlags:
    """The flags of a recipe that pass, with paths from the first of its folders that has what they name."""
    words = [word for word in recipe.words if not pieces.is_empty(word)]
    filtered = [filter_flags(words, folder) for folder in recipe.folders]
    kept: list[str] = []
    dropped = [
        (pieces.show(flag), pieces.why(flag) or why)
        for flag, why in filtered[0].dropped
        if pieces.why(flag) or not _NOT_TOLD.match(flag)
    ]
    replaced: list[str] = []
    for spellings in zip(*(one.kept for one in filtered), strict=True):
        there = next((flag for flag in spellings if all(map(reading.exists, files_named([flag])))), None)
        if there is None:
            [name] = files_named(spellings[:1])
            dropped.append((spellings[0], _why_not_there(name, root)))
        elif _STRICTER.fullmatch(there):
            replaced.append(there)
        elif not (files_named([there]) and _tidy(there) in kept):
            kept.append(_tidy(there))
    return FilteredFlags(tuple(kept), tuple(dict.fromkeys(dropped)), (*filtered[0].replaced, *replaced))


def _tidy(flag: str) -> str:
    """The flag with a tidied name of its folder or file."""
    return next((f"{flag.removesuffix(name)}{_tidied(name)}" for name in files_named([flag])), flag)


def _tidied(name: str) -> str:
    """`name` as short as it can be, where links allow that."""
    tidied = os.path.normpath(name)
    return tidied if os.path.realpath(tidied) == os.path.realpath(name) else name


def _why_not_there(name: str, root: Path) -> str:
    for submodule in absent_submodules(str(root)):
        if is_within(name, (str(root / submodule),)):
            return f"names the submodule {submodule}, which is not checked out (git submodule update --init)"
    return "names what is not there, perhaps made by the build"
