"""Open texts that the editor loads anew from the disk, as after `git checkout`: then nobody saves them.

The news that the disk holds another text may come before the editor's edit or after it.
"""

from __future__ import annotations

from xdp_lsp.pipeline.files import LARGEST_SOURCE, UnreadableError, read_file
from xdp_lsp.server.documents import Document
from xdp_lsp.source import encode


class Reloads:
    """Files are known by their `path_key`."""

    def __init__(self) -> None:
        self._changed: set[str] = set()  # on the disk, and the editor may have an older text

    def changed_on_disk(self, file: str) -> None:
        self._changed.add(file)

    def forget(self, file: str) -> None:
        """The editor's text is the file's, or the editor has none."""
        self._changed.discard(file)

    def is_one(self, document: Document) -> bool:
        """Whether `document` has come to hold what the disk does without having been saved. It is told once."""
        if document.key not in self._changed:
            return False
        try:
            contents = read_file(document.path, LARGEST_SOURCE)
        except UnreadableError:
            return False
        if contents != encode(document.text):
            return False  # edited as well, or not reloaded yet
        self._changed.discard(document.key)
        return contents != document.saved.contents
