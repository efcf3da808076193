"""The file that actions are looked for in, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from xdp_lsp.analysis import ProgramAnalysis
from xdp_lsp.checks import Finding
from xdp_lsp.ide.actions.text import Text
from xdp_lsp.ide.actions.tree import Tree
from xdp_lsp.pipeline import FileReport, SourceSnapshot, analyse_source
from xdp_lsp.pipeline.enrich import enrich
from xdp_lsp.settings import Settings
from xdp_lsp.source import SourceRange
from xdp_lsp.toolchain import Kind, Node, Toolchain, functions_at
from xdp_lsp.verifier.result import CallSite


class Control(Protocol):
    """What runs the search: see `xdp_lsp.server.worker_process.Control`."""

    def runs(self, group: int) -> None: ...

    def uninterrupted(self) -> AbstractContextManager[None]: ...


class Subject(NamedTuple):
    """A text with its report, enriched, and the functions that programs begin in, or where something was found."""

    text: Text
    report: FileReport
    trees: tuple[Tree, ...]

    @property
    def findings(self) -> Iterator[Finding]:
        """Those that no comment silences and that have a place in the text."""
        for finding in self.report.analysis.findings:
            if (
                finding.suppressed is None
                and finding.range is not None
                and finding.range.path == self.text.path
            ):
                yield finding

    @property
    def programs(self) -> tuple[ProgramAnalysis, ...]:
        return self.report.analysis.programs

    @property
    def program_names(self) -> frozenset[str]:
        return frozenset(program.name for program in self.programs)


class Problem(NamedTuple):
    """A finding about a call, the program that it was found in, and the call in the source.

    `sites` are the copies of the call in that program: what the compiler made of one line.
    """

    subject: Subject
    finding: Finding
    program: ProgramAnalysis
    sites: tuple[CallSite, ...]
    tree: Tree
    call: Node

    @property
    def text(self) -> Text:
        return self.subject.text


def analyse(
    snapshot: SourceSnapshot, settings: Settings, toolchain: Toolchain, control: Control
) -> FileReport:
    """The report as it is shown, but for witnesses; it keeps what it was made from."""
    report = analyse_source(snapshot, settings, toolchain, control.runs)
    # An exception between a call of libclang's and the wrapping of its result would leak a translation unit.
    with control.uninterrupted():
        return enrich(report, witnesses=False)


def subject_of(report: FileReport, contents: bytes, control: Control) -> Subject:
    """`report` is of `contents`, and keeps what it was made from."""
    compiled = report.compiled
    assert compiled is not None and compiled.reading is not None and compiled.toolchain is not None
    places = (finding.range for finding in report.analysis.findings)
    entries = (program.location for program in report.analysis.programs)
    lines = {
        place.line
        for place in (*places, *entries)
        if place is not None and place.path == report.analysis.path
    }
    with control.uninterrupted():
        functions = functions_at(compiled.toolchain, compiled.reading, lines)
    return Subject(Text(report.analysis.path, contents), report, tuple(map(Tree, functions)))


def problem_of(subject: Subject, finding: Finding) -> Problem | None:
    """None where the finding is not about a call that is found in the source."""
    place = finding.range
    program = next((one for one in subject.programs if one.name == finding.program), None)
    if place is None or program is None:
        return None
    for tree in subject.trees:
        for node in tree.of_kind(Kind.CALL):
            where = subject.text.location(node.begin)
            if node.name.startswith("bpf_xdp_") and _holds(subject.text, node, place):
                sites = (one.site for one in program.calls if one.location == where)
                copies = tuple(one for one in sites if one.helper == node.name and one.reachable)
                if copies:
                    return Problem(subject, finding, program, copies, tree, node)
    return None


def _holds(text: Text, node: Node, place: SourceRange) -> bool:
    begin = text.offset(place.line, place.column)
    return place.path == text.path and place.column > 0 and node.begin <= begin < node.end
