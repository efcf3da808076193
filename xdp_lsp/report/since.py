"""What changed in need since an earlier state of the same files: for those who read a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

from xdp_lsp.analysis import FileAnalysis, ProgramAnalysis, Status, Verdict
from xdp_lsp.analysis.words import count, need_words
from xdp_lsp.pipeline import FileReport
from xdp_lsp.project import DEFAULT
from xdp_lsp.report.baseline import hide_known, known_in
from xdp_lsp.report.model import FAILED, Report


class Kind(Enum):
    CHANGED = "changed"
    NEW = "new"
    REMOVED = "removed"
    ANALYSED = "analysed"  # its file was not before
    NOT_ANALYSED = "not-analysed"  # its file was before


class Change(NamedTuple):
    """A program that does not stand as it stood; `path` is as people see it.

    `newly_short` are the targets that it fitted, or was not held against, and falls short of now; `no_longer_short`
    those of the ones that it is still held against which it fits now.
    """

    path: str
    name: str
    kind: Kind
    before: ProgramAnalysis | None
    after: ProgramAnalysis | None
    newly_short: tuple[str, ...] = ()
    no_longer_short: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Since:
    """The difference from `revision`, which is the commit `commit`; `remarks` are sentences about what was compared.

    `report` is the report of now with the findings that are new; of a file that could not be analysed before either
    there are none. `unchanged` counts programs, `known` findings. `failed` and `unknown` are the files and programs, by
    their places in `report`, that could not be analysed or judged before.
    """

    revision: str
    commit: str
    report: Report
    changes: tuple[Change, ...]
    unchanged: int
    known: int
    failed: frozenset[int]
    unknown: frozenset[tuple[int, str, str]]
    remarks: tuple[str, ...] = ()

    def news(self) -> Iterator[FileAnalysis]:
        """Of each file what decides the exit status: it is not to be blamed for what was so before."""
        for number, file in enumerate(self.report.files):
            analysis = file.analysis
            if number in self.failed and analysis.status in FAILED:
                yield analysis._replace(status=Status.NO_PROGRAM, findings=())
            else:
                programs = tuple(
                    one for one in analysis.programs if (number, one.section, one.name) not in self.unknown
                )
                yield analysis._replace(programs=programs)


_Key = tuple[str, str, str, str]  # the path from the root, the configuration, the section and the name
_FileKey = tuple[str, str]


def compare(before: Report, after: Report, shown_in: str) -> Since:
    """What is other in `after` than in `before`, whose folders are the roots of the two trees.

    In the answer paths are shown as seen from the folder `shown_in`.
    """
    files_before = {_file_key(before, file): file.analysis for file in before.files}
    reduced, hidden = hide_known(after, known_in(before))
    files, failed, unknown = [], set(), set()
    for number, file in enumerate(reduced.files):
        earlier = files_before.get(_file_key(after, file))
        if earlier is not None and earlier.status in FAILED:
            failed.add(number)
        unknown |= {
            (number, program.section, program.name)
            for program in (earlier.programs if earlier is not None else ())
            if program.verdict is Verdict.UNKNOWN
        }
        findings = file.analysis.findings
        if number in failed and file.analysis.status in FAILED:
            hidden += len(findings)
            findings = ()
        files.append(file._replace(analysis=file.analysis._replace(findings=findings)))
    report = replace(reduced, files=tuple(files), folder=shown_in)
    changes, unchanged = _changes(before, after, report)
    return Since("", "", report, changes, unchanged, hidden, frozenset(failed), frozenset(unknown))


def _changes(before: Report, after: Report, shown: Report) -> tuple[tuple[Change, ...], int]:
    old, new = dict(_programs(before)), dict(_programs(after))
    failed_before = {_file_key(before, file) for file in before.files if file.analysis.status in FAILED}
    failed_now = {_file_key(after, file) for file in after.files if file.analysis.status in FAILED}
    paths = {_file_key(after, file): _name(shown, file) for file in after.files}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        one, other = old.get(key), new.get(key)
        if one is not None and other is not None:
            kind = Kind.CHANGED
            if _standing(one) == _standing(other):
                continue
        elif other is not None:
            kind = Kind.ANALYSED if key[:2] in failed_before else Kind.NEW
        else:
            kind = Kind.NOT_ANALYSED if key[:2] in failed_now else Kind.REMOVED
        newly, no_longer = _shortages(one, other)
        found.append(Change(paths.get(key[:2], key[0]), key[3], kind, one, other, newly, no_longer))
    return tuple(found), len(old.keys() & new.keys()) - sum(1 for one in found if one.kind is Kind.CHANGED)


def _programs(report: Report) -> Iterator[tuple[_Key, ProgramAnalysis]]:
    for file in report.files:
        for program in file.analysis.programs:
            yield (*_file_key(report, file), program.section, program.name), program


def _name(report: Report, file: FileReport) -> str:
    path, configuration = report.shown(file.analysis.path), file.analysis.configuration
    return path if configuration == DEFAULT else f"{path} [{configuration}]"


def _file_key(report: Report, file: FileReport) -> _FileKey:
    return report.shown(file.analysis.path), file.analysis.configuration


def _standing(program: ProgramAnalysis) -> object:
    """All that counts as a change of a program."""
    found = program.exploration
    kept = tuple(held.kept for held in program.contracts)
    return found.need, found.need_kind, need_words(program), program.verdict, _short(program), kept


def _short(program: ProgramAnalysis | None) -> frozenset[str]:
    verdicts = program.targets if program is not None else ()
    return frozenset(verdict.target.spec for verdict in verdicts if verdict.fits is False)


def _shortages(
    before: ProgramAnalysis | None, after: ProgramAnalysis | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The targets that a program is newly and no longer short of, in the order in which they are chosen."""
    if after is None:
        return (), ()
    was, now = _short(before), _short(after)
    held = [verdict.target.spec for verdict in after.targets]
    fits = {verdict.target.spec for verdict in after.targets if verdict.fits}
    return (
        tuple(name for name in held if name in now - was),
        tuple(name for name in held if name in was and name in fits),
    )


def need_text(program: ProgramAnalysis | None) -> str:
    """`176`, or the words of `need_words` where that is no number."""
    return "" if program is None else need_words(program).removeprefix("needs ").replace(" bytes", "")


def summary(since: Since) -> str:
    """`1 program changed, 1 new, 38 unchanged; 2 findings new, 5 known`."""
    kinds = [change.kind for change in since.changes]
    words = {
        Kind.CHANGED: "changed",
        Kind.NEW: "new",
        Kind.REMOVED: "removed",
        Kind.ANALYSED: "newly analysed",
        Kind.NOT_ANALYSED: "no longer analysed",
    }
    parts = [f"{kinds.count(kind)} {word}" for kind, word in words.items() if kind in kinds]
    told = sum(len(findings) for _, findings in since.report.told())
    total = len(since.changes) + since.unchanged
    programs = ", ".join([*parts, f"{since.unchanged} unchanged"])
    return f"{count(total, 'program')}: {programs}; {count(told, 'finding')} new, {since.known} known"
