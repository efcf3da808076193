"""The hover on a call that moves the packet's start, or its metadata's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from xdp_lsp.analysis.words import some
from xdp_lsp.ide.calls import Call, Copy, calls_of, delta_of, fate, moved, span
from xdp_lsp.ide.cursor import Cursor
from xdp_lsp.ide.helper_hover import manual_page
from xdp_lsp.ide.page import Block, Heading, Page, Paragraph, Place, Places, Rule, Table
from xdp_lsp.ide.targets import MOST_ROWS, target_table
from xdp_lsp.pipeline import FileReport
from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.verifier.result import UNBOUNDED_NEED, Bounds


def call_at(report: FileReport, cursor: Cursor) -> tuple[SourceRange, Call] | None:
    """The innermost call whose text the cursor is in."""
    found = [(extent, call) for call in calls_of(report) for extent in call.extents if cursor.is_in(extent)]
    return max(found, key=lambda one: one[0][1:3], default=None)


def call_page(report: FileReport, call: Call) -> Page:
    """All that is to be said of `call`."""
    return (*numbers(report, call), Rule(), *manual_page(report, call.helper))


def numbers(report: FileReport, call: Call) -> Page:
    """The same without the helper's manual."""
    return tuple(_blocks(report, call))


def headline(call: Call) -> str:
    """`prepends 8..64 bytes; at least 88 left on ixgbe`."""
    if not call.copies:
        return "never reached"
    left = call.left()
    if left and not call.demand.is_constant and left[0].isdigit():
        left = f"at least {left}"
    separator = ", " if left.startswith("which") else "; " if left else ""
    return f"{call.moved(' bytes')}{separator}{left}"


def _blocks(report: FileReport, call: Call) -> Iterator[Block]:
    yield Heading(headline(call))
    if not call.copies:
        return
    yield from _totals(call)
    yield from _reservations(call)
    picture = call.picture()
    if picture is not None:
        yield picture
    if call.left() and not call.is_unbounded:
        yield target_table(call.targets, lambda target: fate(call, target), "left")
    yield from (Paragraph(text) for text in _witnesses(report, call))
    yield from _copies(report, call)
    because = dict.fromkeys(call.worst.call.because)
    if because:
        yield Places(tuple(_place(report, one.range.start, one.message) for one in because))


def _totals(call: Call) -> Iterator[Block]:
    """Where the total stands, unless the delta alone says it."""
    before, metadata = call.before, call.metadata
    if before == Bounds(0, 0) and metadata == Bounds(0, 0):
        return
    taken = _least if call.is_unbounded else span
    text = f"Taken from the headroom: {taken(before)} before the call, {taken(call.demand)} with it"
    if metadata.max > 0:
        text += f", {span(metadata)} of that metadata"
    yield Paragraph(f"{text}.")


def _least(bounds: Bounds) -> str:
    """For what nothing bounds."""
    return f"{bounds.min} or more"


def _reservations(call: Call) -> Iterator[Block]:
    """What keeps the numbers from being all there is to know."""
    if not call.counts_all:
        yield Paragraph("All of this is on top of what ran before, which is not known.")
    if not call.is_finished:
        yield Paragraph("The program was not followed to the end: these are the numbers of some paths.")
    gaps = {
        f"Not followed: {gap.what}; assumed: {gap.assumed}."
        for copy in call.copies
        for gap in copy.program.exploration.gaps
        if not gap.is_sound
    }
    yield from map(Paragraph, sorted(gaps))
    fallbacks = {copy.program.exploration.need_with_fallback for copy in call.copies}
    least = max((one for one in fallbacks if one is not None), default=None)
    if least is not None and least < call.demand.max and call.left().startswith("short"):
        yield Paragraph(f"Where it fails, the program falls back to {least} bytes.")
    if not all(copy.site.result_checked for copy in call.copies):
        yield Paragraph("Its result is not checked.")


def _witnesses(report: FileReport, call: Call) -> tuple[str, ...]:
    """The runs that were found for this call's findings."""
    told = (
        f"For example, {finding.witness}."
        for finding in report.analysis.findings
        if finding.witness is not None
        and finding.range is not None
        and any(_holds(extent, finding.range) for extent in call.extents)
    )
    return tuple(dict.fromkeys(told))


def _holds(extent: SourceRange, place: SourceRange) -> bool:
    return extent.path == place.path and extent[1:3] <= place[1:3] and place[3:] <= extent[3:]


def _copies(report: FileReport, call: Call) -> Iterator[Block]:
    """The copies told apart, where they differ, by program and by the calls that they were inlined through."""
    kinds: dict[tuple[Bounds, Bounds | None, Bounds | None], list[Copy]] = {}
    for copy in call.copies:
        key = (delta_of(copy.site), copy.site.before, copy.site.demand)
        kinds.setdefault(key, []).append(copy)
    if len(kinds) < 2:
        return
    rows = []
    for (delta, before, demand), copies in sorted(kinds.items(), key=lambda kind: kind[0][2] or ()):
        assert before is not None and demand is not None
        names = list(dict.fromkeys(_name(report, copy, call) for copy in copies))
        taken = _least if demand.max > UNBOUNDED_NEED else span
        rows.append((some(names), moved(call.helper, delta), taken(before), taken(demand)))
    if len(rows) > MOST_ROWS:
        rows = [
            (f"{len(rows) - MOST_ROWS + 1} others, which take less", "", "", ""),
            *rows[1 - MOST_ROWS :],
        ]
    yield Table(("copy", "", "taken before", "with it"), tuple(rows))


def _name(report: FileReport, copy: Copy, call: Call) -> str:
    """Which copy it is: the program where there are several, and the chain of call sites."""
    programs = {one.program.name for one in call.copies}
    sites = (f"{_label(report, place)}:{place.column}" for place in copy.call.inlined_at)
    chain = ", from ".join(sites)
    parts = [copy.program.name] if len(programs) > 1 or not chain else []
    parts += [f"called at {chain}"] if chain else []
    return ", ".join(parts)


def _place(report: FileReport, location: SourceLocation, text: str) -> Place:
    return Place(_label(report, location), location, text)


def _label(report: FileReport, location: SourceLocation) -> str:
    """`line 52`, or `parsing.h:7` in another file."""
    if location.path == report.analysis.path:
        return f"line {location.line}"
    return f"{PurePath(location.path).name}:{location.line}"
