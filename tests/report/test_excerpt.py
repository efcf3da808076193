import pytest

from xdp_lsp.report.excerpt import WIDEST, display_width, excerpt
from xdp_lsp.source import SourceRange, decode


def carets(line, column, end_column, end_line=1):
    return excerpt(line, SourceRange("a.c", 1, column, end_line, end_column))


@pytest.mark.parametrize(
    ("line", "column", "end", "text", "under"),
    [
        ("f(ctx, -len);", 8, 12, "f(ctx, -len);", "       ^~~~"),
        ("\tf(-len);", 4, 8, "        f(-len);", "          ^~~~"),
        ("a\tb", 3, 4, "a       b", "        ^"),
        # Two bytes and one column, three bytes and two columns, two bytes and none.
        ("/* ü */ x", 10, 11, "/* ü */ x", "        ^"),
        ("/* 長 */ x", 11, 12, "/* 長 */ x", "         ^"),
        ("/* e\u0301 */ x", 11, 12, "/* e\u0301 */ x", "        ^"),
        # A place without extent, one past the end of the line, one in the middle of a character.
        ("f();", 1, 1, "f();", "^"),
        ("f();", 9, 9, "f();", "    ^"),
        ("ü", 2, 3, "ü", "^"),
        # Bytes that are no UTF-8 count one each.
        (decode(b"\xff\xfe x"), 4, 5, "\N{REPLACEMENT CHARACTER}" * 2 + " x", "   ^"),
    ],
)
def test_carets_stand_under_the_place(line, column, end, text, under):
    assert carets(line, column, end) == (text, under)


def test_a_place_over_several_lines_is_underlined_to_the_end_of_the_first():
    assert carets("f(a,", 3, 7, end_line=2) == ("f(a,", "  ^~")


def test_only_the_line_is_shown_where_only_the_line_is_known():
    assert carets("f();", 0, 0) == ("f();", "")


@pytest.mark.parametrize("start", [1, 100, 490, 985])
def test_a_long_line_is_cut_around_the_carets(start):
    line = "".join(f"{n:05}" for n in range(200))
    text, under = carets(line, start + 1, start + 11)
    assert display_width(text) <= WIDEST + len("......")
    first = under.index("^")
    assert text[first : len(under)] == line[start : start + 10]


def test_a_place_wider_than_the_cut_is_underlined_as_far_as_it_is_shown():
    line = "x" * 1000
    text, under = carets(line, 1, 1001)
    assert len(under) <= len(text)
