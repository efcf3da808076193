"""Columns of compilers and of editors name the same characters."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xdp_lsp.source import (
    EditorPosition,
    Encoding,
    LineIndex,
    character_of_column,
    decode,
    encode,
    split_lines,
)

CODECS = {Encoding.UTF8: "utf-8", Encoding.UTF16: "utf-16-le", Encoding.UTF32: "utf-32-le"}
UNIT_SIZE = {Encoding.UTF8: 1, Encoding.UTF16: 2, Encoding.UTF32: 4}

texts = st.text(alphabet=st.sampled_from("ab\n\r\t\f\x0b\x85\u2028é漢😋"), max_size=40)
encodings = st.sampled_from(Encoding)


@given(texts, encodings)
def test_units_are_those_of_the_codec(text: str, encoding: Encoding) -> None:
    assert encoding.units(text) == len(text.encode(CODECS[encoding])) // UNIT_SIZE[encoding]


@given(texts, encodings, st.data())
def test_an_offset_comes_back(text: str, encoding: Encoding, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    index = LineIndex(text)
    assume(text[max(offset - 1, 0) : offset + 1] != "\r\n")  # between the two there is no position
    assert index.offset(index.position(offset, encoding), encoding) == offset


@given(texts)
def test_lines_are_those_of_the_bytes(text: str) -> None:
    index = LineIndex(text)
    assert [encode(index.line(n)) for n in range(index.line_count)] == split_lines(encode(text))


@given(texts, texts, st.data())
def test_an_index_of_an_edited_text_is_that_of_the_text(text: str, new: str, data: st.DataObject) -> None:
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    after = text[:first] + new + text[last:]
    index = LineIndex(text).replaced(first, last, new)
    assert index.text == after
    assert [index.line(n) for n in range(index.line_count)] == [
        decode(line) for line in split_lines(encode(after))
    ]


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\r"])
def test_what_ends_a_line(separator: str) -> None:
    index = LineIndex(f"one{separator}two\fthree\u2028four")
    assert [index.line(n) for n in range(index.line_count)] == ["one", "two\fthree\u2028four"]


@pytest.mark.parametrize(
    ("encoding", "character"), [(Encoding.UTF8, 13), (Encoding.UTF16, 9), (Encoding.UTF32, 8)]
)
def test_a_column_of_clangs(encoding: Encoding, character: int) -> None:
    line = "/* 漢😋 */f()".encode()
    assert character_of_column(line, line.index(b"f") + 1, encoding) == character


def test_a_column_past_the_end_is_the_end() -> None:
    assert character_of_column("é;".encode(), 99, Encoding.UTF16) == 2
    assert character_of_column(b"", 0, Encoding.UTF16) == 0


def test_positions_stay_in_the_text() -> None:
    index = LineIndex("ab\r\ncd")
    assert index.offset(EditorPosition(0, 99), Encoding.UTF16) == 2
    assert index.offset(EditorPosition(9, 0), Encoding.UTF16) == 6


def test_a_position_inside_a_character_is_its_start() -> None:
    index = LineIndex("a😋b")
    assert index.offset(EditorPosition(0, 2), Encoding.UTF16) == 1
    assert index.offset(EditorPosition(0, 3), Encoding.UTF8) == 1


@given(st.binary(max_size=40))
def test_bytes_that_are_not_utf8_survive(contents: bytes) -> None:
    assert encode(decode(contents)) == contents


def test_half_a_surrogate_pair_can_be_encoded() -> None:
    assert encode("a\ud83d") == b"a\xed\xa0\xbd"
