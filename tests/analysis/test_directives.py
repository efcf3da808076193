"""Comments that speak to us, in any text."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xdp_lsp.analysis.directives import AnnotatedSource, annotated_sources


def said(text):
    return [(one.text, one.place.line, one.covers) for one in AnnotatedSource("a.c", text).directives]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/* xdp-lsp: one */\nf();\n", [("one", 1, 2)]),
        ("f(); // xdp-lsp: one\n", [("one", 1, 1)]),
        (
            "/*\n * Does things.\n *\n * xdp-lsp: one two,\n *          three\n */\nf();\n",
            [("one two, three", 4, 7)],
        ),
        ("/* xdp-lsp: one\n * xdp-lsp: two */\nf();", [("one", 1, 3), ("two", 2, 3)]),
        ("/* xdp-lsp: one\n */ f();\ng();", [("one", 1, 2)]),
        ("/// xdp-lsp: one\n//! xdp-lsp: two\n\nf();", [("one", 1, 4), ("two", 2, 4)]),
        ("/* says xdp-lsp: one */ f(); // see xdp-lsp: two", []),
        ('s = "/* xdp-lsp: one */"; c = \'"\'; // xdp-lsp: two', [("two", 1, 1)]),
        ("/* xdp-lsp: one", [("one", 1, 1)]),
        ("\x7fELF /* xdp-lsp: one */", []),
    ],
)
def test_a_directive_begins_a_comment_or_a_line_of_one(text, expected):
    assert said(text) == expected


def test_its_place_begins_at_the_mark_in_bytes():
    (one,) = AnnotatedSource("a.c", "/* ä\n\t * xdp-lsp: größe */").directives
    assert one.place == ("a.c", 2, 5, 2, 21)


def test_each_file_is_read_once_and_one_that_cannot_be_read_has_none():
    read = []

    def text(path):
        read.append(path)
        return None if path == "b.c" else "/* xdp-lsp: one */"

    assert [one.path for one in annotated_sources(["a.c", "b.c", "a.c"], text)] == ["a.c"]
    assert read == ["a.c", "b.c"]


_PIECES = st.sampled_from(
    [
        "/*",
        "*/",
        "//",
        '"',
        "'",
        "\\",
        "\n",
        "\r\n",
        "\r",
        " ",
        "xdp-lsp:",
        "prepends",
        "f();",
        "ä",
        "*",
        "/",
        "{",
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES).map("".join)))
@example('"\\\n')
def test_any_text_keeps_its_places(text):
    source = AnnotatedSource("a.c", text)
    assert len(source.code) == len(text)
    ends = re.compile(r"\r\n|\r|\n")
    assert [one.start() for one in ends.finditer(source.code)] == [one.start() for one in ends.finditer(text)]
    lines = len(ends.split(text))
    for one in source.directives:
        assert 1 <= one.place.line <= one.place.end_line <= lines
        assert 1 <= one.covers <= lines
        assert "\n" not in one.text
        assert 0 <= one.standing <= len(text)
