"""What a report gains after the verdict: call sites that code was inlined through, the extents of calls, witnesses.

All cost more than the verdict itself may take: DWARF is parsed in Python, libclang reads all headers again, and a
witness is searched for by running the program.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from xdp_lsp.analysis import CallAnalysis, Link, ProgramAnalysis, Status
from xdp_lsp.analysis.suppression import apply_suppressions
from xdp_lsp.checks import Finding, RelatedPlace, Underline
from xdp_lsp.checks.registry import underline
from xdp_lsp.checks.unused_suppression import CODE as UNUSED_SUPPRESSION
from xdp_lsp.pipeline.files import Sources
from xdp_lsp.pipeline.insight import linked
from xdp_lsp.pipeline.report import Compiled, FileReport
from xdp_lsp.pipeline.witnesses import with_witnesses
from xdp_lsp.program import SourceMap
from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.toolchain import CallExtent, call_extents, extents_by_text
from xdp_lsp.verifier.result import UNTOUCHED

# The ctx of bpf_xdp_adjust_head, bpf_xdp_adjust_meta and bpf_xdp_pull_data comes first, the length second.
_DELTA = 1
# More call sites than this explain less.
_MOST_SITES = 5


class _Call(NamedTuple):
    """The call in the source that a call instruction stands for, and others that became the same one."""

    extent: CallExtent
    merged: tuple[CallExtent, ...] = ()

    def marked(self, wanted: Underline) -> SourceRange:
        delta = _delta(self.extent)
        return delta if wanted is Underline.DELTA and delta is not None else self.extent.call


def enrich(report: FileReport, link: Link | None = None, *, witnesses: bool = True) -> FileReport:
    """`report` with the chain of call sites for each call, findings on the expressions that they are about, witnesses.

    As it is where there is nothing to go on from. A later object of a chain (`link`) has no witnesses: what runs before
    it is not at hand. The findings stay in their order.
    """
    compiled = report.compiled
    if compiled is None or report.analysis.status is not Status.ANALYSED:
        return report
    begin = time.perf_counter()
    image = linked(compiled.object, report.analysis.words)
    if image is None:
        return report
    sources = report.sources()
    programs = [_with_chains(program, image.source_map) for program in report.analysis.programs]
    calls = [call for program in programs for call in program.calls]
    chains = _chains(calls)
    found = _find_calls(compiled, calls, sources)
    findings = [_improved(finding, chains, found) for finding in report.analysis.findings]
    witnesses &= link is None or link.before == UNTOUCHED
    silenced = _silenced(findings, report.analysis.path, sources)
    analysis = report.analysis._replace(
        programs=tuple(_with_places(program, found) for program in programs),
        findings=with_witnesses(silenced, programs, image) if witnesses else silenced,
    )
    enriched = report._replace(analysis=analysis)
    lines = sources.lines(enriched.places())
    timings = report.timings._replace(enrichment=time.perf_counter() - begin)
    return enriched._replace(lines=lines, timings=timings)


def _with_chains(program: ProgramAnalysis, source_map: SourceMap) -> ProgramAnalysis:
    calls = tuple(call._replace(inlined_at=source_map.inlined_at(call.site.pc)) for call in program.calls)
    return program._replace(calls=calls)


def _with_places(program: ProgramAnalysis, found: Mapping[SourceLocation, _Call]) -> ProgramAnalysis:
    """With the text of each call; it is at its beginning, where line info named another place."""

    def placed(call: CallAnalysis) -> CallAnalysis:
        known = found.get(call.location) if call.location is not None else None
        if known is None:
            return call
        extents = tuple(extent.call for extent in (known.extent, *known.merged))
        return call._replace(location=known.extent.call.start, extents=extents)

    return program._replace(calls=tuple(map(placed, program.calls)))


def _chains(calls: Iterable[CallAnalysis]) -> Mapping[SourceLocation, list[SourceLocation]]:
    """The places that each call's line was inlined through, of all its copies, innermost first."""
    chains: dict[SourceLocation, list[SourceLocation]] = {}
    for call in calls:
        if call.location is not None:
            known = chains.setdefault(call.location, [])
            known += [place for place in call.inlined_at if place not in known]
    return chains


