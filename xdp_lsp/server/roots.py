"""What is known of one root: what was asked about it last, and what came of that and of what was asked before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from xdp_lsp.analysis import Status
from xdp_lsp.pipeline import FileReport
from xdp_lsp.pipeline.report import digest
from xdp_lsp.server.documents import Document, Documents, Text
from xdp_lsp.settings import Settings, SettingsProblem


class Root(NamedTuple):
    """What results are keyed by: an open C file (its `path_key`) and a way in which it is compiled."""

    file: str
    configuration: str = "default"


class Freshness(Enum):
    """What the last finished report has to do with the text that the user sees."""

    CURRENT = "current"  # it is the report of this very text
    EDITED = "edited"  # the text, or one that it includes, was edited since
    RUNNING = "running"  # a newer text, or the same with other settings, is being analysed
    BROKEN = "broken"  # the newest text that was looked at does not compile; this is of one before it
    FAILED = "failed"  # the analysis of a newer text was stopped, or came to nothing

    @property
    def words(self) -> str:
        """For the user; "" where there is nothing to tell."""
        return _WORDS[self]


_WORDS = {
    Freshness.CURRENT: "",
    Freshness.EDITED: "before your edits",
    Freshness.RUNNING: "being checked again",
    Freshness.BROKEN: "before it stopped compiling",
    Freshness.FAILED: "of a text before this one",
}


class Answer(NamedTuple):
    """A report, and the texts that it speaks of: of the files that are or were open meanwhile, by `path_key`."""

    report: FileReport
    texts: dict[str, Text]
    request: int  # counted by its root

    @property
    def compiles(self) -> bool:
        return self.report.analysis.status is not Status.COMPILE_ERROR

    def bind(self, document: Document) -> bool:
        """As `_bind`; where no text is known, the worker has told which it read."""
        read = self.report.digests.get(document.key)
        if document.key not in self.texts and read not in (None, digest(document.saved.contents)):
            return False
        return _bind(self.texts, document)


def _bind(texts: dict[str, Text], document: Document) -> bool:
    """`document` was opened, perhaps anew. False where another text of it is meant."""
    before = texts.pop(document.key, None)
    is_same = before is None or before.contents == document.saved.contents
    if is_same:
        texts[document.key] = document.saved
    return is_same


@dataclass(slots=True)
class RootState:
    """`texts` are what the newest request is about; `shown` is what was heard last, of it or of one before.

    `finished` is what questions are answered from: the last whole report, of the last text that compiled if any did.
    Until there is one it is the verdict alone.
    """

    document: Document
    settings: Settings = field(default_factory=Settings)
    problems: tuple[SettingsProblem, ...] = ()
    request: int = 0
    failure: str = ""  # why the newest request has brought nothing, in a sentence
    asked_at: float = 0.0  # by the event loop's clock, in seconds
    texts: dict[str, Text] = field(default_factory=dict)
    shown: Answer | None = None
    finished: Answer | None = None
    dependencies: frozenset[str] = frozenset()  # by `path_key`
    knows_dependencies: bool = False  # of the newest request

    @property
    def is_asked(self) -> bool:
        """Whether there was a request: it takes the settings, which the client may have to tell first."""
        return self.request > 0

    @property
    def newest(self) -> Answer | None:
        """What the newest request has brought so far."""
        return self.shown if self.shown is not None and self.shown.request == self.request else None

    def ask(
        self,
        settings: Settings,
        problems: tuple[SettingsProblem, ...],
        texts: Mapping[str, Text],
        asked_at: float,
    ) -> None:
        """A new request is made."""
        self.settings, self.problems, self.texts = settings, problems, dict(texts)
        self.request += 1
        self.failure = ""
        self.asked_at = asked_at
        self.knows_dependencies = False

    def hear(self, report: FileReport) -> bool:
        """What the newest request brings. Whether questions have another answer now."""
        self.shown = Answer(report, dict(self.texts), self.request)
        if report.dependencies:
            self.dependencies, self.knows_dependencies = frozenset(report.dependencies), True
        is_better = (
            report.insight is not None
            or self.finished is None
            or self.finished.report.insight is None
            or self.finished.request == self.request
        )
        return is_better and self.settle()

    def settle(self) -> bool:
        """What the newest request has brought is all, for now. Whether questions have another answer now."""
        newest, before = self.newest, self.finished
        if newest is None or newest is before:
            return False
        if not newest.compiles and before is not None and before.compiles:
            return False
        self.finished = newest
        return True

    @property
    def holds_no_program(self) -> bool:
        """Whether the newest text is known to be none of our business."""
        return self.newest is not None and self.newest.report.analysis.status is Status.NO_PROGRAM

    def is_root_of(self, file: str) -> bool:
        """Whether the root has something to say of `file`, which it includes."""
        return self.includes(file) and not self.holds_no_program

    def includes(self, file: str) -> bool:
        """Whether the root is known to include `file`."""
        return file in self.dependencies

    def may_include(self, file: str) -> bool:
        """Whether `file` may be among what the root includes: while that is not known, all may."""
        return self.includes(file) or not self.knows_dependencies

    def bind(self, document: Document) -> bool:
        """`document` was opened. Whether all that is known, or asked for, is about the text that it holds."""
        answers = {id(one): one for one in (self.shown, self.finished) if one is not None}
        return all([_bind(self.texts, document), *(one.bind(document) for one in answers.values())])

    def is_edited(self, documents: Documents) -> bool:
        """Whether a text that the newest request is about was edited since."""
        read = {self.document.key, *self.dependencies}
        for key, text in self.texts.items():
            document = documents.by_key(key)
            if document is not None and key in read and document.edits_since(text) != []:
                return True
        return False

    def freshness(self, documents: Documents, *, is_busy: bool) -> Freshness:
        """Of `finished`, which has to be there."""
        assert self.finished is not None
        if self.finished.request != self.request:
            if is_busy:
                return Freshness.RUNNING
            return Freshness.FAILED if self.newest is None else Freshness.BROKEN
        return Freshness.EDITED if self.is_edited(documents) else Freshness.CURRENT


def includers(roots: Mapping[Root, RootState], file: str) -> set[str]:
    """The files that are known to be roots of `file`."""
    return {root.file for root, state in roots.items() if state.is_root_of(file)} - {file}
