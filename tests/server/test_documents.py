"""Texts follow what the client types, however it sends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from xdp_lsp.server.documents import Document, Documents
from xdp_lsp.source import EditorPosition, Encoding, LineIndex

texts = st.text(alphabet=st.sampled_from("ab\n\r\f\u2028é😋"), max_size=20)


def partial(start: EditorPosition, end: EditorPosition, text: str) -> types.TextDocumentContentChangePartial:
    place = types.Range(types.Position(*start), types.Position(*end))
    return types.TextDocumentContentChangePartial(range=place, text=text)


def document(text: str) -> Document:
    return Document("file:///a.c", "/a.c", 1, text)


@given(texts, st.lists(texts, min_size=1, max_size=3), st.sampled_from(Encoding), st.data())
def test_partial_changes_apply_in_order(
    text: str, typed: list[str], encoding: Encoding, data: st.DataObject
) -> None:
    doc = document(text)
    expected, changes = text, []
    for one in typed:
        index = LineIndex(expected)
        places = st.integers(0, len(expected)).filter(
            lambda n, t=expected: t[max(n - 1, 0) : n + 1] != "\r\n"
        )
        first, last = sorted((data.draw(places), data.draw(places)))
        changes.append(partial(index.position(first, encoding), index.position(last, encoding), one))
        expected = expected[:first] + one + expected[last:]
    doc.change(2, changes, encoding)
    assert (doc.text, doc.version) == (expected, 2)


def test_a_whole_text_replaces_all() -> None:
    doc = document("int a;\nint b;\n")
    [edit] = doc.change(
        7, [types.TextDocumentContentChangeWholeDocument("int a;\nlong b;\n")], Encoding.UTF16
    )
    assert doc.text == "int a;\nlong b;\n"
    assert edit == ((1, 0), (1, 3), (1, 4))


def typed(doc: Document, version: int, at: tuple[int, int], text: str) -> None:
    place = EditorPosition(*at)
    doc.change(version, [partial(place, place, text)], Encoding.UTF16)


def test_what_is_saved_is_what_was_typed() -> None:
    doc = document("a\n")
    typed(doc, 2, (0, 1), "é")
    assert doc.is_edited
    assert doc.saved.contents == b"a\n"
    assert doc.edits_since(doc.saved) == [((0, 1), (0, 1), (0, 2))]
    assert doc.save(None, Encoding.UTF16) == []
    assert not doc.is_edited
    assert doc.saved.contents == "aé\n".encode()
    assert doc.edits_since(doc.saved) == []


def test_a_text_is_known_for_as_long_as_somebody_holds_it() -> None:
    doc = document("a\n")
    first = doc.saved
    for version, text in enumerate("bcd", 2):
        typed(doc, version, (0, 0), text)
        doc.save(None, Encoding.UTF16)
    typed(doc, 9, (0, 0), "e")
    now = doc.now()
    assert [doc.edits_since(text) for text in (doc.saved, now)] == [[((0, 0), (0, 0), (0, 1))], []]
    since_first = doc.edits_since(first)
    assert since_first is not None
    assert len(since_first) == 4


def test_a_text_of_another_document_is_not_known() -> None:
    assert document("a\n").edits_since(document("a\n").saved) is None


def test_what_is_typed_on_end_is_one_edit() -> None:
    doc = document("a\nb\n")
    for version, text in enumerate("xy\nz", 2):
        line = 1 if text == "z" else 0
        typed(doc, version, (line, 0 if line else version - 1), text)
    assert doc.text == "axy\nz\nb\n"
    assert doc.edits_since(doc.saved) == [((0, 1), (0, 1), (1, 1))]
    doc.change(9, [partial(EditorPosition(0, 3), EditorPosition(1, 1), "")], Encoding.UTF16)
    assert doc.edits_since(doc.saved) == [((0, 1), (0, 1), (0, 3))]
    held = doc.now()
    typed(doc, 10, (0, 3), "!")
    assert doc.edits_since(held) == [((0, 3), (0, 3), (0, 4))]


def test_what_the_client_says_it_saved_is_right() -> None:
    doc = document("a\n")
    assert len(doc.save("b\n", Encoding.UTF16)) == 1
    assert doc.saved.contents == b"b\n"
    assert doc.text == "b\n"


@pytest.mark.parametrize("change", [partial(EditorPosition(99, 0), EditorPosition(99, 5), "x")])
def test_a_change_outside_of_the_text_is_kept_within(change: types.TextDocumentContentChangePartial) -> None:
    doc = document("a\n")
    doc.change(2, [change], Encoding.UTF16)
    assert doc.text == "a\nx"


def test_documents_are_found_by_name_and_file() -> None:
    documents = Documents()
    doc = document("a\n")
    documents.open(doc)
    assert documents.get("file:///a.c") is doc
    assert documents.by_key(doc.key) is doc
    assert documents.close("file:///a.c") is doc
    assert documents.close("file:///a.c") is None
    assert documents.by_key(doc.key) is None
