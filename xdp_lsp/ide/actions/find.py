"""All that can be offered for a stretch of a file, each tried."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.analysis import Status
from xdp_lsp.checks import Finding
from xdp_lsp.ide.actions import (
    check_result,
    clamp,
    comment,
    contract,
    metadata,
    order,
    sign,
    silence,
    targets,
)
from xdp_lsp.ide.actions.action import Action
from xdp_lsp.ide.actions.lines import Lines
from xdp_lsp.ide.actions.request import ActionsRequest
from xdp_lsp.ide.actions.subject import Control, Subject, analyse, problem_of, subject_of
from xdp_lsp.ide.actions.trial import Trier
from xdp_lsp.pipeline import FileReport, SourceSnapshot, toolchain_of
from xdp_lsp.pipeline.check import no_compiler
from xdp_lsp.settings import Settings
from xdp_lsp.toolchain import ToolchainError

# The last text that was asked about: as the cursor moves, it stays the same.
_last: list[tuple[SourceSnapshot, Settings, FileReport]] = []


def find_actions(request: ActionsRequest, control: Control) -> Iterator[Action]:
    """Each as soon as it is found to hold; those that mend something come before those that silence it.

    None for a text that does not compile. Takes as long as a few compiles for each finding.
    """
    report = report_on(request, control)
    if report.analysis.status is not Status.ANALYSED:
        return
    subject = subject_of(report, request.snapshot.contents, control)
    trier = Trier(subject, request.settings, control)
    # Programs that share a function share its findings.
    found = [
        one for one in subject.findings if not (one.only_if_everywhere and len(report.configurations) > 1)
    ]
    asked = {(one.code, one.range): one for one in found if _is_asked(subject, one, request.lines)}
    for finding in asked.values():
        yield from _mending(subject, finding, trier)
    for program in subject.programs:
        yield from contract.actions(subject, program, request.lines, trier)
    for finding in asked.values():
        problem = problem_of(subject, finding)
        if problem is not None:
            yield from targets.actions(problem, trier)
        yield from silence.actions(subject, finding, trier)


def _mending(subject: Subject, finding: Finding, trier: Trier) -> Iterator[Action]:
    yield from comment.actions(subject, finding, trier)
    yield from contract.raised(subject, finding, trier)
    problem = problem_of(subject, finding)
    if problem is not None:
        yield from check_result.actions(problem, trier)
        ordered = list(order.actions(problem, trier))
        yield from ordered
        if not ordered:  # else the check that is there does, where it is then
            yield from clamp.actions(problem, trier)
        yield from sign.actions(problem, trier)
        yield from metadata.actions(problem, trier)


def _is_asked(subject: Subject, finding: Finding, lines: Lines | None) -> bool:
    """Whether any of what `finding` is about is on `lines`."""
    place = finding.range
    if place is None or lines is None:
        return lines is None
    problem = problem_of(subject, finding)
    if problem is None:
        return lines.meet(place.line, place.end_line)
    return lines.meet(subject.text.number(problem.call.begin), subject.text.number(problem.call.end))


def report_on(request: ActionsRequest, control: Control) -> FileReport:
    """What is known of the text before any change."""
    snapshot, settings, _ = request
    for one, with_settings, report in _last:
        if one == snapshot and with_settings == settings:
            return report
    try:
        found = analyse(snapshot, settings, toolchain_of(settings), control)
    except ToolchainError as error:
        return no_compiler(snapshot.path, snapshot.configuration, error)
    _last[:] = [(snapshot, settings, found)]
    return found
