"""What stands behind each call in the text: what it does, and what that leaves."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.ide.call_hover import numbers
from xdp_lsp.ide.calls import Call, calls_of
from xdp_lsp.ide.page import Page
from xdp_lsp.pipeline import FileReport
from xdp_lsp.source import SourceRange


class Hint(NamedTuple):
    """`call` is the text of the call, behind which it stands; `page` tells more."""

    call: SourceRange
    text: str
    page: Page


def hints(report: FileReport, path: str) -> tuple[Hint, ...]:
    """The hints in the file `path`, in the order of the source."""
    found = (
        Hint(extent, f"{text}{_merged(call, extent)}", numbers(report, call))
        for call in calls_of(report)
        if (text := hint_text(call))
        for extent in call.extents
        if extent.path == path
    )
    return tuple(sorted(found, key=lambda hint: hint.call))


def hint_text(call: Call) -> str:
    """`prepends 0..64, 88 left on ixgbe`; "" for a call that only gives back, and fails nowhere."""
    if not call.copies:
        return "never reached"
    left = call.left()
    if call.delta.min >= 0 and not left.startswith("short"):
        return ""
    if not call.counts_all:
        return f"{call.moved()} on top of what ran before"
    if not call.is_finished:
        return f"{call.moved()} on the paths that were followed"
    return f"{call.moved()}, {left}" if left else call.moved()


def _merged(call: Call, extent: SourceRange) -> str:
    """That the compiler made one call of this and others, whose numbers are meant as well."""
    others = sorted({f"line {other.line}" for other in call.extents if other != extent})
    return f" (one call with {', '.join(others)})" if others else ""
