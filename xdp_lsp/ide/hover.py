"""What is shown for the thing under the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from xdp_lsp.ide.call_hover import call_at, call_page
from xdp_lsp.ide.cursor import Cursor
from xdp_lsp.ide.helper_hover import ADJUST_TAIL, end_moved, is_helper, is_of_xdp, manual_page
from xdp_lsp.ide.page import Page
from xdp_lsp.ide.program_hover import program_at, program_page
from xdp_lsp.ide.variable import variable
from xdp_lsp.pipeline import FileReport
from xdp_lsp.source import SourceRange


class Hover(NamedTuple):
    """`range` is the text that it is about."""

    range: SourceRange
    page: Page


def hover(report: FileReport, cursor: Cursor) -> Hover | None:
    """The first that somebody has to say; None where there is nothing under the cursor that is known."""
    return next((found for ask in _ASKED if (found := ask(report, cursor)) is not None), None)


def early_hover(cursor: Cursor) -> Hover | None:
    """What can be said before anything is known of the file, where it is plain that it is about XDP."""
    word = cursor.word()
    if word is None or word.is_tag or not is_of_xdp(word.text):
        return None
    return Hover(word.range, manual_page(None, word.text))


def _call(report: FileReport, cursor: Cursor) -> Hover | None:
    found = call_at(report, cursor)
    word = cursor.word()
    if found is None or (word is not None and word.text != found[1].helper and is_helper(word.text)):
        return None  # another helper is called for an argument
    return Hover(found[0], call_page(report, found[1]))


def _program(report: FileReport, cursor: Cursor) -> Hover | None:
    found = program_at(report, cursor)
    return None if found is None else Hover(found[0], program_page(report, found[1]))


def _helper(report: FileReport, cursor: Cursor) -> Hover | None:
    word = cursor.word()
    page = manual_page(report, word.text) if word is not None and not word.is_tag else ()
    if word is None or not page:
        return None
    if word.text == ADJUST_TAIL:
        page = (*end_moved(report, cursor.location[:2]), *page)
    return Hover(word.range, page)


def _variable(report: FileReport, cursor: Cursor) -> Hover | None:
    found = variable(report, cursor)
    return None if found is None else Hover(found.range, found.page)


def _number(report: FileReport, cursor: Cursor) -> Hover | None:
    found = variable(report, cursor)
    return None if found is None or not found.is_number else Hover(found.range, found.page)


# Of a call's arguments, numbers say more than the call.
_ASKED: tuple[Callable[[FileReport, Cursor], Hover | None], ...] = (
    _number,
    _call,
    _variable,
    _program,
    _helper,
)
