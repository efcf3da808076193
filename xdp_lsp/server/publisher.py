"""Publishes what each file shows, where it stands in the text that the user sees by now.

At a keystroke nothing is published, since editors move their squiggles themselves, unless it touches the text of one:
then the rest is published anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import NamedTuple

from lsprotocol import types

from xdp_lsp.analysis.words import some
from xdp_lsp.server.board import Board, shifted
from xdp_lsp.server.configurations import Configurations
from xdp_lsp.server.diagnostics import Placed
from xdp_lsp.server.documents import Document, Documents, Text
from xdp_lsp.server.edits import Edit
from xdp_lsp.server.roots import Root
from xdp_lsp.server.uris import uri_of
from xdp_lsp.source import path_key


class Said(NamedTuple):
    """Diagnostics, and the texts (by `path_key`) that they speak of."""

    placed: Iterable[Placed]
    texts: Mapping[str, Text]


class Publisher:
    """`send` takes what goes to the client. Files are known by their `path_key`. `includers` gives the files of the
    roots that are known to include one."""

    def __init__(
        self,
        documents: Documents,
        send: Callable[[types.PublishDiagnosticsParams], None],
        includers: Callable[[str], Collection[str]],
        configurations: Configurations,
    ) -> None:
        self._documents = documents
        self._send = send
        self._includers = includers
        self._board = Board(configurations.united)
        self._sent: dict[str, list[types.Diagnostic]] = {}
        self._published: dict[str, str] = {}  # file: the URI under which it shows something
        self._paths: dict[str, str] = {}  # how reports spell a file

    def shown(self, key: str) -> list[types.Diagnostic]:
        """All that the file `key` shows, where it stands by now."""
        return self._board.shown(key, partial(self._whose, frozenset(self._includers(key))))

    def say(self, owner: Root, *said: Said, always: bool = False) -> None:
        """Show `said` in place of what `owner` said before. With `always`, its own file is published even if
        that changes nothing: then the client knows that this is the answer for this version."""
        placed: dict[str, list[types.Diagnostic]] = {}
        for one in said:
            for key, diagnostics in self._where_they_stand(one).items():
                placed.setdefault(key, []).extend(diagnostics)
        changed = self._board.replace(owner, placed)
        if always:
            changed.add(owner.file)
        for key in sorted(changed):
            self._publish(key)

    def renew(self) -> None:
        """Other roots are known to include what: of some findings it is to be told whose they are, or no more."""
        for key in sorted(self._board.files):
            if key in self._published and self.shown(key) != self._sent.get(key):
                self._publish(key)

    def opened(self, document: Document) -> None:
        """What `document` shows goes by its URI and version now."""
        if document.key in self._published:
            self._publish(document.key)

    def shift(self, document: Document, edits: Sequence[Edit]) -> None:
        """Move what is shown in `document` and what leads to it, as the client does with what it shows."""
        key = document.key
        if self._documents.by_key(key) is not document:
            return
        if self._board.shift(key, document.uri, edits):
            self._publish(key)
        elif key in self._published and edits:
            self._sent[key] = self.shown(key)  # that is no news to the client

    def _where_they_stand(self, said: Said) -> dict[str, list[types.Diagnostic]]:
        """The diagnostics by file."""
        found: dict[str, list[types.Diagnostic]] = {}
        keys = {path: path_key(path) for path in {path for path, _ in said.placed}}
        for path, diagnostic in said.placed:
            key = keys[path]
            self._paths.setdefault(key, path)
            found.setdefault(key, []).append(diagnostic)
        for document in self._documents:
            text = said.texts.get(document.key)
            edits = document.edits_since(text) if text is not None else None
            if edits != []:
                for key, diagnostics in found.items():
                    found[key] = shifted(diagnostics, document.uri, edits, is_here=key == document.key)
        return found

    def _whose(self, includers: frozenset[str], owners: Collection[Hashable]) -> str:
        """Which of those that include a file say something of it, where that is not all of them."""
        said = includers & {owner.file for owner in owners if isinstance(owner, Root)}
        if not said or said == includers:
            return ""
        return f"(as part of {some(sorted(PurePath(one).name for one in said))})"

    def _publish(self, key: str) -> None:
        document = self._documents.by_key(key)
        shown = self._sent[key] = self.shown(key)
        before = self._published.get(key)
        uri = document.uri if document is not None else before or uri_of(self._paths.get(key, key))
        if before is not None and before != uri:
            self._send(types.PublishDiagnosticsParams(before, []))
        version = document.version if document is not None else None
        self._send(types.PublishDiagnosticsParams(uri, shown, version))
        if shown:
            self._published[key] = uri
        else:
            self._published.pop(key, None)
            del self._sent[key]
