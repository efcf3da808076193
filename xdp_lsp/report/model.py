"""What every output format is given, and the small questions that all of them ask of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from xdp_lsp.analysis import Status, Verdict
from xdp_lsp.checks import Finding, Severity
from xdp_lsp.pipeline import FileReport
from xdp_lsp.source import Encoding, decode

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

    def told(self) -> Iterator[Finding]:
        """Every finding that no comment silences, file by file."""
        return (f for file in self.files for f in file.analysis.findings if f.suppressed is None)

    def severities(self) -> Counter[Severity]:
        """How many findings there are of each severity, silenced ones left out."""
        return Counter(finding.severity for finding in self.told())

    def verdicts(self) -> Counter[Verdict]:
        return Counter(program.verdict for file in self.files for program in file.analysis.programs)


def line_of(file: FileReport, path: str, number: int) -> str | None:
    """Line `number` (from 1) of `path` as it was compiled, without its end; None where it is not known."""
    line = file.lines.get((path, number))
    return None if line is None else decode(line)


def character_of(file: FileReport, path: str, line: int, column: int) -> int:
    """The byte column `column` of a line in characters, both from 1; unchanged where the line is not known."""
    text = line_of(file, path, line)
    return column if text is None else Encoding.UTF8.index(text, column - 1) + 1
