"""A report as the protocol's diagnostics. The only place that knows how a finding looks in an editor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from functools import cache
from typing import NamedTuple

from lsprotocol import types

from xdp_lsp.analysis.result import Status
from xdp_lsp.checks import Finding, RelatedPlace, Severity, headroom_exceeded
from xdp_lsp.checks.analysis_incomplete import CODE as ANALYSIS_INCOMPLETE
from xdp_lsp.checks.compile_error import CODE as COMPILE_ERROR
from xdp_lsp.checks.unused_suppression import CODE as UNUSED_SUPPRESSION
from xdp_lsp.pipeline import FileReport
from xdp_lsp.pipeline.files import Sources
from xdp_lsp.server.edits import Edit, Span
from xdp_lsp.server.positions import span_of
from xdp_lsp.settings import SettingsProblem
from xdp_lsp.source import EditorPosition, Encoding, SourceRange
from xdp_lsp.toolchain import ClangDiagnostic

SOURCE = "xdp-lsp"
CLANG = "clang"
# Among a diagnostic's `data`: it is wrong of a file of which some configuration has no such finding.
_ONLY_IF_EVERYWHERE = "only-if-everywhere"
EARLIER = "(as of the last text that compiled)"

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
}
_CLANG_SEVERITIES = {
    "fatal error": types.DiagnosticSeverity.Error,
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
}


def _severity(finding: Finding) -> types.DiagnosticSeverity:
    """How a finding is shown: code that fits what was chosen is not underlined for what others give."""
    if finding.code == headroom_exceeded.CODE and finding.severity is Severity.INFORMATION:
        return types.DiagnosticSeverity.Hint
    return _SEVERITIES[finding.severity]


Placed = tuple[str, types.Diagnostic]  # the path of the file that it stands in, and what it says


class Style(NamedTuple):
    """How this client wants to be told. `uri_of` gives the client's own URI of a path, where it has one."""

    encoding: Encoding
    related: bool  # shows related information; else it is appended to the message
    links: bool  # follows codeDescription
    tags: bool  # shows an unnecessary comment faded
    uri_of: Callable[[str], str]
    manual_of: Callable[[str], str | None]  # the URI of the manual page of a code


def style_of(
    capabilities: types.ClientCapabilities,
    encoding: Encoding,
    uri_of: Callable[[str], str],
    manual_of: Callable[[str], str | None],
) -> Style:
    """What the client can show."""
    text = capabilities.text_document
    publish = text.publish_diagnostics if text else None
    tags = publish.tag_support if publish else None
    return Style(
        encoding,
        related=bool(publish and publish.related_information),
        links=bool(publish and publish.code_description_support),
        tags=bool(tags and types.DiagnosticTag.Unnecessary in tags.value_set),
        uri_of=uri_of,
        manual_of=manual_of,
    )


def diagnostics_of(
    report: FileReport, style: Style, is_shown: Callable[[str], bool] = lambda path: True
) -> list[Placed]:
    """All that is to be shown of `report`, in the files that are: by their paths, each of which is asked for once.

    A file without an XDP program shows nothing, not even clang's warnings: it is none of our business.
    """
    analysis = report.analysis
    if analysis.status is Status.NO_PROGRAM:
        return []
    maker = _Maker(report, style)
    is_shown = cache(is_shown)
    said = report.compiler_diagnostics
    shown = [maker.of_clang(one) for one in said if is_shown(one.range.path)]
    errors = [one for one in said if one.is_error]
    findings: Iterable[Finding] = ()
    if not errors:
        findings = (one for one in analysis.findings if one.suppressed is None)
    elif all(error.range.path != analysis.path for error in errors):
        # clang's own words stand for the findings; but where all its errors are in headers, which need not be
        # open, the file that the user looks at must show that there are any.
        findings = [_errors_elsewhere(report, errors)]
    return shown + [maker.of_finding(one) for one in findings if is_shown(maker.place_of(one).path)]


def earlier_of(report: FileReport, style: Style) -> list[Placed]:
    """What was found in the last text that compiled, to be shown beside the errors of the one after it."""
    if report.analysis.status is not Status.ANALYSED:
        return []
    maker = _Maker(report, style)
    shown = [maker.of_finding(one) for one in report.analysis.findings if one.suppressed is None]
    for _, diagnostic in shown:
        diagnostic.message += f"\n{EARLIER}"
    return shown


def _errors_elsewhere(report: FileReport, errors: Iterable[ClangDiagnostic]) -> Finding:
    related = tuple(RelatedPlace(error.range, error.message) for error in errors)
    path = report.analysis.path
    top = SourceRange(path, 1, 1, 1, 1)
    return Finding(
        COMPILE_ERROR, Severity.ERROR, report.analysis.reason, top, program="", where=path, related=related
    )


def failure_of(path: str, sentence: str, style: Style) -> Placed:
    """What to show for a file whose analysis came to nothing."""
    start = types.Position(0, 0)
    return path, types.Diagnostic(
        types.Range(start, start),
        sentence,
        severity=types.DiagnosticSeverity.Warning,
        code=ANALYSIS_INCOMPLETE,
        code_description=_link(ANALYSIS_INCOMPLETE, style),
        source=SOURCE,
    )


def problem_of(problem: SettingsProblem, style: Style) -> Placed:
    """A value in a settings file that was not taken."""
    line = max(problem.line, 1)
    place = SourceRange(problem.path, line, problem.column, line, problem.column)
    lines = Sources(problem.path, None).lines([place])
    span = span_of(place, lambda number: lines.get((problem.path, number)), style.encoding)
    return problem.path, types.Diagnostic(
        range_of(span), problem.message, severity=types.DiagnosticSeverity.Warning, source=SOURCE
    )


