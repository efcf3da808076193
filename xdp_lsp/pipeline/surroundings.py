"""The lines of source around those that a report names, for whoever shows more than one line."""

from __future__ import annotations

from xdp_lsp.pipeline.report import FileReport
from xdp_lsp.source import SourceRange


def with_surroundings(report: FileReport, around: int, most: int) -> FileReport:
    """`report` with the text of `around` lines on both sides of each place, and of the first `most` lines in it.

    To be done before the report is made compact: with that goes what the lines are read from.
    """
    wanted = (
        SourceRange(place.path, line, 0, line, 0)
        for place in report.places()
        for line in range(place.line - around, min(place.end_line, place.line + most) + around + 1)
    )
    return report._replace(lines={**report.lines, **report.sources().lines(wanted)})
