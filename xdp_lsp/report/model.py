"""What every output format is given, and the small questions that all of them ask of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from xdp_lsp.analysis import Status, Verdict
from xdp_lsp.checks import Finding, Severity
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.configurations import FileGroup, groups_of, key_of
from xdp_lsp.source import Encoding, SourceRange, decode

FAILED = (Status.COMPILE_ERROR, Status.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Report:
    """The answers for all files. `folder` is the working directory: paths below it are shown relative."""

    files: tuple[FileReport, ...]
    folder: str

    def shown(self, path: str) -> str:
        """`path` as people are to see it."""
        try:
            relative = os.path.relpath(path, self.folder)
        except ValueError:  # another drive
            return path
        return path if relative.startswith(os.pardir) else relative

    def told(self) -> Iterator[tuple[FileReport, tuple[Finding, ...]]]:
        """Each file with the findings that a person is told of.

        Left out is what a comment silences, and what stands word for word at the same place for a file before:
        several files may include the one that it is in. What is not of all configurations of a file says of which.
        """
        for _, file, findings in self.told_of_groups():
            yield file, findings

    def told_of_groups(self) -> Iterator[tuple[FileGroup, FileReport, tuple[Finding, ...]]]:
        """As `told`, each file with the group that it is of."""
        seen: set[tuple[str, SourceRange, str]] = set()
        for group in self.groups():
            for file in group.reports:
                new = []
                for finding in file.analysis.findings:
                    if finding.suppressed is not None or not group.is_news(file, key_of(finding)):
                        continue
                    if finding.range is not None:
                        key = (finding.code, finding.range, finding.message)
                        if key in seen:
                            continue
                        seen.add(key)
                    new.append(group.told(finding))
                yield group, file, tuple(new)

    def groups(self) -> list[FileGroup]:
        """The reports by file: one may have several configurations."""
        return groups_of(self.files)

    def severities(self) -> Counter[Severity]:
        """How many findings of each severity a person is told of."""
        return Counter(finding.severity for _, findings in self.told() for finding in findings)

    def verdicts(self) -> Counter[Verdict]:
        """Of each program the worst over its file's configurations."""
        return Counter(verdict for group in self.groups() for verdict in group.verdicts())


def line_of(file: FileReport, path: str, number: int) -> str | None:
    """Line `number` (from 1) of `path` as it was compiled, without its end; None where it is not known."""
    line = file.lines.get((path, number))
    return None if line is None else decode(line)


def character_of(file: FileReport, path: str, line: int, column: int) -> int:
    """The byte column `column` of a line in characters, both from 1; unchanged where the line is not known."""
    text = line_of(file, path, line)
    return column if text is None else Encoding.UTF8.index(text, column - 1) + 1
