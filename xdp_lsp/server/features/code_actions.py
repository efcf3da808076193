"""textDocument/codeAction: changes that were tried in a worker process before they are offered.

What is asked about is the text as it is now, whether saved or not: the edits are of it. Where nothing was found there
is nothing to try, so that a cursor that moves costs nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from xdp_lsp.ide.actions import Action, ActionKind, ActionsRequest, Lines, TextEdit
from xdp_lsp.pipeline import SourceSnapshot
from xdp_lsp.server.documents import Document
from xdp_lsp.server.features.commands import CHOOSE_TARGETS
from xdp_lsp.server.features.guessed_flags import KIND as GUESSES
from xdp_lsp.server.features.guessed_flags import write_guesses
from xdp_lsp.server.view import View
from xdp_lsp.server.workers import JobFailedError
from xdp_lsp.source import Encoding, SourceRange, character_of_column, encode

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer

# Seconds for all that is tried for one request, beside clang's own limit: who waits longer has moved on.
LIMIT = 30.0
# So many lines above a program's first may its section, its return type and comments between them take.
_ABOVE = 3

_KINDS = {
    ActionKind.QUICKFIX: types.CodeActionKind.QuickFix,
    ActionKind.REFACTOR: types.CodeActionKind.RefactorRewrite,
}

_log = logging.getLogger(__name__)


def register(server: XdpServer) -> None:
    options = types.CodeActionOptions(code_action_kinds=list(_KINDS.values()))
    actions = _CodeActions()

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def _(ls: XdpServer, params: types.CodeActionParams) -> list[types.CodeAction]:
        return await actions.answer(ls, params)


class _CodeActions:
    """The last answer, and the one search that runs: whoever asks the same next finds it answered."""

    def __init__(self) -> None:
        self._known: tuple[ActionsRequest, list[Action]] | None = None
        self._searching = asyncio.Lock()

    async def answer(self, ls: XdpServer, params: types.CodeActionParams) -> list[types.CodeAction]:
        client = _Client.of(ls.client_capabilities)
        kinds = [kind for kind in ActionKind if _is_wanted(_KINDS[kind], params.context.only)]
        takes_guesses = _is_wanted(GUESSES, params.context.only)
        view = ls.session.views.of(params.text_document.uri) if ls.session is not None else None
        if ls.session is None or view is None or not client.takes_literals:
            return []
        if view.path != view.report.analysis.path or not _is_about(view, params.range):
            return []
        guesses = write_guesses(view, ls.client_capabilities) if takes_guesses else None
        written = [guesses] if guesses is not None else []
        if not kinds:
            return written
        session, document, text = ls.session, view.document, view.document.now()

        def is_current() -> bool:
            newest = session.views.of(document.uri)
            return newest is not None and newest.document is document and document.edits_since(text) == []

        snapshot = SourceSnapshot(view.path, text.contents, view.report.analysis.configuration)
        lines = Lines(params.range.start.line + 1, params.range.end.line + 1)
        actions = await self._search(ls, ActionsRequest(snapshot, view.settings, lines), is_current)
        if not is_current():
            return []  # the client asks again
        encoding = Encoding(ls.workspace.position_encoding)
        writer = _Writer(document, encoding, client, params.context.diagnostics)
        return [*(writer.written(action) for action in actions if action.kind in kinds), *written]

    async def _search(
        self, ls: XdpServer, request: ActionsRequest, is_current: Callable[[], bool]
    ) -> list[Action]:
        """What is found; nothing where, at its turn, the text is not current any more."""
        async with self._searching:
            if not is_current():
                return []
            if self._known is not None and self._known[0] == request:
                return self._known[1]
            actions: list[Action] = []
            limit = request.settings.time_limit + LIMIT
            try:
                await ls.pool.background.run(request, actions.append, limit)
            except JobFailedError as error:
                _log.warning("no actions for %s: %s", request.snapshot.path, error)
                return []
            self._known = request, actions
            return actions


def _is_about(view: View, asked: types.Range) -> bool:
    """Whether a program begins on the lines of `asked`, or something was found there whose text was not touched."""
    found = [one.range for one in view.report.analysis.findings if one.suppressed is None]
    programs = [one.location for one in view.report.analysis.programs]
    places = [(place, 0) for place in found if place is not None]
    places += [(SourceRange.at(place), _ABOVE) for place in programs if place is not None]
    for place, above in places:
        now = view.range(place) if place.path == view.path else None
        if now is not None and now.start.line - above <= asked.end.line and asked.start.line <= now.end.line:
            return True
    return False


def _is_wanted(kind: types.CodeActionKind, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """A client that asks for `refactor` is told `refactor.rewrite` too."""
    return not only or any(f"{kind.value}.".startswith(f"{_name(one)}.") or not _name(one) for one in only)


def _name(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


class _Client(NamedTuple):
    """What the client can do with an action. One that takes commands only has nobody to run them."""

    takes_literals: bool
    shows_preferred: bool
    takes_versions: bool
    takes_snippets: bool

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities) -> _Client:
        text, workspace = capabilities.text_document, capabilities.workspace
        actions = text.code_action if text else None
        edits = workspace.workspace_edit if workspace else None
        return cls(
            bool(actions and actions.code_action_literal_support),
            bool(actions and actions.is_preferred_support),
            bool(edits and edits.document_changes),
            bool(edits and edits.document_changes and edits.snippet_edit_support),
        )


class _Writer:
    """Says actions in the protocol's words."""

    def __init__(
        self, document: Document, encoding: Encoding, client: _Client, shown: Iterable[types.Diagnostic]
    ) -> None:
        self._document = document
        self._encoding = encoding
        self._client = client
        self._shown = list(shown)

    def written(self, action: Action) -> types.CodeAction:
        mended = [one for one in self._shown if one.code == action.code and self._is_at(one, action)]
        return types.CodeAction(
            action.title,
            kind=_KINDS[action.kind],
            diagnostics=mended or None,
            is_preferred=(action.is_preferred or None) if self._client.shows_preferred else None,
            edit=self._edit(action) if action.edits else None,
            command=_choice(action) if action.targets else None,
        )

    def _is_at(self, shown: types.Diagnostic, action: Action) -> bool:
        """Whether a diagnostic that the client shows is of the finding that `action` mends: it may mark part of it."""
        place = action.place
        return place is not None and shown.range.start.line <= place.end_line - 1 <= shown.range.end.line

    def _edit(self, action: Action) -> types.WorkspaceEdit:
        uri = self._document.uri
        plain = [types.TextEdit(self._range(edit), edit.text) for edit in action.edits]
        if not self._client.takes_versions:
            return types.WorkspaceEdit(changes={uri: plain})
        edits: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = [*plain]
        if action.blank is not None and self._client.takes_snippets:
            blank = action.blank
            edits[blank.edit] = _with_blank(plain[blank.edit], blank.text)
        version = types.OptionalVersionedTextDocumentIdentifier(uri, self._document.version)
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(version, edits)])

    def _range(self, edit: TextEdit) -> types.Range:
        place = edit.range
        return types.Range(
            self._position(place.line, place.column), self._position(place.end_line, place.end_column)
        )

    def _position(self, line: int, column: int) -> types.Position:
        text = encode(self._document.index.line(line - 1))
        return types.Position(line - 1, character_of_column(text, column, self._encoding))


def _choice(action: Action) -> types.Command:
    return types.Command(action.title, CHOOSE_TARGETS, arguments=[list(action.targets)])


def _with_blank(edit: types.TextEdit, blank: str) -> types.SnippetTextEdit:
    """`edit` with the cursor put on `blank`."""
    before, _, after = edit.new_text.partition(blank)
    snippet = f"{_escaped(before)}${{1:{_escaped(blank)}}}{_escaped(after)}"
    return types.SnippetTextEdit(edit.range, types.StringValue(snippet))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")
