"""The code of open files as documents of the client's: which it was given, and what they show.

A listing is a virtual document, `xdp-lsp:/bytecode/src/prog.c.bpf` for /src/prog.c. A client that knows of such
documents (LSP 3.18, or by our own request) asks for its text; any other can be shown a file in the user's cache.
Questions about a listing are answered from what the client was given, whatever has come since; it is told when there is
something newer.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePath
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from xdp_lsp.ide.bytecode import Listing, note, rows
from xdp_lsp.server.cache_files import write_cached
from xdp_lsp.server.roots import Freshness
from xdp_lsp.server.uris import as_path, path_of, uri_of
from xdp_lsp.server.view import View
from xdp_lsp.server.views import Views
from xdp_lsp.source import path_key

SCHEME = "xdp-lsp"
CHANGED = "xdp-lsp/bytecodeChanged"
# What listings are to a client: virtual documents, or files of the cache.
SELECTOR: tuple[types.DocumentFilter, ...] = (
    types.TextDocumentFilterScheme(scheme=SCHEME),
    types.TextDocumentFilterPattern(pattern="**/xdp-lsp/bytecode/*/*.bpf", scheme="file"),
)
_FOLDER = "/bytecode"
_SUFFIX = ".bpf"
ROWS_AT_A_TIME = 250  # that are made before others have a turn: some 5 ms

_RUNNING = "is being analysed"
_NOTES = {
    Freshness.RUNNING: "the newest is being analysed",
    Freshness.BROKEN: "the newest does not compile",
    Freshness.FAILED: "the analysis of the newest came to nothing",
}

_log = logging.getLogger(__name__)


class Given(NamedTuple):
    """A listing that the client has of the file at `path`, which was open as `source`.

    `view` is how that stood, its own or that of a file that includes it; None where nothing was known.
    """

    path: str
    source: str
    listing: Listing
    view: View | None

    def character(self, position: types.Position) -> int | None:
        """The index into the text of its row that `position` is at; None past the end, and where nothing is known."""
        if self.view is None or position.line >= len(self.listing.rows):
            return None
        return self.view.encoding.index(self.listing.rows[position.line].text, position.character)

    def range(self, row: int, start: int = 0, end: int | None = None) -> types.Range:
        """A stretch of a row, by indices into its text; by itself all of it."""
        text = self.listing.rows[row].text
        units = self.view.encoding.units if self.view is not None else len
        return types.Range(types.Position(row, units(text[:start])), types.Position(row, units(text[:end])))


def listing_uri(path: str) -> str:
    """The virtual document of the file at `path` (absolute)."""
    named = PurePath(path).as_posix().lstrip("/")
    return f"{SCHEME}:{quote(f'{_FOLDER}/{named}{_SUFFIX}', errors='surrogateescape')}"


def _source_of(uri: str) -> str | None:
    """The path of the file whose virtual document `uri` is; None where it is none."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    path = unquote(parts.path, errors="surrogateescape")
    if parts.scheme != SCHEME or not path.startswith(f"{_FOLDER}/") or not path.endswith(_SUFFIX):
        return None
    named = path.removeprefix(_FOLDER).removesuffix(_SUFFIX)
    return as_path(named if PurePath(named).is_absolute() else named.lstrip("/"))


