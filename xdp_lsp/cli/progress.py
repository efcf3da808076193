"""A bar on the terminal while many files are looked at."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from xdp_lsp.source import printable

_BAR = 24
_BEGINNING = "\r\x1b[K"  # of the line, which is emptied (ECMA-48: EL)


@contextmanager
def progress(*, is_wanted: bool) -> Iterator[Callable[[int, int, str], None]]:
    """What is to be called with the number of files that are done, that of all, and the last one's path.

    Shows something on a terminal alone, and takes it away in the end: not in a file, not in the log of a CI job.
    """
    if not is_wanted or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda done, all, path: None
        return
    width = shutil.get_terminal_size().columns

    def show(done: int, all: int, path: str) -> None:
        filled = _BAR * done // all
        line = f"[{'#' * filled}{'.' * (_BAR - filled)}] {done} of {all}  {printable(os.path.relpath(path))}"
        sys.stderr.write(f"{_BEGINNING}{line[: width - 1]}")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write(_BEGINNING)
        sys.stderr.flush()