def is_of_settings(diagnostic: types.Diagnostic) -> bool:
    """Whether it is about a settings file, whatever is compiled."""
    return diagnostic.source == SOURCE and diagnostic.code is None


def is_only_if_everywhere(diagnostic: types.Diagnostic) -> bool:
    """Whether it is wrong of a file of which some configuration has no such finding."""
    return bool(diagnostic.data == _ONLY_IF_EVERYWHERE)


class _Maker:
    def __init__(self, report: FileReport, style: Style) -> None:
        self._report = report
        self._style = style
        self._uri_of = cache(style.uri_of)
        # Once, wherever that is shown.
        self._hinted = next((one for one in report.compiler_diagnostics if one.is_error), None)

    def place_of(self, finding: Finding) -> SourceRange:
        return finding.range or self._start_of(finding.program)

    def of_finding(self, finding: Finding) -> Placed:
        place = self.place_of(finding)
        related = [(one.range, one.message) for one in finding.related]
        paragraphs = [finding.message, *finding.notes]
        if finding.suggestion:
            paragraphs.append(finding.suggestion)
        if finding.range is None:
            paragraphs.append(f"({finding.where})")
        diagnostic = self._diagnostic(place, paragraphs, related)
        diagnostic.severity = _severity(finding)
        diagnostic.code = finding.code
        diagnostic.code_description = _link(finding.code, self._style)
        diagnostic.source = SOURCE
        diagnostic.data = _ONLY_IF_EVERYWHERE if finding.only_if_everywhere else None
        if finding.code == UNUSED_SUPPRESSION and self._style.tags:
            diagnostic.tags = [types.DiagnosticTag.Unnecessary]
        return place.path, diagnostic

    def of_clang(self, said: ClangDiagnostic) -> Placed:
        paragraphs = [said.message]
        if said is self._hinted and self._report.hint:
            paragraphs.append(self._report.hint)
        related = [(note.range, note.message) for note in said.notes]
        diagnostic = self._diagnostic(said.range, paragraphs, related)
        diagnostic.severity = _CLANG_SEVERITIES.get(said.severity, types.DiagnosticSeverity.Information)
        diagnostic.code = said.option or None
        diagnostic.source = CLANG
        return said.range.path, diagnostic

    def _diagnostic(
        self, place: SourceRange, paragraphs: list[str], related: list[tuple[SourceRange, str]]
    ) -> types.Diagnostic:
        if not self._style.related:
            paragraphs += [f"{text} ({where.path}:{where.line})" for where, text in related]
        diagnostic = types.Diagnostic(self._range(place), "\n".join(paragraphs))
        if self._style.related and related:
            diagnostic.related_information = [
                types.DiagnosticRelatedInformation(
                    types.Location(self._uri_of(where.path), self._range(where)), text
                )
                for where, text in related
            ]
        return diagnostic

    def _range(self, place: SourceRange) -> types.Range:
        lines = self._report.lines
        return range_of(span_of(place, lambda line: lines.get((place.path, line)), self._style.encoding))

    def _start_of(self, program: str) -> SourceRange:
        """Where a finding goes that has no place of its own."""
        for one in self._report.analysis.programs:
            if one.name == program and one.location is not None:
                return SourceRange.at(one.location)
        return SourceRange(self._report.analysis.path, 1, 0, 1, 0)


def _link(code: str, style: Style) -> types.CodeDescription | None:
    href = style.manual_of(code) if style.links else None
    return types.CodeDescription(href) if href else None


def range_of(span: Span) -> types.Range:
    return types.Range(types.Position(*span.start), types.Position(*span.end))


def span_of_range(place: types.Range) -> Span:
    return Span(
        EditorPosition(place.start.line, place.start.character),
        EditorPosition(place.end.line, place.end.character),
    )


def moved(
    diagnostic: types.Diagnostic, edits: Sequence[Edit] | None, uri: str, *, is_here: bool
) -> types.Diagnostic | None:
    """`diagnostic` after edits of the document `uri`, where it stands if `is_here`; None where its text is gone.

    Without `edits` all of it is.
    Its related places in that document move likewise; those whose text is gone are left out.
    """
    place: types.Range | None = diagnostic.range
    if is_here:
        place = _moved_range(diagnostic.range, edits)
    if place is None:
        return None
    related = _moved_related(diagnostic.related_information, edits, uri)
    if place is diagnostic.range and related is diagnostic.related_information:
        return diagnostic
    after = copy(diagnostic)
    after.range, after.related_information = place, related
    return after


def _moved_range(place: types.Range, edits: Iterable[Edit] | None) -> types.Range | None:
    if edits is None:
        return None
    span: Span | None = span_of_range(place)
    for edit in edits:
        if span is None:
            return None
        span = edit.apply(span)
    return None if span is None else range_of(span)


def _moved_related(
    related: Sequence[types.DiagnosticRelatedInformation] | None, edits: Sequence[Edit] | None, uri: str
) -> Sequence[types.DiagnosticRelatedInformation] | None:
    if not any(one.location.uri == uri for one in related or ()):
        return related
    kept = []
    for one in related or ():
        if one.location.uri != uri:
            kept.append(one)
        elif (place := _moved_range(one.location.range, edits)) is not None:
            kept.append(types.DiagnosticRelatedInformation(types.Location(uri, place), one.message))
    return kept or None
