"""A real client that talks to a real server over stdio."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import LanguageClient
from pytest_lsp.client import make_test_lsp_client
from waiting import LIMIT, end_of_process

Edit = tuple[tuple[int, int], tuple[int, int], str]


class Client:
    """What a test does with a server, in the words of an editor. Positions are the protocol's."""

    def __init__(self, lsp: LanguageClient) -> None:
        self.lsp = lsp
        self.offers = types.ServerCapabilities()  # what the server says it can
        self.sent: list[tuple[str, Any]] = []  # what it asked or told by itself: methods and parameters
        self.published: list[types.PublishDiagnosticsParams] = []
        self.registered: list[types.Registration] = []
        self._news = asyncio.Event()
        self._versions: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        handlers = lsp.protocol.fm.features
        self.on(types.CLIENT_REGISTER_CAPABILITY, lambda params: self.registered.extend(params.registrations))
        hear = lsp.protocol.handle_message
        lsp.protocol.handle_message = lambda message: self._hear(message, hear)  # type: ignore[method-assign]
        for method in (
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
            types.WINDOW_WORK_DONE_PROGRESS_CREATE,
            types.PROGRESS,
        ):
            handlers[method] = self._noting(handlers[method])

    def _hear(self, message: Any, hear: Callable[[Any], None]) -> None:
        if getattr(message, "method", None) is not None:
            self.sent.append((message.method, message.params))
        hear(message)

    def on(self, method: str, handler: Callable[[Any], Any]) -> None:
        """Have `handler` called with what comes by `method`; what it returns is the answer."""
        self.lsp.protocol.fm.features[method] = self._noting(handler)

    def _noting(self, handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def note(params: Any) -> Any:
            answer = handler(params)
            if isinstance(params, types.PublishDiagnosticsParams):
                self.published.append(params)
            self._news.set()
            return answer

        return note

    @property
    def process(self) -> int:
        assert self.lsp._server is not None
        return self.lsp._server.pid

    def open(self, where: Path | str, text: str, version: int = 1, language: str = "c") -> str:
        """A file, or a document by its URI."""
        uri = where if isinstance(where, str) else where.as_uri()
        self._versions[uri] = version
        self._texts[uri] = text
        item = types.TextDocumentItem(uri, language, version, text)
        self.lsp.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def edit(self, uri: str, *edits: Edit) -> int:
        changes: list[types.TextDocumentContentChangeEvent] = [
            types.TextDocumentContentChangePartial(
                range=types.Range(types.Position(*start), types.Position(*end)), text=text
            )
            for start, end, text in edits
        ]
        return self._change(uri, changes)

    def type_all(self, uri: str, text: str) -> int:
        """Replace the whole text."""
        self._texts[uri] = text
        return self._change(uri, [types.TextDocumentContentChangeWholeDocument(text)])

    def _change(self, uri: str, changes: list[types.TextDocumentContentChangeEvent]) -> int:
        self._versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(version=self._versions[uri], uri=uri)
        self.lsp.text_document_did_change(types.DidChangeTextDocumentParams(document, changes))
        return self._versions[uri]

    def save(self, uri: str, text: str | None = None) -> None:
        self.lsp.text_document_did_save(
            types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri), text)
        )

    def save_as(self, uri: str, text: str) -> int:
        """Type a whole text, and save it; the version that it has."""
        version = self.type_all(uri, text)
        self.save(uri)
        return version

    def close(self, uri: str) -> None:
        self.lsp.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    async def until(self, condition: Callable[[], Any]) -> Any:
        """What `condition` gives once it gives something, asked whenever the server says something."""
        return await asyncio.wait_for(self._until(condition), LIMIT)

    async def _until(self, condition: Callable[[], Any]) -> Any:
        while not (found := condition()):
            self._news.clear()
            await self._news.wait()
        return found

    async def until_answer(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """What `ask` gives once it gives something, asked again and again."""

        async def answered() -> Any:
            while not (found := await ask()):
                pass
            return found

        return await asyncio.wait_for(answered(), LIMIT)

    async def diagnostics(
        self,
        uri: str,
        version: int | None = None,
        *,
        having: Callable[[list[types.Diagnostic]], Any] = lambda _: True,
    ) -> list[types.Diagnostic]:
        """What `uri` shows, once that is for `version` and `having` holds of it."""

        def found() -> types.PublishDiagnosticsParams | None:
            for params in reversed(self.published):
                if params.uri == uri:
                    fits = (version is None or params.version == version) and having(list(params.diagnostics))
                    return params if fits else None
            return None

        return list((await self.until(found)).diagnostics)

    async def leave(self) -> None:
        await self.lsp.shutdown_session()


def capabilities(encodings: Iterable[str] = ("utf-16",), **more: Any) -> types.ClientCapabilities:
    """Those of an editor that can do all that we make use of."""
    publish = types.PublishDiagnosticsClientCapabilities(
        version_support=True,
        related_information=True,
        code_description_support=True,
        tag_support=types.ClientDiagnosticsTagOptions([types.DiagnosticTag.Unnecessary]),
    )
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(
            position_encodings=[types.PositionEncodingKind(name) for name in encodings]
        ),
        text_document=types.TextDocumentClientCapabilities(publish_diagnostics=publish),
        window=types.WindowClientCapabilities(work_done_progress=True),
        **more,
    )


@asynccontextmanager
async def connected(
    capable: types.ClientCapabilities | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    configuration: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    name: str | None = None,
    folders: Iterable[Path] = (),
    command: Sequence[str] = ("-m", "xdp_lsp", "serve"),
    started_in: Path | None = None,
) -> AsyncIterator[Client]:
    """A client of a server of its own, from `initialize` to `exit`."""
    lsp = make_test_lsp_client()
    if configuration is not None:
        lsp.set_configuration(configuration, section="xdp-lsp")
    client = Client(lsp)
    await lsp.start_io(sys.executable, *command, env={**os.environ, **(environment or {})}, cwd=started_in)
    answer = await lsp.initialize_session(
        types.InitializeParams(
            capable or capabilities(),
            initialization_options=options,
            client_info=types.ClientInfo(name) if name is not None else None,
            workspace_folders=[types.WorkspaceFolder(one.as_uri(), one.name) for one in folders] or None,
        )
    )
    client.offers = answer.capabilities
    process = client.process
    try:
        yield client
        await client.leave()
    finally:
        if lsp._server is not None and lsp._server.returncode is None:
            lsp._server.kill()
        await lsp.stop()
        await end_of_process(process)
