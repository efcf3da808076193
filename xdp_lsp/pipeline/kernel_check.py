"""The running kernel in the loop: each program is loaded for checking only, and a refusal becomes a finding.

Nothing is attached, pinned or run; programs and maps are gone when the check is over.
"""

from __future__ import annotations

import os
from functools import cache

from xdp_lsp.analysis import Status
from xdp_lsp.analysis.conclude import where
from xdp_lsp.analysis.suppression import apply_suppressions
from xdp_lsp.checks import Finding
from xdp_lsp.kernel import LOG_PATH, Loader, LoadError, Refused, kernel_numbering, why_unavailable
from xdp_lsp.objfile import ObjectFile, load
from xdp_lsp.pipeline.insight import linked
from xdp_lsp.pipeline.refusals import Meeting, describe
from xdp_lsp.pipeline.report import FileReport
from xdp_lsp.program import Attach, Image, Program
from xdp_lsp.settings import Settings
from xdp_lsp.vlog import parse_one


def with_refusals(report: FileReport, settings: Settings) -> FileReport:
    """`report` with what the running kernel refuses, and why it was not asked about the rest.

    As it is where there is no program.
    """
    if report.compiled is None or report.analysis.status is not Status.ANALYSED:
        return report
    why = _why_unavailable()
    if why is not None:
        return report._replace(kernel_remarks=(f"The kernel cannot be asked (kernel-check): {why}.",))
    image = linked(report.compiled.object, report.analysis.words)
    if image is None:
        return report
    obj = load(report.compiled.object)
    findings: list[Finding] = []
    remarks: list[str] = []
    for program in image.programs:
        try:
            finding = _refusal(image, obj, program)
        except LoadError as error:
            remarks.append(f"The kernel was not asked about {program.name}: {error}")
            continue
        severity = settings.severity_of(finding.code, finding.severity) if finding is not None else None
        if finding is not None and severity is not None:
            findings.append(finding._replace(severity=severity))
    return _with_findings(report, findings)._replace(kernel_remarks=tuple(remarks))


# A process does not gain or lose its privileges while it works on files.
_why_unavailable = cache(why_unavailable)


def _refusal(image: Image, obj: ObjectFile, program: Program) -> Finding | None:
    """What the kernel says of `program`, should it refuse it. Raises LoadError where it cannot be asked."""
    if program.attach is Attach.FREPLACE:
        raise LoadError("What it replaces a function of is not known.")
    with Loader(image, obj, as_built=True) as loader:
        try:
            loader.load(program).close()
            return None
        except Refused as error:
            if loader.lacks_types:
                raise LoadError("The kernel does not take the types (BTF) of the object.") from None
            refused = error
        try:
            # Once more, for the path to it; which costs more than most programs are worth, so not at first.
            loader.load(program, verbosity=LOG_PATH).close()
        except Refused as error:
            refused = error
    log = parse_one(refused.log)
    if not log.message:  # not the verifier's: no memory, no permission
        raise LoadError(str(refused))
    meeting = Meeting(image, program, kernel_numbering(image, program))
    finding = describe(log, meeting.location, meeting, kernel=f"Linux {os.uname().release}").finding
    at = program.entry if log.pc is None or log.pc >= len(meeting.pcs) else meeting.pcs[log.pc]
    return finding._replace(where=where(image, at))


def _with_findings(report: FileReport, findings: list[Finding]) -> FileReport:
    """`report` with `findings`, those marked that a comment silences, and the lines that they name."""
    analysis, sources = report.analysis, report.sources()
    marked = apply_suppressions(findings, analysis.path, sources.text)[: len(findings)]
    more = report._replace(analysis=analysis._replace(findings=(*analysis.findings, *marked)))
    return more._replace(lines=sources.lines(more.places()))
