"""The open documents as the last results see them: at once, or when what is on its way has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.pipeline import FileReport
from xdp_lsp.server.documents import Documents
from xdp_lsp.server.roots import Freshness, Root, RootState
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
        is_busy: Callable[[Root], bool],
    ) -> None:
        self._documents = documents
        self._roots = roots
        self._encoding = encoding
        self._is_busy = is_busy
        self._news = asyncio.Event()

    def of(self, uri: str) -> View | None:
        """The open document `uri` as the last result saw it; None where there is none, or it is no XDP source.

        A header is seen by the first root that is known to include it.
        """
        document = self._documents.get(uri)
        if document is None:
            return None
        for root, state in self._roots.items():
            if state.finished is None or state.finished.report.analysis.status is Status.NO_PROGRAM:
                continue
            report, texts, _ = state.finished
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
        whole = whole or not is_root  # the insight tells what a header is to a file
        for root, state in self._roots.items():
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
