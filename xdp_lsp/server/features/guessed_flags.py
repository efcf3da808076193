"""A code action that writes down what was guessed of a project's flags, as `xdp-lsp init` does for a whole folder."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from xdp_lsp.pipeline.guessed import guesses_as_settings
from xdp_lsp.project import repository_of
from xdp_lsp.server.uris import uri_of
from xdp_lsp.server.view import View
from xdp_lsp.settings import FILE_NAME

KIND = types.CodeActionKind.RefactorRewrite


def write_guesses(view: View, capabilities: types.ClientCapabilities) -> types.CodeAction | None:
    """None where nothing was guessed, where there is a settings file, which is the user's to write, or where the client
    cannot create files."""
    path = view.report.analysis.path
    root = repository_of(path)
    folder = Path(path).parent if root is None else root
    if view.settings.file or not _creates(capabilities):
        return None
    text = guesses_as_settings(view.report.layers, str(folder))
    if not text:
        return None
    uri = uri_of(str(folder / FILE_NAME))
    start = types.Position(0, 0)
    insert = types.TextEdit(types.Range(start, start), text)
    return types.CodeAction(
        f"Write the flags that were guessed to {FILE_NAME}",
        kind=KIND,
        edit=types.WorkspaceEdit(
            document_changes=[
                types.CreateFile(uri),  # fails where it has come to be meanwhile
                types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, None), [insert]),
            ]
        ),
    )


def _creates(capabilities: types.ClientCapabilities) -> bool:
    edits = capabilities.workspace.workspace_edit if capabilities.workspace is not None else None
    operations = edits.resource_operations if edits is not None and edits.document_changes else None
    return types.ResourceOperationKind.Create in (operations or ())
