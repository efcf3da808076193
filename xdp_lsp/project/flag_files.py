"""The files of a repository that say how its sources are compiled, by name."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

# Go files are read as well; but few of them say anything, and none is worth a check of all sources when it is saved.
FLAG_FILES = (
    "compile_commands.json", "compile_flags.txt", ".clangd",
    "GNUmakefile", "[Mm]akefile", "Makefile.am", "Makefile.in", "Kbuild", "*.mk", "*.mak",
    "CMakeLists.txt", "*.cmake", "meson.build",
)  # fmt: skip


def is_flag_file(path: str) -> bool:
    """Whether flags are read from files that are called as the one at `path` is."""
    return any(fnmatchcase(os.path.basename(path), name) for name in FLAG_FILES)  # noqa: PTH119 - text
