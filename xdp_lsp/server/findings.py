"""What is said of each root: findings where they stand, and what has no place in a file, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from xdp_lsp.analysis import Status
from xdp_lsp.server.background_roots import BackgroundRoots
from xdp_lsp.server.diagnostics import Style, diagnostics_of, earlier_of, failure_of, problem_of
from xdp_lsp.server.documents import Documents
from xdp_lsp.server.publisher import Publisher, Said
from xdp_lsp.server.roots import Root, RootState
from xdp_lsp.settings import ON_TYPE, Origin
from xdp_lsp.source import path_key


class Findings:
    """What `roots` have heard, shown by `publisher`. A root that nobody has open speaks of open `documents` alone."""

    def __init__(
        self,
        server: LanguageServer,
        documents: Documents,
        roots: Mapping[Root, RootState],
        *,
        background: BackgroundRoots,
        publisher: Publisher,
        style: Style,
    ) -> None:
        self._server = server
        self._documents = documents
        self._roots = roots
        self._background = background
        self._publisher = publisher
        self._style = style
        self._told: set[str] = set()

    def show(self, root: Root, *, always: bool = False) -> None:
        """Show what was heard last, where it stands by now. `always` is as in `Publisher.say`."""
        state = self._roots[root]
        if state.shown is None:
            return
        report, texts, _ = state.shown
        is_open = self._background.is_open(root)
        is_shown = (lambda _: True) if is_open else self._is_document
        placed = diagnostics_of(report, self._style, is_shown)
        is_ours = report.analysis.status is not Status.NO_PROGRAM
        if is_ours:
            problems = [problem_of(problem, self._style) for problem in state.problems if problem.path]
            placed += [one for one in problems if is_shown(one[0])]
        said = [Said(placed, texts)]
        if state.settings.run == ON_TYPE and not state.shown.compiles and state.finished is not None:
            # A text that is half typed breaks and mends all the time: what was found last stays, and says so.
            earlier, texts, _ = state.finished
            said.append(Said(earlier_of(earlier, self._style), texts))
        self._publisher.say(root, *said, always=always and is_ours and is_open)

    def _is_document(self, path: str) -> bool:
        return self._documents.by_key(path_key(path)) is not None

    def fail(self, root: Root, sentence: str) -> None:
        """The newest request about `root` has brought nothing: show why."""
        state = self._roots[root]
        state.shown, state.failure = None, sentence
        is_open = self._background.is_open(root)
        placed = [failure_of(state.document.path, sentence, self._style)] if is_open else []
        self._publisher.say(root, Said(placed, state.texts), always=is_open)

    def tell(self, state: RootState, remarks: Iterable[str]) -> None:
        """A wrong setting of the client's as a message; `remarks` in the log."""
        for problem in state.problems:
            if problem.origin is Origin.EDITOR and self._is_news(str(problem)):
                message = types.ShowMessageParams(types.MessageType.Warning, f"xdp-lsp: {problem}")
                self._server.window_show_message(message)
        for remark in filter(self._is_news, remarks):
            self._server.window_log_message(types.LogMessageParams(types.MessageType.Info, remark))

    def _is_news(self, sentence: str) -> bool:
        is_new = sentence not in self._told
        self._told.add(sentence)
        return is_new
