"""What a file shows is put together from all who speak of it."""

from __future__ import annotations

from lsprotocol import types

from xdp_lsp.server.board import Board
from xdp_lsp.server.edits import Edit
from xdp_lsp.source import EditorPosition


def said(line: int, message: str = "too much", related: str = "") -> types.Diagnostic:
    place = types.Range(types.Position(line, 4), types.Position(line, 8))
    information = (
        [types.DiagnosticRelatedInformation(types.Location(related, place), "here")] if related else None
    )
    return types.Diagnostic(place, message, related_information=information)


def lines(board: Board, file: str) -> list[int]:
    return [diagnostic.range.start.line for diagnostic in board.shown(file)]


def test_the_newest_of_an_owner_replaces_all_it_said() -> None:
    board = Board()
    assert board.replace("a.c", {"a.c": [said(1)], "h.h": [said(2)]}) == {"a.c", "h.h"}
    assert board.replace("a.c", {"a.c": [said(3)]}) == {"a.c", "h.h"}
    assert board.replace("a.c", {"a.c": [said(3)]}) == set()
    assert (lines(board, "a.c"), lines(board, "h.h")) == ([3], [])
    assert board.replace("a.c", {}) == {"a.c"}
    assert board.replace("a.c", {}) == set()


def test_a_header_shows_what_all_its_roots_say_each_once() -> None:
    board = Board()
    board.replace("a.c", {"h.h": [said(1, related="file:///a.c"), said(2)]})
    board.replace("b.c", {"h.h": [said(1, related="file:///b.c"), said(3)]})
    assert lines(board, "h.h") == [1, 2, 3]
    related = board.shown("h.h")[0].related_information
    assert related is not None
    assert [one.location.uri for one in related] == ["file:///a.c", "file:///b.c"]
    board.replace("a.c", {})
    assert lines(board, "h.h") == [1, 3]


def test_shifting_tells_whether_something_was_lost() -> None:
    board = Board()
    board.replace("a.c", {"a.c": [said(1, related="file:///a.c"), said(5)]})
    above = Edit(EditorPosition(0, 0), EditorPosition(0, 0), EditorPosition(2, 0))
    assert not board.shift("a.c", "file:///a.c", [above])
    assert lines(board, "a.c") == [3, 7]
    related = board.shown("a.c")[0].related_information
    assert related is not None
    assert related[0].location.range.start.line == 3
    inside = Edit(EditorPosition(3, 5), EditorPosition(3, 5), EditorPosition(3, 6))
    assert board.shift("a.c", "file:///a.c", [inside])
    assert lines(board, "a.c") == [7]
    assert not board.shift("never seen", "file:///x", [inside])
