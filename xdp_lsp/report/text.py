"""Findings in the manner of a compiler, then a verdict for each program."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from xdp_lsp.analysis import Status, Verdict
from xdp_lsp.checks import Finding, Severity
from xdp_lsp.checks.compile_error import CODE as COMPILE_ERROR
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.configurations import FileGroup
from xdp_lsp.report.excerpt import excerpt
from xdp_lsp.report.model import FAILED, Report, line_of
from xdp_lsp.report.style import Style
from xdp_lsp.report.table import lines_of
from xdp_lsp.report.words import failure_line, severity_word, summary_line
from xdp_lsp.source import SourceRange, printable

# Long notes (lists of targets) are folded here.
WIDTH = 100
_GUTTER = 5


def render(
    report: Report, style: Style, *, quiet: bool = False, parts: Mapping[str, Sequence[str]] | None = None
) -> str:
    """The whole report. `quiet` leaves out information, programs that fit, and the summary.

    With `parts`, C files that are parts of others, files and programs come in a table.
    """
    writer = _Writer(report, style, in_table=parts is not None and not quiet)
    told = report.told_of_groups()
    lines = [line for group, file, findings in told for line in writer.file(group, file, findings, quiet)]
    if parts is not None and not quiet:
        lines += lines_of(report, parts, style)
    if not quiet:
        lines.append(summary_line(report))
    return "".join(f"{line}\n" for line in lines)


def render_findings(report: Report, style: Style) -> str:
    """The findings of all files, with nothing said of the files themselves."""
    writer = _Writer(report, style)
    told = [finding for file, findings in report.told() for finding in writer.findings(file, findings)]
    return "".join(f"{line}\n" for line in told)


class _Writer:
    def __init__(self, report: Report, style: Style, *, in_table: bool = False) -> None:
        self._report = report
        self._style = style
        self._in_table = in_table
        self._told: set[tuple[str, str]] = set()

    def _news(self, sentences: Sequence[str], path: str = "") -> list[str]:
        """Those of `sentences` that no file before had, or no report of the one at `path`: what is true of the machine,
        or of a file in all configurations, is told once."""
        new = [sentence for sentence in sentences if (path, sentence) not in self._told]
        self._told.update((path, sentence) for sentence in new)
        return new

    def file(
        self, group: FileGroup, file: FileReport, findings: Sequence[Finding], quiet: bool
    ) -> Iterator[str]:
        analysis = file.analysis
        yield from self.findings(
            file, [one for one in findings if not (quiet and one.severity is Severity.INFORMATION)]
        )
        path = self._style.bold(printable(self._report.shown(analysis.path)))
        remarks = (*self._news(file.flag_remarks, analysis.path), *self._news(file.kernel_remarks))
        for sentence in remarks if not quiet else ():
            yield f"{path}: note: {printable(sentence)}"
        if not self._in_table:
            yield from self._outcome(group, file, quiet)

    def _outcome(self, group: FileGroup, file: FileReport, quiet: bool) -> Iterator[str]:
        analysis = file.analysis
        path = self._style.bold(printable(self._report.shown(analysis.path)))
        if analysis.status in FAILED:
            # With clang's errors above, the reason would repeat the first of them.
            reason = "does not compile" if analysis.findings else failure_line(analysis)
            for words in group.outcome(file, reason):
                yield f"{path}: {self._severity(Severity.ERROR)} {printable(words)}"
        elif analysis.status is Status.NO_PROGRAM and not quiet:
            yield from (f"{path}: {printable(words)}" for words in group.outcome(file, "no XDP program"))
        for program, line in group.verdict_lines(file):
            if not (quiet and program.verdict is Verdict.FITS and all(one.kept for one in program.contracts)):
                yield f"{path}: {self._style.verdict(program, printable(line))}"

    def findings(self, file: FileReport, findings: Sequence[Finding]) -> Iterator[str]:
        for finding in findings:
            yield from self._finding(file, finding)
            yield ""

    def _finding(self, file: FileReport, finding: Finding) -> Iterator[str]:
        place = finding.range
        if place is None:
            where = f"{printable(self._report.shown(file.analysis.path))}:"
            if finding.program:
                where += f" {printable(finding.program)} at {printable(finding.where)}:"
        else:
            where = f"{self._at(place)}:"
        code = self._style.dim(f"[{finding.code}]")
        message = self._style.bold(printable(finding.message))
        yield f"{self._style.bold(where)} {self._severity(finding.severity)} {message} {code}"
        # What clang says of no place stands at the first line, whose text has nothing to do with it.
        is_shown = finding.severity is not Severity.INFORMATION and (
            place is not None and (place.column or finding.code != COMPILE_ERROR)
        )
        if place is not None and is_shown:
            yield from self._excerpt(file, place)
        for note in finding.notes:
            yield from self._remark("note", note)
        for related in finding.related:
            yield f"{self._style.bold(f'{self._at(related.range)}:')} note: {printable(related.message)}"
            yield from self._excerpt(file, related.range)
        if finding.suggestion:
            yield from self._remark("help", finding.suggestion)

    def _severity(self, severity: Severity) -> str:
        return self._style.severity(severity, f"{severity_word(severity.value)}:")

    def _at(self, place: SourceRange) -> str:
        column = f":{place.column}" if place.column else ""
        return f"{printable(self._report.shown(place.path))}:{place.line}{column}"

    def _excerpt(self, file: FileReport, place: SourceRange) -> Iterator[str]:
        line = line_of(file, place.path, place.line)
        if line is None:
            return
        shown = excerpt(line, place)
        yield f"{self._style.dim(f'{place.line:>{_GUTTER}} |')} {shown.text}".rstrip()
        if shown.carets:
            yield f"{self._style.dim(f'{chr(32):>{_GUTTER}} |')} {self._style.caret(shown.carets)}"

    def _remark(self, kind: str, text: str) -> Iterator[str]:
        head = f"{chr(32):>{_GUTTER}} = {kind}: "
        lines = textwrap.wrap(
            printable(text),
            WIDTH,
            initial_indent=head,
            subsequent_indent=" " * len(head),
            break_long_words=False,
            break_on_hyphens=False,
        )
        yield from lines
