"""One finding for each place: inlining, unrolling and shared headers make copies of one line of source."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from xdp_lsp.checks import Finding


def merge(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """`findings` with the copies of each place made one: the worst, with a note that there are others.

    Ordered by place, those without one last, the gravest first.
    """
    groups: dict[Hashable, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_place(finding), []).append(finding)
    return tuple(sorted((_worst(group) for group in groups.values()), key=_order))


def _place(finding: Finding) -> Hashable:
    if finding.range is None:
        return (finding.code, finding.where, finding.subject)
    return (finding.code, finding.range, finding.subject)


def _worst(group: list[Finding]) -> Finding:
    worst = max(group, key=lambda finding: (finding.severity.rank, finding.weight))
    others = sorted({finding.program for finding in group} - {worst.program})
    notes = worst.notes
    copies = sum(1 for finding in group if finding.program == worst.program)
    if copies > 1:
        notes += (f"the worst of {copies} copies of this line in {worst.program}, at {worst.where}",)
    if others:
        notes += (f"also in {', '.join(others)}",)
    return worst._replace(notes=notes)


def _order(finding: Finding) -> tuple[object, ...]:
    place = finding.range
    where = (1, finding.where, 0, 0) if place is None else (0, place.path, place.line, place.column)
    return (*where, -finding.severity.rank, finding.code, finding.subject)
