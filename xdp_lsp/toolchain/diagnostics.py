"""Read what clang prints: its diagnostics, and the `-MD` list of the files it read."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from xdp_lsp.source import SourceRange, tidied

# The flags that `parse_diagnostics` relies on. clang 14 has no SARIF; all versions print these lines.
DIAGNOSTIC_FLAGS = (
    "-fno-color-diagnostics",
    "-fno-caret-diagnostics",
    "-fdiagnostics-print-source-range-info",
    "-fdiagnostics-show-option",
    "-fmessage-length=0",
    "-ferror-limit=100",
)

_SEVERITY = r"(?P<severity>fatal error|error|warning|note|remark): (?P<message>.*)"
# PATH:LINE:COLUMN:{LINE:COLUMN-LINE:COLUMN}...: SEVERITY: MESSAGE [-WOPTION], from the end of a first part of PATH on
_PLACED = re.compile(rf".*?:(?P<line>\d+):(?P<column>\d+):(?P<ranges>(?:\{{[\d:-]+\}})*:?) {_SEVERITY}$")
# What the driver or the back end says of no place: `clang: error: ...`, `error: <unknown>:0:0: in function
# ...`
_UNPLACED = re.compile(rf"^(?:[^ :]+: )?{_SEVERITY}$")
_NOWHERE = re.compile(r"^<unknown>:0:0: ")
_RANGE = re.compile(r"\{(\d+):(\d+)-(\d+):(\d+)\}")
_OPTION = re.compile(r" \[(-W[^\]]+)\]$")
_INCLUDED = re.compile(r"^(?:In file included from |\s+from ).*[:,]$")
# `clang: error: clang frontend command failed with exit code 132 (use -v to see invocation)`, or `due to signal`
_CRASHED = re.compile(r"frontend command failed|PLEASE submit a bug report|error: unable to execute command")
_COUNT = re.compile(r"^\d+ (?:error|warning)s?(?: and \d+ errors?)? generated\.$")


class ClangNote(NamedTuple):
    """A note that belongs to a diagnostic: a declaration, a macro's expansion."""

    range: SourceRange
    message: str


class ClangDiagnostic(NamedTuple):
    """One diagnostic of clang's.

    Columns count bytes from 1. `range` is empty where clang gave no extent, and has column 0 (and line 1 of
    the compiled file) where it gave no place at all.
    """

    range: SourceRange
    severity: str  # "fatal error", "error", "warning" or "remark"
    message: str
    option: str = ""  # -Wwhat, or ""
    notes: tuple[ClangNote, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity in ("error", "fatal error")


def parse_diagnostics(output: bytes, main: str) -> tuple[ClangDiagnostic, ...]:
    """The diagnostics in clang's output, in its order. `main` takes those without a place.

    Lines that are not diagnostics (a stack dump, what a wrapper prints) are left out; bytes that are not UTF-8
    are replaced in messages and kept in paths.
    """
    found: list[ClangDiagnostic] = []
    for line in output.decode("utf-8", "surrogateescape").splitlines():
        if _INCLUDED.match(line) or _COUNT.match(line) or _CRASHED.search(line):
            continue
        # A name may look like the rest of a line: where it is the main file's, it is known how long it is.
        start = len(main) if line.startswith(f"{main}:") else 1
        placed = _PLACED.match(line, start)
        match = placed or _UNPLACED.match(line)
        if match is None:
            continue
        message = _NOWHERE.sub(
            "", match["message"].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        )
        path = tidied(line[: placed.start("line") - 1]) if placed else ""
        # <scratch space>, <command line> and <built-in> are no files.
        in_file = placed is not None and not path.startswith("<")
        place = _range(path, placed) if placed and in_file else SourceRange(main, 1, 0, 1, 0)
        if match["severity"] == "note":
            if found and in_file:
                found[-1] = found[-1]._replace(notes=(*found[-1].notes, ClangNote(place, message)))
            continue
        option = _OPTION.search(message)
        found.append(
            ClangDiagnostic(
                place,
                match["severity"],
                message[: option.start()] if option else message,
                option[1].removeprefix("-Werror,") if option else "",
            )
        )
    return tuple(found)


def has_crashed(output: bytes) -> bool:
    """Whether clang's driver reports that its compiler proper fell over."""
    return _CRASHED.search(output.decode("utf-8", "replace")) is not None


def _range(path: str, match: re.Match[str]) -> SourceRange:
    """The extent that holds the diagnostic's own place, else the empty range there."""
    line, column = int(match["line"]), int(match["column"])
    for numbers in _RANGE.findall(match["ranges"]):
        first, first_column, last, last_column = map(int, numbers)
        if (first, first_column) <= (line, column) <= (last, last_column):
            return SourceRange(path, first, first_column, last, last_column)
    return SourceRange(path, line, column, line, column)


def parse_dependencies(text: str, folder: str) -> tuple[str, ...]:
    """The files in a makefile rule as `clang -MD` writes it, absolute, in clang's order, each once.

    In a name, make's `\\ `, `\\#` and `$$` stand for space, `#` and `$`. Names are joined to `folder` where
    relative, and freed of `..` as text.
    """
    _, _, listed = text.partition(": ")
    words = re.findall(r"(?:\\[ #]|\\(?!\r?\n)|[^\s\\])+", listed)
    names = (re.sub(r"\\([ #])", r"\1", word).replace("$$", "$") for word in words)
    return tuple(dict.fromkeys(os.path.normpath(os.path.join(folder, name)) for name in names))  # noqa: PTH118
