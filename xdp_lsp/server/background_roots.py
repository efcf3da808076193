"""Programs that nobody has open, analysed for what they say of an open header or part of a unity build.

The index of the folder names them. It errs on the side of naming too many: what turns out not to include the file
makes room for the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from xdp_lsp.pipeline.bpf_source import LARGEST_INCLUDE, traits_of
from xdp_lsp.pipeline.files import UnreadableError, read_file
from xdp_lsp.pipeline.workspace import Index
from xdp_lsp.server.documents import Document, Documents
from xdp_lsp.server.roots import Root, RootState
from xdp_lsp.server.uris import uri_of
from xdp_lsp.server.workspace import Workspaces
from xdp_lsp.source import decode

MOST_ROOTS = 8  # for one file
MOST_TRIED = 24  # of those that the index names for it
MOST_HELD = 32  # for all open files
LARGEST = 4 << 20  # bytes of one that nobody has open

_HEADERS = frozenset({".h", ".hh", ".hpp", ".hxx", ".inc"})


def is_source(document: Document) -> bool:
    """Whether it can be compiled, by its name and language."""
    suffix = Path(document.path).suffix.lower()
    return document.is_file and (suffix == ".c" or (document.language == "c" and suffix not in _HEADERS))


def is_c(document: Document) -> bool:
    """Whether it is a source, or can be included by one."""
    is_header = Path(document.path).suffix.lower() in _HEADERS
    return is_source(document) or (document.is_file and is_header)


def read_unopened(path: str) -> Document | None:
    """The file at `path` as the disk has it, for a root that nobody has open; None where it cannot be read."""
    try:
        return Document(uri_of(path), path, 0, decode(read_file(path, LARGEST)))
    except UnreadableError:
        return None


class BackgroundRoots:
    """Which roots open `documents` are to be seen through. `roots` are those that there are, open or not."""

    def __init__(
        self, documents: Documents, roots: Mapping[Root, RootState], workspaces: Workspaces | None
    ) -> None:
        self._documents = documents
        self._roots = roots
        self._workspaces = workspaces  # None where nothing of the folder may be used
        # A root and what it does not include after all, with the files that this rests on.
        self._refuted: dict[tuple[str, str], frozenset[str]] = {}
        self._found: dict[str, tuple[str, ...]] = {}  # what `of` has answered, by document

    def need(self, document: Document) -> None:
        """`document` was opened."""
        if self._workspaces is not None and is_c(document):
            self._workspaces.need(document.path)

    def is_open(self, root: Root) -> bool:
        return self._documents.by_key(root.file) is not None

    def is_part(self, document: Document) -> bool:
        """Whether a source is only to be seen through others."""
        index = self._index_for(document)
        return index is not None and index.is_part(document.key)

    def is_undecided(self, document: Document) -> bool:
        """Whether that is about to be known; not of what tells by itself that it is no part."""
        return (
            self._workspaces is not None
            and self._workspaces.is_waited_for(document.path)
            and not _has_license(document)
        )

    def is_looked_for(self, document: Document) -> bool:
        """Whether the roots of a document are about to be known."""
        return (
            self._workspaces is not None
            and is_c(document)
            and not is_source(document)
            and self._workspaces.is_waited_for(document.path)
        )

    def of(self, document: Document) -> tuple[str, ...]:
        """The roots, by `path_key`, that `document`, no root itself, is seen through: the nearest first."""
        if document.key not in self._found:
            self._found[document.key] = tuple(islice(self._possible(document, MOST_TRIED), MOST_ROOTS))
        return self._found[document.key]

    def left_out(self, document: Document) -> int:
        """How many more there may be."""
        return sum(1 for _ in self._possible(document)) - len(self.of(document))

    def wanted(self) -> dict[str, str]:
        """The paths of the roots that are needed and not open, by `path_key`."""
        found: dict[str, str] = {}
        for document in self._documents:
            index = self._index_for(document)
            if index is not None and is_c(document) and Root(document.key) not in self._roots:
                for root in self.of(document):
                    if self._documents.by_key(root) is None and root in index.entries:
                        found[root] = index.path_of(root)
        return dict(islice(found.items(), MOST_HELD))

    def learn(self, file: str) -> bool:
        """What came of the roots that `file` is, in its configurations. Whether `wanted` may be otherwise now.

        It stays a root of what it includes in one of them; while one is not known, of all.
        """
        states = [state for root, state in self._roots.items() if root.file == file]
        if not all(state.knows_dependencies or state.holds_no_program for state in states):
            return False
        before = len(self._refuted)
        for document in self._documents:
            if file in self.of(document) and not any(state.is_root_of(document.key) for state in states):
                read = frozenset[str]().union(*(state.dependencies for state in states))
                self._refuted[file, document.key] = read | self._included(document, file)
        if len(self._refuted) == before:
            return False
        self._found.clear()
        return True

    def changed(self, *files: str) -> bool:
        """What `files` hold is another now. Whether `wanted` may be otherwise."""
        new = frozenset(files)
        outdated = [one for one, read in self._refuted.items() if one[0] in new or not new.isdisjoint(read)]
        for one in outdated:
            del self._refuted[one]
        if outdated:
            self._found.clear()
        return bool(outdated)

    def doubt(self) -> None:
        """What was found and learned may be otherwise."""
        self._refuted.clear()
        self._found.clear()

    def _included(self, document: Document, file: str) -> frozenset[str]:
        """What else the index has `file` include: what is not compiled has not told."""
        index = self._index_for(document)
        entry = index.entries.get(file) if index is not None else None
        return entry.includes - {document.key} if entry is not None else frozenset()

    def _index_for(self, document: Document) -> Index | None:
        return self._workspaces.index_for(document.path) if self._workspaces is not None else None

    def _possible(self, document: Document, most: int | None = None) -> Iterator[str]:
        index = self._index_for(document)
        if index is not None:
            for root in islice(index.roots_of(document.key), most):
                if (root, document.key) not in self._refuted:
                    yield root


def _has_license(document: Document) -> bool:
    """As the index asks; of a large text, which is no part of another, it is not worth asking."""
    contents = document.saved.contents
    return len(contents) > LARGEST_INCLUDE or traits_of(contents).has_license
