"""The language server: which message means what. What is done about it is the session's affair."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from xdp_lsp import __version__
from xdp_lsp.project import FLAG_FILES
from xdp_lsp.server.client_settings import SECTION
from xdp_lsp.server.documents import Document
from xdp_lsp.server.features import FEATURES, bytecode, in_listings, listing_tokens
from xdp_lsp.server.lifetime import watch_process
from xdp_lsp.server.protocol import Protocol
from xdp_lsp.server.session import Session
from xdp_lsp.server.uris import is_untitled, path_of
from xdp_lsp.server.workers import WorkerPool
from xdp_lsp.settings import FILE_NAME

if TYPE_CHECKING:
    from pygls.server import ServerErrors

_WATCHED = (f"**/{FILE_NAME}", *(f"**/{name}" for name in FLAG_FILES), "**/*.[ch]")

# pygls answers these itself, with texts whose lines it splits at form feeds; ours are in `documents`. Its
# handlers also keep a future for every change that ever came. Its progress is not ours.
_OURS = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL,
)

_log = logging.getLogger(__name__)


class XdpServer(LanguageServer):
    """`session` is None until the client has sent `initialize`; what comes before that is not heard."""

    def __init__(self, pool: WorkerPool) -> None:
        super().__init__("xdp-lsp", __version__, protocol_cls=Protocol)
        self.pool = pool
        self.session: Session | None = None
        for method in _OURS:
            self.protocol.fm.builtin_features.pop(method)
        _register(self)

    def report_server_error(self, error: Exception, source: ServerErrors) -> None:
        """For the log: a message that is out of order is the client's affair, nothing to bother users with."""
        _log.warning("%s: %s", source.__name__, error)
        data = getattr(error, "data", None)
        if isinstance(data, dict) and "traceback" in data:
            _log.warning("%s", "".join(data["traceback"]))

    def leave(self) -> None:
        """The client is gone, though its end of the pipe is still open."""
        self._leaving = asyncio.get_running_loop().create_task(self._leave())

    async def _leave(self) -> None:
        await self.pool.close()
        os._exit(1)  # a thread still waits for the next message


def _register(server: XdpServer) -> None:
    for method, handler in _HANDLERS.items():
        server.feature(method)(handler)
    server.feature(types.TEXT_DOCUMENT_DID_SAVE, types.SaveOptions(include_text=True))(_did_save)
    for feature in FEATURES:
        feature.register(server)


def _initialize(ls: XdpServer, params: types.InitializeParams) -> None:
    if ls.session is None:
        ls.session = Session(ls, ls.pool, params)
        listing_tokens.announce(ls)
        if params.process_id is not None:
            watch_process(params.process_id, ls.leave)


def _initialized(ls: XdpServer, _params: types.InitializedParams) -> None:
    if ls.session is not None:
        registrations = [
            *_registrations(ls),
            *bytecode.registrations(ls),
            *in_listings.registrations(ls),
        ]
        if registrations:
            ls.client_register_capability(types.RegistrationParams(registrations))
        ls.session.settings.ask_once()


def _registrations(ls: XdpServer) -> list[types.Registration]:
    """What can only be asked for after the start, as far as the client lets us."""
    workspace = ls.client_capabilities.workspace
    wanted = []
    if (
        workspace
        and workspace.did_change_configuration
        and workspace.did_change_configuration.dynamic_registration
    ):
        options = types.DidChangeConfigurationRegistrationOptions(SECTION)
        wanted.append(types.Registration("configuration", types.WORKSPACE_DID_CHANGE_CONFIGURATION, options))
    if (
        workspace
        and workspace.did_change_watched_files
        and workspace.did_change_watched_files.dynamic_registration
    ):
        watchers = [types.FileSystemWatcher(pattern) for pattern in _WATCHED]
        files = types.DidChangeWatchedFilesRegistrationOptions(watchers)
        wanted.append(types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, files))
    return wanted


def _did_open(ls: XdpServer, params: types.DidOpenTextDocumentParams) -> None:
    item = params.text_document
    path = path_of(item.uri)
    if ls.session is not None and (path is not None or is_untitled(item.uri)):
        ls.session.opened(Document(item.uri, path, item.version, item.text), item.language_id)


def _did_change(ls: XdpServer, params: types.DidChangeTextDocumentParams) -> None:
    if ls.session is not None:
        ls.session.changed(params.text_document.uri, params.text_document.version, params.content_changes)


def _did_save(ls: XdpServer, params: types.DidSaveTextDocumentParams) -> None:
    if ls.session is not None:
        ls.session.saved(params.text_document.uri, params.text)


def _did_close(ls: XdpServer, params: types.DidCloseTextDocumentParams) -> None:
    if ls.session is not None:
        ls.session.closed(params.text_document.uri)


def _did_change_configuration(ls: XdpServer, params: types.DidChangeConfigurationParams) -> None:
    if ls.session is not None:
        ls.session.settings.changed(params.settings)


def _did_change_watched_files(ls: XdpServer, params: types.DidChangeWatchedFilesParams) -> None:
    if ls.session is not None:
        if any(change.type is not types.FileChangeType.Changed for change in params.changes):
            ls.session.folders.generation += 1
        paths = (path_of(change.uri) for change in params.changes)
        ls.session.files_changed(path for path in paths if path is not None)


def _stop(ls: XdpServer, params: types.WorkDoneProgressCancelParams) -> None:
    if ls.session is not None:
        ls.session.stop_one(params.token)


def _shutdown(ls: XdpServer, _params: None) -> None:
    if ls.session is not None:
        ls.session.stop()


_HANDLERS: dict[str, Any] = {
    types.INITIALIZE: _initialize,
    types.INITIALIZED: _initialized,
    types.TEXT_DOCUMENT_DID_OPEN: _did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: _did_change,
    types.TEXT_DOCUMENT_DID_CLOSE: _did_close,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: _did_change_configuration,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: _did_change_watched_files,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL: _stop,
    types.SHUTDOWN: _shutdown,
}
