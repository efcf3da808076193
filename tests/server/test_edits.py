"""A squiggle keeps its text, or goes."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from xdp_lsp.server.edits import Edit, Span, replacement
from xdp_lsp.source import EditorPosition, Encoding, LineIndex

# No lone carriage return: an edit beside one may join or part a line end.
texts = st.text(alphabet=st.sampled_from("ab\né😋"), max_size=20)
encodings = st.sampled_from(Encoding)


def text_of(index: LineIndex, span: Span, encoding: Encoding) -> str:
    return index.text[index.offset(span.start, encoding) : index.offset(span.end, encoding)]


def span_at(index: LineIndex, first: int, last: int, encoding: Encoding) -> Span:
    return Span(index.position(first, encoding), index.position(last, encoding))


@given(texts, texts, encodings, st.booleans(), st.data())
def test_a_span_that_stands_has_its_text(
    text: str, typed: str, encoding: Encoding, edit_first: bool, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    left, right = cuts[:2], cuts[2:]
    (first, last), marked = (left, right) if edit_first else (right, left)
    before, after = LineIndex(text), LineIndex(text[:first] + typed + text[last:])
    edit = Edit(
        before.position(first, encoding),
        before.position(last, encoding),
        after.position(first + len(typed), encoding),
    )
    span = span_at(before, *marked, encoding)
    moved = edit.apply(span)
    assert moved is not None
    assert text_of(after, moved, encoding) == text_of(before, span, encoding)


@given(texts, texts, encodings, st.data())
def test_a_place_is_taken_back_to_its_own_text(
    text: str, typed: str, encoding: Encoding, data: st.DataObject
) -> None:
    first, last = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=2)))
    before, after = LineIndex(text), LineIndex(text[:first] + typed + text[last:])
    end = first + len(typed)
    edit = Edit(
        before.position(first, encoding), before.position(last, encoding), after.position(end, encoding)
    )
    at = data.draw(st.integers(0, len(after.text)))
    found = edit.before(after.position(at, encoding))
    if at < first or (at == first and typed):
        assert found == before.position(at, encoding)
    elif at < end:
        assert found is None
    else:
        assert found == before.position(at - end + last, encoding)


@given(texts, texts, texts, encodings, st.data())
def test_edits_that_are_joined_move_spans_as_both_do(
    text: str, typed: str, again: str, encoding: Encoding, data: st.DataObject
) -> None:
    def places(length: int, count: int) -> list[int]:
        return sorted(data.draw(st.lists(st.integers(0, length), min_size=count, max_size=count)))

    first, last = places(len(text), 2)
    between = text[:first] + typed + text[last:]
    inner, outer = (first + place for place in places(len(typed), 2))
    before, middle = LineIndex(text), LineIndex(between)
    after = LineIndex(between[:inner] + again + between[outer:])
    one = Edit(
        before.position(first, encoding),
        before.position(last, encoding),
        middle.position(first + len(typed), encoding),
    )
    other = Edit(
        middle.position(inner, encoding),
        middle.position(outer, encoding),
        after.position(inner + len(again), encoding),
    )
    joined = one.joined(other)
    assert joined is not None
    left, right = places(len(text), 2)
    assume(left < right)  # an empty span at the border stands on either side of what was typed there
    span = span_at(before, left, right, encoding)
    moved = one.apply(span)
    assert joined.apply(span) == (None if moved is None else other.apply(moved))


def test_an_edit_inside_takes_the_span() -> None:
    span = Span(EditorPosition(1, 4), EditorPosition(1, 8))
    for start, end in (
        ((1, 5), (1, 5)),
        ((1, 7), (1, 9)),
        ((1, 0), (1, 5)),
        ((0, 0), (2, 0)),
        ((1, 4), (1, 8)),
    ):
        place = EditorPosition(*start)
        assert Edit(place, EditorPosition(*end), place).apply(span) is None


def test_typing_beside_a_span_leaves_it() -> None:
    span = Span(EditorPosition(1, 4), EditorPosition(1, 8))
    after = EditorPosition(1, 8)
    assert Edit(after, after, EditorPosition(1, 9)).apply(span) == span
    before = EditorPosition(1, 4)
    assert Edit(before, before, EditorPosition(2, 1)).apply(span) == Span(
        EditorPosition(2, 1), EditorPosition(2, 5)
    )


@given(texts, texts, encodings)
def test_a_replacement_leads_from_one_text_to_the_other(old: str, new: str, encoding: Encoding) -> None:
    before, after = LineIndex(old), LineIndex(new)
    edit = replacement(before, after, encoding)
    first, last = before.offset(edit.start, encoding), before.offset(edit.end, encoding)
    typed = new[after.offset(edit.start, encoding) : after.offset(edit.new_end, encoding)]
    assert old[:first] + typed + old[last:] == new
    # The smallest: neither end of what goes is that of what comes.
    gone = old[first:last]
    assert not (gone and typed and (gone[0] == typed[0] or gone[-1] == typed[-1]))