class Listings:
    """The listings that one client was given."""

    def __init__(self, server: LanguageServer, capabilities: types.ClientCapabilities, views: Views) -> None:
        self._server = server
        self._views = views
        workspace, window = capabilities.workspace, capabilities.window
        contents = workspace.text_document_content if workspace is not None else None
        # It has to be asked for after the start: pygls announces nothing of it.
        self.has_contents = contents is not None and bool(contents.dynamic_registration)
        self._can_show = window is not None and bool(window.show_document and window.show_document.support)
        self._given: dict[str, Given] = {}  # by the `path_key` of the source
        self._asked: set[str] = set()  # those that the client asked for by our own request
        self._files: dict[str, Path] = {}  # those that it was shown as files
        self._sources: dict[str, str] = {}  # by the `path_key` of such a file, that of its source
        self._tasks: set[asyncio.Task[None]] = set()

    # What the client asks

    async def contents(self, uri: str) -> str | None:
        """The text of the virtual document `uri`; None where it is none."""
        path = _source_of(uri)
        return None if path is None else (await self._give(self._views.uri_of(path))).listing.text

    async def ask(self, source: str) -> Given | None:
        """The listing for clients with documents of their own; None where it is of no file.

        `source` is a C file or, where the client has only that, the virtual document.
        """
        path = _source_of(source)
        if path is not None:
            source = self._views.uri_of(path)
        elif path_of(source) is None:
            return None
        given = await self._give(source)
        self._asked.add(path_key(given.path))
        return given

    def given(self, uri: str) -> Given | None:
        """What the client was given as `uri`: a virtual document, or a file of the cache."""
        path = _source_of(uri)
        if path is not None:
            return self._given.get(path_key(path))
        file = path_of(uri)
        return None if file is None else self._given.get(self._sources.get(path_key(file), ""))

    async def show(self, source: str, row_of: Callable[[Given], int | None]) -> str | None:
        """Show the listing of `source` at a row of it. Why that cannot be, in a sentence."""
        if path_of(source) is None:
            return f"{source} is no file."
        if not self._can_show:
            return (
                "This editor shows no documents when it is asked to; `xdp-lsp disasm FILE` prints the code."
            )
        given = await self._give(source)
        try:
            uri = listing_uri(given.path) if self.has_contents else self._write(given)
        except OSError as error:
            return f"The code cannot be written to the cache: {error.strerror}."
        place = types.Position(row_of(given) or 0, 0)
        await self._server.window_show_document_async(
            types.ShowDocumentParams(uri, take_focus=True, selection=types.Range(place, place))
        )
        return None

    # What becomes new

    def renew(self, path: str) -> None:
        """Something else is known of the file at `path`: the client is told, if it was given its listing."""
        given = self._given.get(path_key(path))
        if given is not None:
            task = asyncio.get_running_loop().create_task(self._renew(given))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """The client leaves: it holds what it was shown."""
        for task in self._tasks:
            task.cancel()
        for file in self._files.values():
            with suppress(OSError):
                file.unlink()

    async def _renew(self, given: Given) -> None:
        key = path_key(given.path)
        newer = await self._make(given.source)
        if newer.listing.text == given.listing.text:
            return
        uri = listing_uri(given.path)
        if key in self._files:
            self._given[key] = newer
            try:
                self._write(newer)
            except OSError as error:
                _log.warning("The listing of %s cannot be written: %s", given.path, error)
        if key in self._asked:
            self._server.protocol.notify(CHANGED, {"uri": newer.source, "listing": uri})
        if self.has_contents:
            try:
                await self._server.workspace_text_document_content_refresh_async(
                    types.TextDocumentContentRefreshParams(uri)
                )
            except JsonRpcException as error:
                _log.info("The client does not refresh %s: %s", uri, error)

    # How both are done

    async def _give(self, source: str) -> Given:
        given = await self._make(source)
        self._given[path_key(given.path)] = given
        return given

    async def _make(self, source: str) -> Given:
        view = self._views.of(source)
        if view is None:
            path = path_of(source) or ""
            what = _RUNNING if self._views.is_coming(source) else "is not open, or holds no XDP program"
            return Given(path, source, Listing((note(f"{PurePath(path).name} {what}"),)), None)
        path, notes = view.report.analysis.path, _notes(view)
        before = self._given.get(path_key(path))
        known = before.view if before is not None else None
        if (
            before is not None
            and known is not None
            and known.report is view.report
            and _notes(known) == notes
        ):
            return before._replace(view=view)
        made = []
        for row in rows(view.report, notes):
            made.append(row)
            if len(made) % ROWS_AT_A_TIME == 0:
                await asyncio.sleep(0)
        return Given(path, self._views.uri_of(path), Listing(tuple(made)), view)

    def _write(self, given: Given) -> str:
        """The URI of the file with a listing. Raises OSError."""
        key = path_key(given.path)
        folder = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        name = f"{PurePath(given.path).name}{_SUFFIX}"
        file = self._files[key] = write_cached(("bytecode", folder), name, given.listing.text)
        self._sources[path_key(str(file))] = key
        return uri_of(str(file))


def _notes(view: View) -> list[str]:
    name = PurePath(view.path).name
    if view.report.insight is None:
        reason = view.report.analysis.reason
        return [reason.rstrip(".") or f"{name} {_RUNNING}"]
    why = _NOTES.get(view.freshness)
    return [] if why is None else [f"of an earlier text of {name}: {why}"]