def _find_calls(
    compiled: Compiled, calls: Iterable[CallAnalysis], sources: Sources
) -> Mapping[SourceLocation, _Call]:
    """The call in the source for each place that line info gives for a call instruction, as far as it is found.

    Of calls in different branches that end alike clang makes one, and gives it a place that is none of theirs:
    that of a `break`, of the `switch`, or a line alone. It stands for those calls of the function that no
    instruction of their own is known for.
    """
    request = compiled.reading
    if request is None or compiled.toolchain is None:
        return {}
    helpers = {call.site.helper for call in calls}
    places = {call.location for call in calls if call.location is not None}
    if not places:
        return {}
    extents = call_extents(compiled.toolchain, request, helpers, places)
    found = {extent.call.start: _Call(extent) for extent in extents if extent.call.start in places}
    for place in places - found.keys():
        in_function = call_extents(compiled.toolchain, request, helpers, {place})
        rest = [extent for extent in in_function if extent.call.start not in found]
        if rest:
            worst = _worst(rest, sources)
            found[place] = _Call(worst, tuple(extent for extent in rest if extent is not worst))
    for extent in extents_by_text(sources.read, helpers, places - found.keys()):
        found[extent.call.start] = _Call(extent)
    return found


def _worst(extents: list[CallExtent], sources: Sources) -> CallExtent:
    """The one that prepends most, where all lengths are plain numbers; else the first."""
    lengths = [_literal(_delta(extent), sources) for extent in extents]
    known = [length for length in lengths if length is not None]
    return extents[lengths.index(min(known))] if len(known) == len(extents) else extents[0]


def _literal(place: SourceRange | None, sources: Sources) -> int | None:
    if place is None or place.line != place.end_line:
        return None
    line = sources.lines([place]).get((place.path, place.line), b"")
    try:
        return int(line[place.column - 1 : place.end_column - 1].replace(b" ", b""), 0)
    except ValueError:
        return None


def _delta(extent: CallExtent) -> SourceRange | None:
    return extent.arguments[_DELTA] if len(extent.arguments) > _DELTA else None


def _improved(
    finding: Finding,
    chains: Mapping[SourceLocation, list[SourceLocation]],
    found: Mapping[SourceLocation, _Call],
) -> Finding:
    if finding.range is None:
        return finding
    place = finding.range.start
    sites = chains.get(place, [])[:_MOST_SITES]
    related = [RelatedPlace(SourceRange.at(site), "called from here") for site in sites]
    wanted = underline(finding.code)
    call = found.get(place) if wanted is not Underline.PLACE else None
    if call is not None:
        finding = finding._replace(range=call.marked(wanted))
        related += [
            RelatedPlace(extent.call, "the compiler made one call of this and the one that is marked")
            for extent in call.merged
        ]
    return finding._replace(related=(*finding.related, *related))


def _silenced(findings: list[Finding], path: str, sources: Sources) -> tuple[Finding, ...]:
    """`findings` with those silenced whose new place a comment covers, besides those whose old place one did.

    A reader puts the comment where the finding is shown; before, that was another line for a call over several
    lines, and for merged calls.
    """
    complaints = [finding for finding in findings if finding.code == UNUSED_SUPPRESSION]
    others = [finding for finding in findings if finding.code != UNUSED_SUPPRESSION]
    again = apply_suppressions(others, path, sources.text)
    silenced = [old if old.suppressed is not None else new for old, new in zip(others, again, strict=False)]
    still = {(finding.range, finding.message) for finding in again[len(others) :]}
    return (*silenced, *(one for one in complaints if (one.range, one.message) in still))
