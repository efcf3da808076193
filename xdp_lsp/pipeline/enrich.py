"""What a report gains after the verdict: call sites that code was inlined through, and the extents of calls.

Both cost more than the verdict itself may take: DWARF is parsed in Python, and libclang reads all headers again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from xdp_lsp.analysis import CallAnalysis, FileAnalysis, ProgramAnalysis, Status
from xdp_lsp.checks import Finding, RelatedPlace, Underline, underline
from xdp_lsp.objfile import ObjectError
from xdp_lsp.pipeline.files import Sources
from xdp_lsp.pipeline.report import Compiled, FileReport
from xdp_lsp.program import SourceMap, load_image
from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.toolchain import CallExtent, call_extents

# The ctx of bpf_xdp_adjust_head, bpf_xdp_adjust_meta and bpf_xdp_pull_data comes first, the length second.
_DELTA = 1
# More call sites than this explain less.
_MOST_SITES = 5


def enrich(report: FileReport) -> FileReport:
    """`report` with the chain of call sites for each call, and findings on the expressions that they are about.

    As it is where there is nothing to go on from.
    """
    compiled = report.compiled
    if compiled is None or report.analysis.status is not Status.ANALYSED:
        return report
    begin = time.perf_counter()
    try:
        image = load_image(compiled.object)
    except ObjectError:  # it was loaded for the verdict
        return report
    programs = tuple(_with_chains(program, image.source_map) for program in report.analysis.programs)
    calls = [call for program in programs for call in program.calls]
    chains = _chains(calls)
    extents = _extents(compiled, calls)
    findings = tuple(
        _on_expression(_with_sites(finding, chains), extents) for finding in report.analysis.findings
    )
    analysis = report.analysis._replace(programs=programs, findings=findings)
    enriched = report._replace(analysis=analysis)
    lines = _sources(analysis, compiled).lines(enriched.places())
    timings = report.timings._replace(enrichment=time.perf_counter() - begin)
    return enriched._replace(lines=lines, timings=timings)


def _sources(analysis: FileAnalysis, compiled: Compiled) -> Sources:
    return Sources(analysis.path, compiled.request.contents if compiled.request is not None else None)


def _with_chains(program: ProgramAnalysis, source_map: SourceMap) -> ProgramAnalysis:
    calls = tuple(call._replace(inlined_at=source_map.inlined_at(call.site.pc)) for call in program.calls)
    return program._replace(calls=calls)


def _chains(calls: Iterable[CallAnalysis]) -> Mapping[SourceLocation, list[SourceLocation]]:
    """The places that each call's line was inlined through, of all its copies, innermost first."""
    chains: dict[SourceLocation, list[SourceLocation]] = {}
    for call in calls:
        if call.location is not None:
            known = chains.setdefault(call.location, [])
            known += [place for place in call.inlined_at if place not in known]
    return chains


def _with_sites(finding: Finding, chains: Mapping[SourceLocation, list[SourceLocation]]) -> Finding:
    sites = chains.get(finding.range.start, []) if finding.range is not None else []
    related = tuple(RelatedPlace(SourceRange.at(site), "called from here") for site in sites[:_MOST_SITES])
    return finding._replace(related=finding.related + related)


def _extents(compiled: Compiled, calls: Iterable[CallAnalysis]) -> tuple[CallExtent, ...]:
    if compiled.request is None or compiled.toolchain is None:
        return ()
    places = {call.location for call in calls if call.location is not None}
    helpers = {call.site.helper for call in calls}
    return call_extents(compiled.toolchain, compiled.request, helpers, places) if places else ()


def _on_expression(finding: Finding, extents: Iterable[CallExtent]) -> Finding:
    wanted = underline(finding.code)
    if finding.range is None or wanted is Underline.PLACE:
        return finding
    extent = _extent_at(finding.range.start, extents)
    if extent is None:
        return finding
    delta = extent.arguments[_DELTA] if len(extent.arguments) > _DELTA else None
    return finding._replace(range=delta if wanted is Underline.DELTA and delta is not None else extent.call)


def _extent_at(place: SourceLocation, extents: Iterable[CallExtent]) -> CallExtent | None:
    """The call that begins at `place`, else the only one on its line: line info may name a macro's body."""
    on_line = [extent for extent in extents if extent.call[:2] == place[:2]]
    exact = [extent for extent in on_line if extent.call.start == place]
    if exact:
        return exact[0]
    return on_line[0] if len(on_line) == 1 else None
