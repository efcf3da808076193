"""Where the squiggle of a range goes."""

from __future__ import annotations

import pytest

from xdp_lsp.server.edits import Span
from xdp_lsp.server.positions import span_of
from xdp_lsp.source import EditorPosition, Encoding, SourceRange

LINES = {
    1: "\tif (/* 漢😋 */ bpf_xdp_adjust_head(ctx, -n))  ".encode(),
    2: b"",
    3: b"\t\t  -(int)sizeof(*h));",
}


def span(place: tuple[int, int, int, int], encoding: Encoding = Encoding.UTF8) -> tuple[tuple[int, int], ...]:
    return span_of(SourceRange("a.c", *place), LINES.get, encoding)


def column(text: str) -> int:
    return LINES[1].index(text.encode()) + 1


@pytest.mark.parametrize(
    ("encoding", "shift"), [(Encoding.UTF8, 0), (Encoding.UTF16, 4), (Encoding.UTF32, 5)]
)
def test_units_are_the_clients(encoding: Encoding, shift: int) -> None:
    start, end = column("-n"), column("-n") + 2
    assert span((1, start, 1, end), encoding) == ((0, start - 1 - shift), (0, end - 1 - shift))


def test_an_empty_range_marks_the_token() -> None:
    start = column("bpf_xdp_adjust_head")
    expected = Span(EditorPosition(0, start - 1), EditorPosition(0, start - 1 + len("bpf_xdp_adjust_head")))
    assert span((1, start, 1, start)) == expected
    start = column("(ctx")
    assert span((1, start, 1, start)) == ((0, start - 1), (0, start))


def test_only_a_line_marks_its_text() -> None:
    assert span((1, 0, 1, 0)) == ((0, 1), (0, len(LINES[1]) - 2))
    assert span((2, 0, 2, 0)) == ((1, 0), (1, 0))


def test_a_range_over_lines() -> None:
    start = column("bpf_xdp_adjust_head")
    assert span((1, start, 3, 20)) == ((0, start - 1), (2, 19))


def test_a_line_that_is_not_known_is_taken_for_ascii() -> None:
    assert span((9, 5, 9, 8), Encoding.UTF16) == ((8, 4), (8, 7))
    assert span((9, 5, 9, 5), Encoding.UTF16) == ((8, 4), (8, 4))
    assert span((9, 0, 9, 0), Encoding.UTF16) == ((8, 0), (8, 0))
