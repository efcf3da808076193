"""What stays the same of a finding while the lines around it move, so that a baseline can hide it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterator
from pathlib import PurePath
from typing import NamedTuple

from xdp_lsp.checks import Finding
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.configurations import key_of
from xdp_lsp.report.model import Report, line_of

# Part of the name in SARIF: a change of what goes in needs a new number.
FINGERPRINT = "xdpLsp/v1"


class Identified(NamedTuple):
    """A finding with its fingerprint.

    `configurations` are those that have it, none where all do; `is_news` where no report before has the same.
    """

    finding: Finding
    fingerprint: str
    configurations: tuple[str, ...]
    is_news: bool


def identified(report: Report) -> Iterator[tuple[FileReport, list[Identified]]]:
    """Each file with all of its findings. What is the same in several configurations has one fingerprint."""
    for group in report.groups():
        known: dict[Hashable, str] = {}
        for file in group.reports:
            found = []
            for finding, fingerprint in zip(file.analysis.findings, fingerprints(report, file), strict=True):
                key = key_of(finding)
                first = known.setdefault(key, fingerprint) if len(group.reports) > 1 else fingerprint
                found.append(Identified(finding, first, group.names(key), group.is_news(file, key)))
            yield file, found


def fingerprints(report: Report, file: FileReport) -> tuple[str, ...]:
    """One for each of `file.analysis.findings`, in their order.

    Made of the path, the code, the program, the text of the line without its blanks, and a count where all of
    these are the same.
    """
    seen: Counter[str] = Counter()
    found = []
    for finding in file.analysis.findings:
        identity = _identity(report, file, finding)
        seen[identity] += 1
        digest = hashlib.sha256(f"{identity}\0{seen[identity]}".encode("utf-8", "surrogateescape"))
        found.append(digest.hexdigest()[:32])
    return tuple(found)


def _identity(report: Report, file: FileReport, finding: Finding) -> str:
    place = finding.range
    path = file.analysis.path if place is None else place.path
    line = "" if place is None else line_of(file, path, place.line) or ""
    shown = PurePath(report.shown(path)).as_posix()
    return "\0".join((shown, finding.code, finding.program, "".join(line.split())))
