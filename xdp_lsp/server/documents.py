"""The texts that the client has open, and what was done to each since it was last saved.

pygls keeps texts too, but splits their lines at form feeds and U+2028 (`str.splitlines`), which moves every
later position; so its own handlers are not used (see `app`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lsprotocol import types

from xdp_lsp.server.edits import Edit, replacement
from xdp_lsp.source import EditorPosition, Encoding, LineIndex, encode, path_key


class Text(NamedTuple):
    """What a document held at one time, byte for byte; its version as the client counts; how many edits led to it."""

    version: int
    contents: bytes
    edits: int = 0


class Document:
    """One open text.

    `saved` is what was opened or saved last; `analysed` is what the last finished result speaks of. The edits that led
    from either to `text` are kept, each in the coordinates that the one before left.
    """

    def __init__(self, uri: str, path: str, version: int, text: str) -> None:
        self.uri = uri
        self.path = path
        self.key = path_key(path)
        self.version = version
        self.index = LineIndex(text)
        self.saved = self.analysed = Text(version, encode(text))
        self._edits: list[Edit] = []
        self._dropped = 0  # edits that nobody asks for any more

    @property
    def text(self) -> str:
        return self.index.text

    def edits_since(self, text: Text) -> list[Edit]:
        """The edits from `text`, which is `saved` or `analysed`, to what the document holds now."""
        return self._edits[text.edits - self._dropped :]

    def has_result_for(self, text: Text) -> None:
        """A result has come that speaks of `text`."""
        self.analysed = text
        self._drop()

    def _drop(self) -> None:
        unneeded = min(self.saved.edits, self.analysed.edits) - self._dropped
        del self._edits[:unneeded]
        self._dropped += unneeded

    def change(
        self, version: int, changes: Iterable[types.TextDocumentContentChangeEvent], encoding: Encoding
    ) -> list[Edit]:
        """Takes over what the client typed; the edits that it amounts to."""
        made = []
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                made.append(self._replace(change, encoding))
            else:
                new = LineIndex(change.text)
                made.append(replacement(self.index, new, encoding))
                self.index = new
        self.version = version
        self._edits += made
        return made

    def _replace(self, change: types.TextDocumentContentChangePartial, encoding: Encoding) -> Edit:
        start = EditorPosition(change.range.start.line, change.range.start.character)
        end = EditorPosition(change.range.end.line, change.range.end.character)
        first, last = self.index.offset(start, encoding), self.index.offset(end, encoding)
        old = self.index
        self.index = LineIndex(old.text[:first] + change.text + old.text[last:])
        return Edit(
            old.position(first, encoding),
            old.position(last, encoding),
            self.index.position(first + len(change.text), encoding),
        )

    def save(self, text: str | None, encoding: Encoding) -> list[Edit]:
        """Marks the text as saved. `text` is what the client says it saved; should it differ from what was
        typed, it is right, and the edits that lead to it are returned."""
        made = []
        if text is not None and text != self.text:
            new = LineIndex(text)
            made.append(replacement(self.index, new, encoding))
            self.index = new
        self._edits += made
        self.saved = Text(self.version, encode(self.text), self._dropped + len(self._edits))
        self._drop()
        return made


class Documents:
    """The open documents, by URI and by `path_key`; None for one that is not open."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._by_key: dict[str, Document] = {}

    def open(self, document: Document) -> None:
        self._documents[document.uri] = document
        self._by_key[document.key] = document

    def get(self, uri: str) -> Document | None:
        return self._documents.get(uri)

    def by_key(self, key: str) -> Document | None:
        return self._by_key.get(key)

    def close(self, uri: str) -> Document | None:
        document = self._documents.pop(uri, None)
        if document is not None and self._by_key.get(document.key) is document:
            del self._by_key[document.key]
        return document
