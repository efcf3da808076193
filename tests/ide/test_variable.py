"""Hovers on variables, against what is written beside them in C: `//? NAME: HEADLINE {COPIES} | NAME: ...`.

`//wheel? ...` holds for one compiler only.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cases.building import toolchain
from xdp_lsp.ide import Cursor, hover
from xdp_lsp.ide.page import Heading, Paragraph
from xdp_lsp.pipeline import FileReport, analyse_path, with_insight
from xdp_lsp.settings import Settings
from xdp_lsp.source import SourceLocation, SourceRange

HERE = Path(__file__).parent / "variables"
CASES = sorted(path.name for path in HERE.glob("*.c"))
_REMARKS = re.compile(r"//([\w-]*)\? (.*)")
COMPILERS = ("wheel", "clang-19", "clang-14")


@cache
def report_of(case: str, compiler: str) -> FileReport:
    return with_insight(analyse_path(str(HERE / case), Settings(), toolchain(compiler, "v3")))


def cursor_at(case: str, line: int, column: int) -> Cursor:
    lines = (HERE / case).read_bytes().splitlines()
    place = SourceLocation(str(HERE / case), line, column)
    return Cursor(place, lambda number: lines[number - 1] if number <= len(lines) else None)


class Remark(NamedTuple):
    """What is shown for a name in a line: the headline (`-`: nothing), and what is said of copies."""

    line: int
    name: str
    headline: str
    copies: str


def written(case: str, compiler: str) -> list[Remark]:
    found = []
    for number, line in enumerate((HERE / case).read_text("utf-8").splitlines(), 1):
        match = _REMARKS.search(line)
        for remark in match[2].split(" | ") if match is not None and match[1] in ("", compiler) else ():
            name, _, rest = remark.partition(": ")
            headline, _, copies = rest.partition(" {")
            found.append(Remark(number, name, headline, copies.removesuffix("}")))
    return found


def shown(case: str, compiler: str, number: int, name: str) -> Remark:
    line = (HERE / case).read_text("utf-8").splitlines()[number - 1]
    match = re.search(rf"\b{name}\b", line)
    assert match is not None
    column = match.start() + 1
    found = hover(report_of(case, compiler), cursor_at(case, number, column))
    if found is None:
        return Remark(number, name, "-", "")
    assert found.range == SourceRange(str(HERE / case), number, column, number, column + len(name))
    heading, _, *rest = found.page
    assert isinstance(heading, Heading)
    copies = [block.text for block in rest if isinstance(block, Paragraph)]
    return Remark(number, name, heading.text.removeprefix(f"{name}: "), " ".join(copies))


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("case", CASES)
def test_a_variable_has_the_values_that_are_written_beside_it(case: str, compiler: str) -> None:
    remarks = written(case, compiler)
    assert remarks
    assert [shown(case, compiler, one.line, one.name) for one in remarks] == remarks
