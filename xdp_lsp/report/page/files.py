"""One file on the page: its programs, what was found with the source around it, its calls, its code."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from xdp_lsp.analysis import ProgramAnalysis
from xdp_lsp.analysis.words import count, verdict_line
from xdp_lsp.checks import Finding
from xdp_lsp.checks.compile_error import CODE as COMPILE_ERROR
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.excerpt import AROUND, MOST_LINES, marked
from xdp_lsp.report.model import Report, line_of
from xdp_lsp.report.page.markup import Child, element, extended
from xdp_lsp.report.page.model import CallPicture, CodeExcerpt, FilePage
from xdp_lsp.report.words import severity_word
from xdp_lsp.source import SourceRange


def section(report: Report, file: FilePage, findings: tuple[Finding, ...], anchor: str) -> Element:
    """All about `file`; `findings` are those of it that are told."""
    return extended(element("section", id=anchor), _parts(report, file, findings))


def _parts(report: Report, file: FilePage, findings: tuple[Finding, ...]) -> Iterator[Element]:
    analysis = file.file.analysis
    configuration = "" if analysis.configuration == "default" else f" [{analysis.configuration}]"
    yield element("h2", element("code", f"{report.shown(analysis.path)}{configuration}"))
    for remark in (*file.file.flag_remarks, *file.file.kernel_remarks):
        yield element("p", remark, class_="note")
    if analysis.programs:
        programs = (item for program in analysis.programs for item in _program(program))
        yield extended(element("ul", class_="programs"), programs)
    for finding in findings:
        yield extended(
            element("article", class_=finding.severity.value), _finding(report, file.file, finding)
        )
    if file.calls:
        yield element("h3", "Calls that move the packet's start")
        yield from map(_call, file.calls)
    yield from map(_code, file.code)


def _program(program: ProgramAnalysis) -> Iterator[Element]:
    yield element("li", verdict_line(program), class_=program.verdict.value)
    for gap in program.exploration.gaps:
        yield element("li", f"{program.name}: {gap.what}; assumed: {gap.assumed}", class_="reason")


def _finding(report: Report, file: FileReport, finding: Finding) -> Iterator[Element]:
    place = finding.range
    if place is None:
        where = f"{finding.program} at {finding.where}" if finding.program else ""
        where = where or report.shown(file.analysis.path)
    else:
        where = at(report, place)
    yield element(
        "p",
        element("code", where),
        ": ",
        element("strong", severity_word(finding.severity.value)),
        ": ",
        finding.message,
        " ",
        element("code", f"[{finding.code}]", class_="code"),
    )
    if place is not None and (place.column or finding.code != COMPILE_ERROR):
        yield from source(file, place)
    for note in finding.notes:
        yield element("p", note, class_="note")
    for related in finding.related:
        yield element(
            "p", element("code", at(report, related.range)), f": {related.message}", class_="related"
        )
        yield from source(file, related.range)
    if finding.suggestion:
        yield element("p", element("b", "help: "), finding.suggestion, class_="help")


def at(report: Report, place: SourceRange) -> str:
    """`src/prog.c:52:18`."""
    column = f":{place.column}" if place.column else ""
    return f"{report.shown(place.path)}:{place.line}{column}"


def source(file: FileReport, place: SourceRange) -> Iterator[Element]:
    """The lines that `place` is in, which is marked, and some around them; nothing where they are not known."""
    last = min(max(place.end_line, place.line), place.line + MOST_LINES)
    numbers = range(place.line - AROUND, last + AROUND + 1)
    lines = {number: text for number in numbers if (text := line_of(file, place.path, number)) is not None}
    if place.line not in lines:
        return
    shown = element("pre", class_="source")
    for number, line in lines.items():
        before, inside, after = marked(line, _within(place, number, line))
        children: list[Child] = [element("span", f"{number:>5}", class_="number"), f"  {before}"]
        children += [element("mark", inside)] if inside else []
        own = place.line <= number <= last
        shown.append(element("span", *children, after, "\n", class_="own" if own else "around"))
    yield shown


def _within(place: SourceRange, number: int, line: str) -> SourceRange:
    """What of `place` is in line `number`."""
    if number == place.line:
        return place
    end_of_line = len(line.encode("utf-8", "surrogateescape")) + 1
    if not place.column or not place.line < number <= place.end_line:
        return place._replace(line=number, end_line=number, column=0, end_column=0)
    first = len(line) - len(line.lstrip()) + 1
    end = place.end_column if number == place.end_line else end_of_line
    return place._replace(line=number, end_line=number, column=first, end_column=end)


def _call(call: CallPicture) -> Element:
    shown = element("div", element("p", element("code", call.place), f": {call.headline}"), class_="call")
    if call.drawing:
        shown.append(element("pre", call.drawing, class_="picture"))
    return shown


def _code(code: CodeExcerpt) -> Element:
    title = (
        f"{code.function}: {code.shown} of {count(code.instructions, 'instruction')}, "
        "what computes the deltas (*) and the calls that move the packet (>)"
    )
    listing = element("pre", class_="listing")
    for row in code.rows:
        if row.parts:
            parts = [element("span", text, class_=kind) for kind, text in row.parts]
            extended(listing, [*parts, "\n"])
        else:
            listing.append(element("span", "        ...\n", class_="gap"))
    return element("details", element("summary", title), listing)
