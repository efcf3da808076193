"""Annotated C files beside this one: what an editor shows of them, written where it is shown.

    // targets: ixgbe sfc tun         what they are held against
    call(x, -n);                      // hint: prepends 0..64, 24 left on sfc
    SEC("xdp") int prog(...)          // lens: xdp · # insns · ...       (# stands for a number)
    call(x, -n);                      // hover: prepends 0..64 bytes; ...
    //   ^   ^                        at each caret, which marks a column of the line above, this hover

A hover may stand behind the carets as well: `//   ^ ^hover: ...`. One line has one hover, which is the first line of
the page.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from xdp_lsp.ide import Cursor, Hover, hover
from xdp_lsp.pipeline import FileReport, analyse_path, with_insight
from xdp_lsp.settings import Settings
from xdp_lsp.source import SourceLocation

HERE = Path(__file__).parent


@functools.cache
def report_of(name: str) -> FileReport:
    """The report of a file beside this one, held against the targets that it names."""
    match = re.search(r"^// targets: (.*)$", (HERE / name).read_text(), re.MULTILINE)
    targets = tuple(match[1].split()) if match else ("mainstream",)
    return with_insight(analyse_path(str(HERE / name), Settings(targets=targets)))


def lines_of(name: str) -> list[bytes]:
    return (HERE / name).read_bytes().split(b"\n")


def line_of(name: str, number: int) -> bytes | None:
    lines = lines_of(name)
    return lines[number - 1] if 0 < number <= len(lines) else None


def hover_at(name: str, marked: str) -> Hover:
    """The hover at the beginning of `marked`, which is once in the file."""
    text = (HERE / name).read_text()
    assert text.count(marked) == 1
    offset = text.index(marked)
    column = offset - text.rfind("\n", 0, offset)
    place = SourceLocation(str(HERE / name), text.count("\n", 0, offset) + 1, column)
    found = hover(report_of(name), Cursor(place, lambda number: line_of(name, number)))
    assert found is not None
    return found


def said(name: str, kind: str) -> dict[int, str]:
    """What the lines of `name` say that is shown there: by number."""
    found = {}
    for number, line in enumerate((HERE / name).read_text().splitlines(), 1):
        match = re.search(rf"//.*?{kind}: (.*)$", line)
        if match is not None:
            found[number] = match[1].strip()
    return found


def cursors(name: str) -> Iterator[tuple[Cursor, str]]:
    """Each place that a caret marks, and the hover that the two lines name."""
    hovers = said(name, "hover")
    for number, line in enumerate((HERE / name).read_text().splitlines(), 1):
        if not re.match(r"\s*//[ ^]*\^", line):
            continue
        text = hovers[number] if number in hovers else hovers[number - 1]
        wide, above = line.expandtabs(8), (line_of(name, number - 1) or b"").decode()
        for match in re.finditer(r"\^", wide.split("hover:")[0]):
            yield (
                Cursor(
                    SourceLocation(str(HERE / name), number - 1, _column(above, match.start())), _line(name)
                ),
                text,
            )


def _column(line: str, shown: int) -> int:
    """The byte column, from 1, of what stands at the column `shown`, from 0, with tabs of eight."""
    return next(at for at in range(len(line) + 1) if len(line[:at].expandtabs(8)) >= shown) + 1


def _line(name: str) -> functools.partial[bytes | None]:
    return functools.partial(line_of, name)
