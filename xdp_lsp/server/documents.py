"""The texts that the client has open, and what was done to each since a text of it was named.

pygls keeps texts too, but splits their lines at form feeds and U+2028 (`str.splitlines`), which moves every
later position; so its own handlers are not used (see `app`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lsprotocol import types

from xdp_lsp.server.edits import Edit, replacement
from xdp_lsp.source import EditorPosition, Encoding, LineIndex, encode, path_key


@dataclass(slots=True, eq=False)
class _Moment:
    """A state of a document, and the edit that led from it to the next; None in the newest.

    Whoever holds an old one holds all that came after it, and nobody what came before.
    """

    edit: Edit | None = None
    next: _Moment | None = None
    is_named: bool = False  # a Text is of this moment


class Text(NamedTuple):
    """What a document held at one time, byte for byte."""

    contents: bytes
    moment: _Moment


class Document:
    """One open text. `saved` is what was opened or saved last: what the disk holds, as far as the client tells.

    One that is no file so far goes by its URI where others go by their path: `path` is then no place to look at.
    """

    def __init__(self, uri: str, path: str | None, version: int, text: str) -> None:
        self.uri = uri
        self.is_file = path is not None
        self.path = uri if path is None else path
        self.key = path_key(self.path)
        self.version = version
        self.language = ""  # as the client calls it
        self.is_new = False  # a file that was not there when it was opened, and was not saved so far
        self.index = LineIndex(text)
        self._before: _Moment | None = None
        self._moment = _Moment()
        self.saved = self.now()

    @property
    def text(self) -> str:
        return self.index.text

    @property
    def folder(self) -> str | None:
        """Where its file is."""
        return str(Path(self.path).parent) if self.is_file else None

    @property
    def is_edited(self) -> bool:
        """Whether anything was typed since `saved`."""
        return self.saved.moment is not self._moment

    def now(self) -> Text:
        """What the document holds now, to be compared with later."""
        if self._moment.is_named and not self.is_edited:
            return self.saved
        self._moment.is_named = True
        return Text(encode(self.text), self._moment)

    def edits_since(self, text: Text) -> list[Edit] | None:
        """The edits from `text` to what the document holds now, each in the coordinates that the one before left.

        None where `text` is not one of this document's.
        """
        edits = []
        moment = text.moment
        while moment.next is not None:
            assert moment.edit is not None
            edits.append(moment.edit)
            moment = moment.next
        return edits if moment is self._moment else None

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
        self._note(made)
        return made

    def _replace(self, change: types.TextDocumentContentChangePartial, encoding: Encoding) -> Edit:
        start = EditorPosition(change.range.start.line, change.range.start.character)
        end = EditorPosition(change.range.end.line, change.range.end.character)
        first, last = self.index.offset(start, encoding), self.index.offset(end, encoding)
        old = self.index
        self.index = old.replaced(first, last, change.text)
        return Edit(
            old.position(first, encoding),
            old.position(last, encoding),
            self.index.position(first + len(change.text), encoding),
        )

    def _note(self, edits: Iterable[Edit]) -> None:
        """What is typed on end becomes one edit, unless somebody wants to know of the moment in between."""
        for edit in edits:
            before = self._before
            joined = before.edit.joined(edit) if before is not None and before.edit is not None else None
            if before is not None and joined is not None and not self._moment.is_named:
                before.edit = joined
            else:
                self._before = self._moment
                self._before.edit, self._before.next = edit, _Moment()
                self._moment = self._before.next

    def save(self, text: str | None, encoding: Encoding) -> list[Edit]:
        """Marks the text as saved. `text` is what the client says it saved; should it differ from what was
        typed, it is right, and the edits that lead to it are returned."""
        made = []
        if text is not None and text != self.text:
            new = LineIndex(text)
            made.append(replacement(self.index, new, encoding))
            self.index = new
            self._note(made)
        self.saved = self.now()
        return made


class Documents:
    """The open documents, by URI and by `path_key`; None for one that is not open."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._by_key: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        """Each file once; of one that is open under two names what was opened last."""
        return iter(tuple(self._by_key.values()))

    @property
    def by_uri(self) -> Mapping[str, Document]:
        """All of them, those of one file under two names too."""
        return self._documents

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
