"""Which roots there are: they come and go with open documents, their configurations, and what the index tells.

A root is an open source, once for each way in which it is compiled; and, in the background, a source that nobody has
open while an open header or part of a unity build is seen through it. Neither a header nor a part is a root itself.
"""

from __future__ import annotations

from collections.abc import Callable

from xdp_lsp.server.background_roots import BackgroundRoots, is_source, read_unopened
from xdp_lsp.server.checks import Checks
from xdp_lsp.server.configurations import Configurations
from xdp_lsp.server.documents import Document, Documents
from xdp_lsp.server.findings import Findings
from xdp_lsp.server.publisher import Publisher
from xdp_lsp.server.roots import Root, RootState


class RootTable:
    """The one that adds to `roots` and takes from them. What comes is checked, and what goes says nothing any more.

    `on_change` is called when the roots of a document may be others.
    """

    def __init__(
        self,
        documents: Documents,
        roots: dict[Root, RootState],
        *,
        background: BackgroundRoots,
        configurations: Configurations,
        checks: Checks,
        findings: Findings,
        publisher: Publisher,
        on_change: Callable[[], None],
    ) -> None:
        self._documents = documents
        self._roots = roots
        self._background = background
        self._configurations = configurations
        self._checks = checks
        self._findings = findings
        self._publisher = publisher
        self._on_change = on_change

    def of(self, document: Document) -> list[Root]:
        """The roots of an open document, in the order in which they are to be checked."""
        roots = (root for root, state in self._roots.items() if state.document is document)
        return self._configurations.in_order(roots)

    def opened(self, document: Document) -> None:
        """`document` is open; any that is said of another text of it is asked for anew."""
        outdated = [root for root, state in self._roots.items() if not state.bind(document)]
        root = Root(document.key)
        if self._is_root(document):
            before = self._roots.get(root)
            if before is None or self._documents.get(before.document.uri) is before.document:
                self._roots[root] = RootState(document)
            for one in self._configurations.in_order(one for one in self._roots if one.file == document.key):
                self._roots[one].document = document  # it may have been a root in the background
                self._checks.check(one)
        else:
            self._publisher.opened(document)
        for one in outdated:
            if one.file != document.key:
                self._findings.show(one)
                self._checks.check(one)
        self.reconsider_background()

    def closed(self, document: Document) -> None:
        for root in self.of(document):
            self._drop(root)

    def reconsider(self) -> None:
        """More is known of the folder: what is a part of others is not checked by itself, what is none is."""
        self._background.doubt()
        for document in self._documents:
            root = Root(document.key)
            is_root = self._is_root(document)
            if root in self._roots and not is_root and self._roots[root].document is document:
                for one in self.of(document):
                    self._drop(one)
            elif is_root and root not in self._roots:
                self._roots[root] = RootState(document)
            if root in self._roots and not self._roots[root].is_asked:
                self._checks.check(root)
        self.reconsider_background()

    def reconsider_background(self) -> None:
        """Hold the roots that are needed in the background, and no others; they speak of open documents alone."""
        wanted = self._background.wanted()
        for root in [one for one in self._roots if not self._background.is_open(one)]:
            if root.file in wanted:
                self._findings.show(root)
            else:
                self._drop(root)
        held = {root.file for root in self._roots}
        for key, path in wanted.items():
            document = read_unopened(path) if key not in held else None
            if document is not None:
                self._roots[Root(key)] = RootState(document)
                self._checks.check(Root(key))
        self._on_change()

    def reconcile(self, file: str) -> None:
        """Other configurations of `file` are known than those that it has roots for."""
        document = self._roots[Root(file)].document
        wanted = self._configurations.wanted(file)
        for root in [one for one in self._roots if one.file == file and one not in wanted]:
            self._drop(root)
        for root in self._configurations.in_order(one for one in wanted if one not in self._roots):
            self._roots[root] = RootState(document)
            self._checks.check(root)
        self._publisher.renew()
        self._on_change()

    def _is_root(self, document: Document) -> bool:
        return is_source(document) and not self._background.is_part(document)

    def _drop(self, root: Root) -> None:
        self._checks.forget(root)
        del self._roots[root]
        if not any(one.file == root.file for one in self._roots):
            # Else, when it is one again, its first report would be no news, and only its first configuration checked.
            self._configurations.forget(root.file)
        self._publisher.say(root)
        self._publisher.renew()
