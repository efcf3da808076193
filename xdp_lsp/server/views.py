"""The open documents as the last results see them: at once, or when what is on its way has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.ide import State
from xdp_lsp.pipeline import FileReport
from xdp_lsp.server.background_roots import BackgroundRoots
from xdp_lsp.server.configurations import Configurations
from xdp_lsp.server.documents import Document, Documents
from xdp_lsp.server.roots import Answer, Freshness, Root, RootState
from xdp_lsp.server.summaries import Summaries
from xdp_lsp.server.uris import uri_of
from xdp_lsp.server.view import View
from xdp_lsp.settings import Settings
from xdp_lsp.source import Encoding, path_key


class Views:
    """What requests about `documents` are answered from. `is_busy` says whether a file is being analysed."""

    def __init__(
        self,
        documents: Documents,
        roots: Mapping[Root, RootState],
        encoding: Encoding,
        *,
        summaries: Summaries,
        background: BackgroundRoots,
        configurations: Configurations,
        is_busy: Callable[[Root], bool],
    ) -> None:
        self._documents = documents
        self._roots = roots
        self._encoding = encoding
        self._summaries = summaries
        self._background = background
        self._configurations = configurations
        self._chosen: dict[str, Root] = {}  # by document, for those that are no roots
        self._is_busy = is_busy
        self._news = asyncio.Event()

    def of(self, uri: str) -> View | None:
        """The open document `uri` as the last result saw it; None where there is none, or it is no XDP source.

        What is no root is seen by one that is known to include it: the one that was chosen, else the worst.
        """
        document = self._documents.get(uri)
        if document is None:
            return None
        for root, state, answer in self._known(document):
            report, texts, _ = answer
            if root.file == document.key:
                path = report.analysis.path
            elif document.key in state.dependencies and report.insight is not None:
                paths = report.insight.paths
                path = next((one for one in paths if path_key(one) == document.key), document.path)
            else:
                continue
            text = texts.get(document.key)
            edits = document.edits_since(text) if text is not None else None
            if text is not None and edits is not None:
                freshness = state.freshness(self._documents, is_busy=self._is_busy(root))
                return View(document, report, path, text, edits, freshness, state.settings, self._encoding)
        return None

    def _known(self, document: Document) -> Iterator[tuple[Root, RootState, Answer]]:
        """Who may have something to say of `document`, the one to be heard first."""
        known = [
            (root, state, state.finished)
            for root, state in self._looked_at()
            if state.finished is not None and state.finished.report.analysis.status is not Status.NO_PROGRAM
            if root.file == document.key or document.key in state.dependencies
        ]
        if len(known) > 1:
            known.sort(key=lambda one: self._order(document, one[0], one[2].report))
        yield from known

    def _order(self, document: Document, root: Root, report: FileReport) -> tuple[bool, bool, float, float]:
        found = self._summaries.of(root, report)
        chosen = self._chosen.get(document.key)
        is_own, is_chosen = root.file == document.key, chosen is not None and chosen.file == root.file
        worst = (found.state.rank, found.weight) if found.state is not State.FAILED else (-1, 0)
        return not is_own, not is_chosen, -worst[0], -worst[1]

    def _looked_at(self) -> Iterator[tuple[Root, RootState]]:
        """The roots of which any has an answer: of several configurations of a file one has."""
        return (one for one in self._roots.items() if self._configurations.is_looked_at(one[0]))

    def choose(self, uri: str, root: Root | None) -> None:
        """See the open document `uri` by `root` where that includes it, until it is closed; None: by the worst."""
        document = self._documents.get(uri)
        if document is not None:
            self._chosen.pop(document.key, None)
            if root is not None:
                self._chosen[document.key] = root

    def chosen(self, uri: str) -> Root | None:
        document = self._documents.get(uri)
        return self._chosen.get(document.key) if document is not None else None

    def closed(self, document: Document) -> None:
        self._chosen.pop(document.key, None)

    def blank(self, uri: str) -> View | None:
        """The open document `uri` as it stands, with nothing known of it."""
        document = self._documents.get(uri)
        if document is None:
            return None
        report = FileReport(FileAnalysis(document.path, "default", Status.NO_PROGRAM))
        text, settings = document.now(), Settings()
        return View(document, report, document.path, text, (), Freshness.CURRENT, settings, self._encoding)

    def uri_of(self, path: str) -> str:
        """Under which the client knows the file at `path`."""
        document = self._documents.by_key(path_key(path))
        return document.uri if document is not None else uri_of(path)

    def is_coming(self, uri: str, *, whole: bool = False) -> bool:
        """Whether nothing is known of `uri` so far, or with `whole` not all, and it is on its way."""
        document = self._documents.get(uri)
        known = self.of(uri)
        if document is None or (known is not None and _is_enough(known.report, whole=whole)):
            return False
        is_root = any(root.file == document.key for root in self._roots)
        if not is_root and self._background.is_looked_for(document):
            return True
        whole = whole or not is_root  # the insight tells what a header is to a file
        for root, state in self._looked_at():
            concerns = root.file == document.key if is_root else state.may_include(document.key)
            is_known = state.finished is not None and _is_enough(state.finished.report, whole=whole)
            if concerns and not is_known and (self._is_busy(root) or not state.is_asked):
                return True
        return False

    async def wait(self, uri: str, *, whole: bool = False, limit: float | None = None) -> bool:
        """Returns when nothing `is_coming`, or after `limit` seconds.

        False where the document was edited or closed meanwhile, which ends it too: whoever asked asks again.
        """
        document = self._documents.get(uri)
        if document is None or not self.is_coming(uri, whole=whole):
            return True
        version = document.version

        def is_same() -> bool:
            return self._documents.get(uri) is document and document.version == version

        async def come() -> None:
            while is_same() and self.is_coming(uri, whole=whole):
                await self._news.wait()

        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(come(), limit)
        return is_same()

    def look_again(self) -> None:
        """Something may be otherwise."""
        self._news.set()
        self._news = asyncio.Event()


def _is_enough(report: FileReport, *, whole: bool) -> bool:
    return report.insight is not None or not whole
