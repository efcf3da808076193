"""What is guessed of a file's flags from the layout of its repository, where nothing says them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xdp_lsp.project.model import Layer
from xdp_lsp.project.repository import folders_up_to
from xdp_lsp.source import is_folder
from xdp_lsp.toolchain import FilteredFlags

# Folders of a repository that its sources include from; measured on public XDP code, where 84 of 123 files compile
# with them and 53 without.
_INCLUDE_FOLDERS = ("", "include", "headers", "common", "lib", "src")


def guessed_layer(path: str, root: Path) -> Layer:
    """The usual include folders, from the file's own folder up to the root of its repository."""
    flags = FilteredFlags(tuple(f"-I{folder}" for folder in _include_folders(path, root)))
    return Layer(flags, str(root), "the usual include folders of a repository", is_guess=True)


def _include_folders(path: str, root: Path) -> Iterator[Path]:
    """From the file's folder up to the root, each with its usual include folders."""
    for folder in folders_up_to(root, Path(path)):
        for name in _INCLUDE_FOLDERS:
            if is_folder(folder / name):
                yield folder / name
