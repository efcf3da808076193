"""What is shown in the text and at a cursor, against what the annotated files beside this one say."""

from __future__ import annotations

import re

import pytest

from tests.ide.annotated import HERE, cursors, line_of, report_of, said
from xdp_lsp.ide import hints, hover, lenses
from xdp_lsp.ide.hints import LONGEST
from xdp_lsp.ide.page import Heading

FILES = sorted(path.name for path in HERE.glob("*.c"))


@pytest.mark.parametrize("name", FILES)
def test_hints(name: str) -> None:
    found = {hint.place.end_line: hint.text for hint in hints(report_of(name), str(HERE / name))}
    assert found == said(name, "hint")
    assert all(len(text) <= LONGEST for text in found.values())


@pytest.mark.parametrize("name", FILES)
def test_lenses(name: str) -> None:
    shown = lenses(report_of(name), str(HERE / name), lambda number: line_of(name, number))
    found = {lens.range.line: re.sub(r"\d+ insns?", "# insns", lens.text) for lens in shown}
    assert found == said(name, "lens")
    assert len(found) == len(report_of(name).analysis.programs)


@pytest.mark.parametrize("name", FILES)
def test_hovers(name: str) -> None:
    places = list(cursors(name))
    assert len({cursor.location.line for cursor, _ in places}) == len(said(name, "hover"))
    for cursor, wanted in places:
        found = hover(report_of(name), cursor)
        assert found is not None, cursor.location
        assert isinstance(found.page[0], Heading)
        assert found.page[0].text == wanted, cursor.location


def test_lengths() -> None:
    """Only those of variables that bear on a delta; a number that stands there is not told again."""
    name = "lengths.c"
    shown = hints(report_of(name), str(HERE / name), lambda number: line_of(name, number))
    found = {hint.place.line: f"{hint.variable}{hint.text}" for hint in shown if hint.variable}
    assert found == said(name, "length")
    assert [hint for hint in shown if not hint.variable] == list(hints(report_of(name), str(HERE / name)))
