"""`xdp-lsp init`: write down which flags were guessed for the sources of a folder."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.cli.output import note, write
from xdp_lsp.cli.settings import settings_loader
from xdp_lsp.cli.status import CLEAN, FAILED, UsageError
from xdp_lsp.cli.walk import expand
from xdp_lsp.pipeline.check import built_from
from xdp_lsp.pipeline.files import UnreadableError, is_object
from xdp_lsp.pipeline.toolchains import toolchain_of
from xdp_lsp.project import Layer
from xdp_lsp.settings import FILE_NAME, Settings
from xdp_lsp.toolchain import ToolchainError, files_named

_PATH = re.compile(r"(-[A-Za-z]+)(/.*)")
_SAFE = re.compile(r"[^\x20-\x7e]")


class _Guessed(NamedTuple):
    flag: str  # as it is written into the file
    reason: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", nargs="?", default=".", help="default: the current one")
    parser.epilog = f"{FILE_NAME} is never overwritten: what is missing in one that is there is printed."


def run(arguments: argparse.Namespace) -> int:
    folder = Path(arguments.folder).absolute()
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder")
    settings_of = settings_loader({})
    guessed: dict[str, _Guessed] = {}
    failed: list[str] = []
    sources = [one.path for one in expand([str(folder)]) if not one.problem and not is_object(one.path)]
    for path in sources:
        layers = _layers(path, settings_of(str(Path(path).parent)))
        if layers is None:
            failed.append(path)
        for guess in _guesses(layers or (), folder):
            guessed.setdefault(guess.flag, guess)
    for path in failed:
        note(f"{os.path.relpath(path)} does not compile: see xdp-lsp doctor {os.path.relpath(path)}")
    if not guessed:
        note(f"no flag had to be guessed for the {len(sources)} sources in {folder}")
        return CLEAN
    return _write(folder / FILE_NAME, _text(guessed.values()))


def _layers(path: str, settings: Settings) -> tuple[Layer, ...] | None:
    """What the source at `path` was compiled with beyond what is declared; None where it does not compile."""
    try:
        built = built_from(path, settings, toolchain_of(settings))
    except ToolchainError as error:
        raise UsageError(str(error)) from None
    except UnreadableError:
        return None
    if built.result.object is None:
        return None
    return tuple(layer for layer in built.layers if layer.is_remedy)


def _guesses(layers: Iterable[Layer], folder: Path) -> Iterator[_Guessed]:
    """The flags that a project can write down: those that name files elsewhere are of this machine."""
    for layer in layers:
        kept = layer.flags.kept
        if all(Path(named).is_relative_to(folder) for named in files_named(kept)):
            origin = os.path.relpath(layer.origin, folder) if layer.origin else ""
            reason = f"{origin}: {layer.reason}" if origin not in ("", ".") else layer.reason
            for flag in kept:
                yield _Guessed(_relative(flag, folder), reason)


def _relative(flag: str, folder: Path) -> str:
    named = _PATH.fullmatch(flag)
    return flag if named is None else f"{named[1]}{os.path.relpath(named[2], folder)}"


def _text(guessed: Iterable[_Guessed]) -> str:
    lines = [f"    {json.dumps(one.flag)}, # {_SAFE.sub('?', one.reason)}" for one in guessed]
    return "\n".join(["flags = [", *lines, "]", ""])


def _write(path: Path, text: str) -> int:
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(
                f"# Written by `xdp-lsp init`: what the project's build says and its files do not.\n{text}"
            )
    except FileExistsError:
        note(f"{path} is there already; add to it:")
        write(text)
        return FAILED
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    note(f"wrote {path}")
    return CLEAN
