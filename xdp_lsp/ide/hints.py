"""What stands in the text: behind calls what they do and what that leaves, behind variables what they can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from xdp_lsp.ide.call_hover import numbers
from xdp_lsp.ide.calls import Call, calls_of
from xdp_lsp.ide.page import Page
from xdp_lsp.ide.variable import assigned
from xdp_lsp.pipeline import FileReport
from xdp_lsp.source import SourceRange

# Characters; of more VS Code shows the beginning (its setting `editor.inlayHints.maximumLength`).
LONGEST = 43


class Hint(NamedTuple):
    """`text` stands right behind what is at `place`: a call, or `variable`; `page` tells more."""

    place: SourceRange
    text: str
    page: Page = ()
    variable: str = ""


def hints(
    report: FileReport, path: str, line: Callable[[int], bytes | None] | None = None
) -> tuple[Hint, ...]:
    """The hints in the file `path`, in the order of the source; where `line` gives the text of its lines, numbered from
    1, those at variables as well."""
    found = [
        Hint(extent, f"{text}{_merged(call, extent)}", numbers(report, call))
        for call in calls_of(report)
        if (text := hint_text(call))
        for extent in call.extents
        if extent.path == path
    ]
    found += _lengths(report, path, line) if line is not None else ()
    return tuple(sorted(found, key=lambda hint: hint.place))


def _lengths(report: FileReport, path: str, line: Callable[[int], bytes | None]) -> Iterator[Hint]:
    """What variables can be, `: 0..64`, at the lines that assign to them and bear on a delta.

    At a call it would be the result, which is an error and no length.
    """
    if report.insight is None:
        return
    lines = {
        one.location.line
        for function in report.insight.functions
        for one in function.instructions
        if one.is_of_delta and one.location is not None and one.location.path == path
    } - {extent.line for call in calls_of(report) for extent in call.extents if extent.path == path}
    for number in lines:
        for name, place, values in assigned(report, path, number, line(number) or b""):
            yield Hint(place, f": {values}", variable=name)


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
    for tail in (left, call.left(counted=True)):
        if tail and len(text := f"{call.moved()}, {tail}") <= LONGEST:
            return text
    return call.moved()


def _merged(call: Call, extent: SourceRange) -> str:
    """That the compiler made one call of this and others, whose numbers are meant as well."""
    others = sorted({f"line {other.line}" for other in call.extents if other != extent})
    return f" (one call with {', '.join(others)})" if others else ""
