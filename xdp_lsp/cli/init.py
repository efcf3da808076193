"""`xdp-lsp init`: write down which flags were guessed for the sources of a folder."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from xdp_lsp.cli.output import note, write
from xdp_lsp.cli.settings import settings_loader
from xdp_lsp.cli.status import CLEAN, FAILED, UsageError
from xdp_lsp.cli.walk import expand
from xdp_lsp.pipeline.check import built_from
from xdp_lsp.pipeline.files import UnreadableError, is_object
from xdp_lsp.pipeline.guessed import guesses_as_settings
from xdp_lsp.pipeline.toolchains import toolchain_of
from xdp_lsp.project import Layer
from xdp_lsp.settings import FILE_NAME, Settings
from xdp_lsp.toolchain import ToolchainError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", nargs="?", default=".", help="default: the current one")
    parser.epilog = f"{FILE_NAME} is never overwritten: what is missing in one that is there is printed."


def run(arguments: argparse.Namespace) -> int:
    folder = Path(arguments.folder).absolute()
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder")
    settings_of = settings_loader({})
    layers: list[Layer] = []
    failed: list[str] = []
    sources = [one.path for one in expand([str(folder)]) if not one.problem and not is_object(one.path)]
    for path in sources:
        used = _layers(path, settings_of(str(Path(path).parent)))
        if used is None:
            failed.append(path)
        layers += used or ()
    for path in failed:
        note(f"{os.path.relpath(path)} does not compile: see xdp-lsp doctor {os.path.relpath(path)}")
    text = guesses_as_settings(layers, str(folder))
    if not text:
        note(f"no flag had to be guessed for the {len(sources)} sources in {folder}")
        return CLEAN
    return _write(folder / FILE_NAME, text)


def _layers(path: str, settings: Settings) -> tuple[Layer, ...] | None:
    """What the source at `path` was compiled with; None where it does not compile."""
    try:
        built = built_from(path, settings, toolchain_of(settings))
    except ToolchainError as error:
        raise UsageError(str(error)) from None
    except UnreadableError:
        return None
    if built.result.object is None:
        return None
    return built.layers


def _write(path: Path, text: str) -> int:
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        note(f"{path} is there already; add to it:")
        write(text)
        return FAILED
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    note(f"wrote {path}")
    return CLEAN
