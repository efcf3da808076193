"""Open verifier logs: what one says is shown at its line, and at the line of the source that it speaks of.

A log is an open text, no C file, that reads as one; it need not be a file. The source is looked for where the log is,
in the folders of the workspace and beside the open files: nowhere else, and nowhere at all while those are not trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from xdp_lsp.pipeline.log_report import LogReport, LogRequest
from xdp_lsp.server.diagnostics import Style, diagnostics_of, failure_of
from xdp_lsp.server.documents import Document, Documents, Text
from xdp_lsp.server.edits import Edit
from xdp_lsp.server.publisher import Publisher, Said
from xdp_lsp.server.roots import Root
from xdp_lsp.server.scheduler import Scheduler
from xdp_lsp.server.workers import WorkerPool
from xdp_lsp.settings import Settings
from xdp_lsp.vlog import looks_like_log

# Seconds for a log, beside clang's own limit for the source that it names.
_LIMIT = 60.0
# Logs have no language of their own: what editors make of files with these names, or of none.
_SUFFIXES = frozenset({"", ".log", ".vlog", ".txt", ".out"})
_LANGUAGES = frozenset({"log", "vlog", "verifierlog", "plaintext", "text"})


class VerifierLogs:
    """The logs of one client. `settings_for` gives the settings for a URI; None until the client's are known."""

    def __init__(
        self,
        pool: WorkerPool,
        documents: Documents,
        style: Style,
        publisher: Publisher,
        *,
        settings_for: Callable[[str], Settings | None],
        folders: Callable[[], Sequence[str]],
    ) -> None:
        self._scheduler: Scheduler[Root, LogRequest] = Scheduler(pool.background, self)
        self._documents = documents
        self._style = style
        self._publisher = publisher
        self._settings_for = settings_for
        self._folders = folders
        self._open: dict[Root, Document] = {}
        self._texts: dict[Root, Mapping[str, Text]] = {}

    # What the client does

    def opened(self, document: Document, language: str) -> None:
        if Path(document.path).suffix.lower() in _SUFFIXES or language in _LANGUAGES:
            root = Root(document.key, "verifier log")
            self._open[root] = document
            self._explain(root)

    def changed(self, document: Document, edits: Iterable[Edit]) -> None:
        """A log is pasted, not typed: only whole lines are worth another look."""
        if any(edit.start.line != edit.new_end.line or edit.start.line != edit.end.line for edit in edits):
            self.saved(document)

    def saved(self, document: Document) -> None:
        for root in self._roots_of(document):
            self._explain(root)

    def closed(self, document: Document) -> None:
        for root in self._roots_of(document):
            self._scheduler.cancel(root)
            del self._open[root]
            self._texts.pop(root, None)
            self._publisher.say(root)

    def explain_all(self) -> None:
        for root in self._open:
            self._explain(root)

    def stop(self) -> None:
        self._scheduler.cancel_all()

    # What the jobs say

    def on_begin(self, key: Root, request: LogRequest) -> None: ...

    def on_result(self, key: Root, request: LogRequest, result: LogReport) -> None:
        self._publisher.say(key, Said(diagnostics_of(result.for_editor(), self._style), self._texts[key]))

    def on_failure(self, key: Root, request: LogRequest, sentence: str) -> None:
        self._publisher.say(key, Said([failure_of(request.path, sentence, self._style)], self._texts[key]))

    def on_end(self, key: Root) -> None: ...

    def _roots_of(self, document: Document) -> list[Root]:
        return [root for root, one in self._open.items() if one is document]

    def _explain(self, root: Root) -> None:
        document = self._open[root]
        settings = self._settings_for(document.uri)
        if settings is None:
            return  # `explain_all` follows
        if not looks_like_log(document.text):
            self._scheduler.cancel(root)
            self._publisher.say(root)
            return
        self._texts[root] = {one.key: one.saved for one in self._documents} | {document.key: document.now()}
        folders = (document.folder, *self._folders(), *(one.folder for one in self._documents))
        near = tuple(dict.fromkeys(folder for folder in folders if folder is not None))
        request = LogRequest(document.path, document.text, settings, folders=near)
        self._scheduler.submit(root, request, settings.time_limit + _LIMIT)
