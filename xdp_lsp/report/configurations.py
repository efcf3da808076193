"""One file in several configurations: what holds in all of them is told once, what does not with the names of those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence

from xdp_lsp.analysis import ProgramAnalysis, Verdict
from xdp_lsp.analysis.words import configuration_words, verdict_line
from xdp_lsp.checks import Finding
from xdp_lsp.pipeline import FileReport

# The worst first.
_GRAVITY = (Verdict.EXCEEDS, Verdict.MAY_EXCEED, Verdict.UNKNOWN, Verdict.FITS)


class FileGroup:
    """The reports of one file, one for each configuration that was looked at."""

    def __init__(self, reports: Iterable[FileReport]) -> None:
        self.reports = tuple(reports)
        self._saying: dict[Hashable, list[str]] = {}
        for report in self.reports:
            for statement in dict.fromkeys(_statements(report)):
                self._saying.setdefault(statement, []).append(report.analysis.configuration)

    def names(self, statement: Hashable) -> tuple[str, ...]:
        """The configurations of which `statement` is true; none where it is of all."""
        names = self._saying[statement]
        return () if len(names) == len(self.reports) else tuple(names)

    def is_news(self, report: FileReport, statement: Hashable) -> bool:
        """Whether no report before this one makes `statement`."""
        return self._saying[statement][0] == report.analysis.configuration

    def told(self, finding: Finding) -> Finding:
        """`finding` with the configurations that have it, where those are not all."""
        return in_configurations(finding, self.names(key_of(finding)))

    def programs(self, report: FileReport) -> Iterator[tuple[ProgramAnalysis, tuple[str, ...]]]:
        """The programs of `report` of which no report before it says the same, with the configurations of which it is
        true; none where those are all."""
        for program in report.analysis.programs:
            statement = _verdict(program)
            if self.is_news(report, statement):
                yield program, self.names(statement)

    def verdict_lines(self, report: FileReport) -> Iterator[tuple[ProgramAnalysis, str]]:
        """As `programs`, with a line each."""
        for program, names in self.programs(report):
            yield program, verdict_line(program, names)

    def outcome(self, report: FileReport, words: str) -> Iterator[str]:
        """`words`, which say why `report` has no programs to speak of; nothing where one before says the same."""
        statement = _outcome(report)
        if self.is_news(report, statement):
            names = self.names(statement)
            yield f"{words.rstrip('.')} ({configuration_words(names)})" if names else words

    def silenced(self) -> int:
        """How many findings a comment silences."""
        findings = (one for report in self.reports for one in report.analysis.findings)
        return len(Counter(key_of(one) for one in findings if one.suppressed is not None))

    def verdicts(self) -> list[Verdict]:
        """The worst verdict of each program."""
        found: dict[tuple[str, str], list[Verdict]] = {}
        for report in self.reports:
            for program in report.analysis.programs:
                found.setdefault((program.name, program.section), []).append(program.verdict)
        return [min(verdicts, key=_GRAVITY.index) for verdicts in found.values()]


def in_configurations(finding: Finding, names: Sequence[str]) -> Finding:
    """`finding` with `names` in its message; as it is where there are none."""
    return finding._replace(message=f"{finding.message} ({configuration_words(names)})") if names else finding


def groups_of(reports: Iterable[FileReport]) -> list[FileGroup]:
    """`reports` by file, those of one file standing together. In a chain one file may have several places."""
    found: list[list[FileReport]] = []
    for report in reports:
        group = found[-1] if found else []
        is_other = any(one.analysis.configuration == report.analysis.configuration for one in group)
        if group and group[0].analysis.path == report.analysis.path and not is_other:
            group.append(report)
        else:
            found.append([report])
    return [FileGroup(group) for group in found]


def settled(reports: Sequence[FileReport]) -> tuple[FileReport, ...]:
    """`reports` without what has to be so in every configuration of a file, and is not or was not looked at."""
    return tuple(_settled(group, report) for group in groups_of(reports) for report in group.reports)


def key_of(finding: Finding) -> Hashable:
    """What is the same of a finding in two configurations."""
    place = finding.range or (finding.program, finding.where)
    return finding.code, finding.severity, place, finding.message, finding.suppressed


def _settled(group: FileGroup, report: FileReport) -> FileReport:
    is_all = len(group.reports) >= len(report.configurations)
    kept = tuple(
        one
        for one in report.analysis.findings
        if not one.only_if_everywhere or (is_all and not group.names(key_of(one)))
    )
    if len(kept) == len(report.analysis.findings):
        return report
    return report._replace(analysis=report.analysis._replace(findings=kept))


def _statements(report: FileReport) -> Iterator[Hashable]:
    yield from map(key_of, report.analysis.findings)
    yield from map(_verdict, report.analysis.programs)
    yield _outcome(report)


def _outcome(report: FileReport) -> Hashable:
    return report.analysis.status, report.analysis.reason


def _verdict(program: ProgramAnalysis) -> Hashable:
    return verdict_line(program), program.verdict
