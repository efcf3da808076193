"""Texts of all kinds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ide.actions.offers import offered
from xdp_lsp.ide.actions import Lines, Text, applied
from xdp_lsp.ide.actions.text import Replacement, moved

HERE = Path(__file__).parent
SOURCE = HERE / "cases" / "lengths.c"


def results(path: Path, contents: bytes) -> list[tuple[str, bytes]]:
    text = Text(str(path), contents)
    return [(action.title, applied(action.edits, text)) for action in offered(str(path), contents)]


def test_line_ends_stay_what_they_are() -> None:
    contents = SOURCE.read_bytes()
    expected = [(title, text.replace(b"\n", b"\r\n")) for title, text in results(SOURCE, contents)]
    assert results(SOURCE, contents.replace(b"\n", b"\r\n")) == expected


def test_what_is_no_utf_8_stays_what_it_is() -> None:
    contents = SOURCE.read_bytes()
    before, after = b"/* each is 12 bytes */", b"/* \xe9ach is \xff 12 bytes */"
    expected = [(title, text.replace(before, after)) for title, text in results(SOURCE, contents)]
    assert results(SOURCE, contents.replace(before, after)) == expected


@pytest.mark.parametrize("marked", ["bpf_xdp_adjust_head(ctx, -length)", "int labels", "return XDP_PASS"])
def test_only_what_is_on_the_lines_is_offered(marked: str) -> None:
    contents = SOURCE.read_bytes()
    line = contents.count(b"\n", 0, contents.index(marked.encode())) + 1
    here = offered(str(SOURCE), contents, lines=Lines(line, line))
    everywhere = offered(str(SOURCE), contents)
    assert all(action in everywhere for action in here)
    assert {action.place.line for action in here if action.place} <= {line}
    assert bool(here) is ("adjust_head" in marked)


@given(st.data())
def test_a_place_is_followed_through_changes(data: st.DataObject) -> None:
    contents = data.draw(st.text(alphabet="ab\n", max_size=30)).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(contents)), max_size=6)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    changes = [
        Replacement(begin, end, data.draw(st.text(alphabet="xy\n", max_size=4))) for begin, end in pairs
    ]
    text = Text("a.c", contents)
    after = text.with_changes(changes)
    for offset in range(len(contents)):
        if not any(begin <= offset < end for begin, end in pairs):
            now = moved(offset, changes, text)
            assert after[now : now + 1] == contents[offset : offset + 1]
            assert after[now:].endswith(contents[offset:]) or any(begin > offset for begin, _ in pairs)
