"""Whether a change holds what it promises: it is made, compiled and analysed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from xdp_lsp.analysis import Status
from xdp_lsp.checks import Finding, Severity
from xdp_lsp.checks.headroom_exceeded import CODE as HEADROOM_EXCEEDED
from xdp_lsp.ide.actions.action import Action, ActionKind, Blank, TextEdit
from xdp_lsp.ide.actions.subject import Control, Subject, analyse
from xdp_lsp.ide.actions.text import Replacement, Text, in_order, moved
from xdp_lsp.pipeline import FileReport, SourceSnapshot
from xdp_lsp.settings import Settings

# Where a finding stands: its code, and its place as an offset into the text before the change (None: no place).
_Key = tuple[str, str, int | None]


class Change(NamedTuple):
    """What is to be tried: changes of the text that mend `finding`, or that shall leave all as it is (None)."""

    title: str
    changes: tuple[Replacement, ...]
    finding: Finding | None = None
    kind: ActionKind = ActionKind.QUICKFIX
    is_preferred: bool = False
    blank: str = ""  # what the user is meant to fill in, once in the text of the first change
    targets: tuple[str, ...] = ()  # to be chosen instead of those of the settings, if any


class Trial(NamedTuple):
    """What came of it; `action` is None where it does not hold."""

    action: Action | None
    report: FileReport


class Trier:
    """Tries changes of one subject."""

    def __init__(self, subject: Subject, settings: Settings, control: Control) -> None:
        self._subject = subject
        self._settings = settings
        self._control = control

    def offer(self, change: Change) -> Iterator[Action]:
        """The action, if it holds."""
        action = self.trial(change).action
        if action is not None:
            yield action

    def trial(self, change: Change) -> Trial:
        subject = self._subject
        compiled = subject.report.compiled
        assert compiled is not None and compiled.toolchain is not None
        contents = subject.text.with_changes(change.changes)
        snapshot = SourceSnapshot(subject.text.path, contents, subject.report.analysis.configuration)
        settings = self._settings._replace(targets=change.targets) if change.targets else self._settings
        report = analyse(snapshot, settings, compiled.toolchain, self._control)
        holds = self._holds(change, report, Text(subject.text.path, contents))
        return Trial(self._action(change) if holds else None, report)

    def _holds(self, change: Change, report: FileReport, after: Text) -> bool:
        before = self._subject
        if report.analysis.status is not Status.ANALYSED:
            return False
        said = Counter(one.message for one in report.compiler_diagnostics)
        if said - Counter(one.message for one in before.report.compiler_diagnostics):
            return False

        def now(offset: int) -> int:
            return moved(offset, change.changes, before.text)

        known = _gravest(before.report.analysis.findings, now, before.text)
        found = _gravest(report.analysis.findings, lambda offset: offset, after)
        if change.finding is not None:
            mended = _key(change.finding, now, before.text)
            if mended in found and not _is_about_others(mended, found[mended]):
                return False
        return all(
            _is_about_others(key, severity) or (key in known and severity.rank <= known[key].rank)
            for key, severity in found.items()
        )

    def _action(self, change: Change) -> Action:
        text = self._subject.text
        ordered = in_order(change.changes)
        edits = tuple(TextEdit(text.range(one.begin, one.end), text.written(one.text)) for one in ordered)
        finding = change.finding
        return Action(
            change.title,
            change.kind,
            edits,
            finding.code if finding is not None else "",
            finding.range if finding is not None else None,
            change.is_preferred,
            Blank(0, change.blank) if change.blank else None,
            change.targets,
        )


def _gravest(
    findings: tuple[Finding, ...], moved: Callable[[int], int], text: Text
) -> Mapping[_Key, Severity]:
    """The severities of the findings that are shown, by where they stand after the change."""
    gravest: dict[_Key, Severity] = {}
    for finding in findings:
        if finding.suppressed is None:
            key = _key(finding, moved, text)
            known = gravest.get(key)
            if known is None or known.rank < finding.severity.rank:
                gravest[key] = finding.severity
    return gravest


def _key(finding: Finding, moved: Callable[[int], int], text: Text) -> _Key:
    place = finding.range
    if place is None:
        return finding.code, finding.where, None
    if place.path != text.path:
        return finding.code, place.path, place.line
    return finding.code, place.path, moved(text.offset(place.line, place.column))


def _is_about_others(key: _Key, severity: Severity) -> bool:
    return key[0] == HEADROOM_EXCEEDED and severity is Severity.INFORMATION


def is_about_others(finding: Finding) -> bool:
    """Whether it only tells that drivers outside the choice give less, or that there is a fallback."""
    return finding.code == HEADROOM_EXCEEDED and finding.severity is Severity.INFORMATION
