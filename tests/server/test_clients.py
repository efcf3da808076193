"""A day with each kind of client: it is served in full, and sent nothing that it did not say it can take.

`clients/*.json` are the capabilities that real ones announced, with their version and how they were had.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from editor import Client, connected
from lsprotocol import converters, types
from programs import FITS, TOO_MUCH, place

KINDS = sorted((Path(__file__).parent / "clients").glob("*.json"), key=lambda path: path.name)
# Words for what stands in no text; a client that knows nothing of one ignores it.
ALWAYS = {
    types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
    types.WINDOW_SHOW_MESSAGE,
    types.WINDOW_LOG_MESSAGE,
}
NEEDS = {
    types.WORKSPACE_CONFIGURATION: "workspace.configuration",
    types.WORKSPACE_APPLY_EDIT: "workspace.applyEdit",
    types.WORKSPACE_CODE_LENS_REFRESH: "workspace.codeLens.refreshSupport",
    types.WORKSPACE_INLAY_HINT_REFRESH: "workspace.inlayHint.refreshSupport",
    types.WORKSPACE_DIAGNOSTIC_REFRESH: "workspace.diagnostics.refreshSupport",
    types.WINDOW_SHOW_DOCUMENT: "window.showDocument.support",
    types.WINDOW_WORK_DONE_PROGRESS_CREATE: "window.workDoneProgress",
}
REFRESHES = (types.WORKSPACE_CODE_LENS_REFRESH, types.WORKSPACE_INLAY_HINT_REFRESH)


def told(capabilities: dict[str, Any], path: str) -> Any:
    """What a client says at a place in its capabilities, None where it says nothing."""
    found: Any = capabilities
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def complaints(client: Client, said: dict[str, Any]) -> list[str]:
    """What the server sent that the client, which said `said`, cannot take."""
    wrong = []
    tokens = set()
    for method, params in client.sent:
        if method == types.PROGRESS:
            if params.token not in tokens:
                wrong.append("progress without a token")
        elif method == types.CLIENT_REGISTER_CAPABILITY:
            for one in params.registrations:
                if not told(said, f"{one.method.replace('/', '.')}.dynamicRegistration"):
                    wrong.append(f"registers {one.method}")
        elif method not in ALWAYS and not told(said, NEEDS.get(method, "?")):
            wrong.append(method)
        if method == types.WINDOW_WORK_DONE_PROGRESS_CREATE:
            tokens.add(params.token)
        if method == types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS:
            wrong += [part for one in params.diagnostics for part in diagnostic_complaints(one, said)]
    return wrong


def diagnostic_complaints(one: types.Diagnostic, said: dict[str, Any]) -> list[str]:
    publish = told(said, "textDocument.publishDiagnostics") or {}
    tags = told(publish, "tagSupport.valueSet") or ()
    return [
        what
        for what, is_wrong in (
            ("related information", one.related_information and not publish.get("relatedInformation")),
            ("links", one.code_description and not publish.get("codeDescriptionSupport")),
            ("tags", any(tag not in tags for tag in one.tags or ())),
        )
        if is_wrong
    ]


@pytest.mark.parametrize("path", KINDS, ids=lambda path: path.stem)
async def test_a_day_with_a_client(tmp_path: Path, path: Path) -> None:
    kind = json.loads(path.read_text())
    said = kind["capabilities"]
    capable = converters.get_converter().structure(said, types.ClientCapabilities)
    # Letters of one, two and three units before what is asked about.
    text = TOO_MUCH.replace("\tif (bpf_xdp", "\t/* é漢😋 */ if (bpf_xdp")
    async with connected(capable, name=kind["client"]) as client:
        for method in REFRESHES:
            client.on(method, lambda _: None)
        offers = client.offers
        encodings = told(said, "general.positionEncodings") or ["utf-16"]
        assert (offers.position_encoding or types.PositionEncodingKind.Utf16) in encodings
        codec, unit = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[
            offers.position_encoding or "utf-16"
        ]
        uri = client.open(tmp_path / "prog.c", text)
        # Some of these may have no answer before there is a result; none may wait or fail.
        await ask(client, uri, types.Position(0, 0))
        line, _ = place(text, "-300")
        before = text.split("\n")[line].partition("-300")[0]
        column = len(before.encode(codec)) // unit
        [found] = await client.diagnostics(
            uri, 1, having=lambda shown: shown and shown[0].range.start.character == column
        )
        assert found.code == "headroom-exceeded"

        call = len(before.partition("bpf_xdp")[0].encode(codec)) // unit
        for edited in (0, 1):
            where = types.Position(line + edited, call + 2)
            answers = await ask(client, uri, where)
            hover = answers["hover"]
            assert hover is not None
            formats = told(said, "textDocument.hover.contentFormat") or ["plaintext"]
            assert hover.contents.kind in formats
            assert hover.range.start.line == line + edited
            assert all(hint.position.line == line + edited for hint in answers.get("hints") or ())
            commands = offers.execute_command_provider.commands if offers.execute_command_provider else ()
            for lens in answers.get("lenses") or ():
                assert lens.command is not None
                assert lens.command.command in commands
            if not edited:
                client.edit(uri, ((0, 0), (0, 0), "\n"))
        version = client.save_as(uri, FITS)
        await client.diagnostics(uri, version)
        assert complaints(client, said) == []


async def ask(client: Client, uri: str, where: types.Position) -> dict[str, Any]:
    """Everything about a place that the server says it answers."""
    lsp, offers = client.lsp, client.offers
    document = types.TextDocumentIdentifier(uri)
    here = types.Range(where, where)
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    answers: dict[str, Any] = {}
    if offers.hover_provider:
        answers["hover"] = await lsp.text_document_hover_async(types.HoverParams(document, where))
    if offers.inlay_hint_provider:
        answers["hints"] = await lsp.text_document_inlay_hint_async(types.InlayHintParams(document, whole))
    if offers.code_lens_provider:
        answers["lenses"] = await lsp.text_document_code_lens_async(types.CodeLensParams(document))
    if offers.code_action_provider:
        params = types.CodeActionParams(document, here, types.CodeActionContext([]))
        answers["actions"] = await lsp.text_document_code_action_async(params)
    if offers.definition_provider:
        answers["definition"] = await lsp.text_document_definition_async(
            types.DefinitionParams(document, where)
        )
    if offers.semantic_tokens_provider:
        tokens = await lsp.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))
        assert tokens is None  # in a C file they are another server's
    if offers.document_highlight_provider:
        answers["highlights"] = await lsp.text_document_document_highlight_async(
            types.DocumentHighlightParams(document, where)
        )
    return answers


async def test_what_is_cancelled_is_no_harm(tmp_path: Path) -> None:
    """A request that is answered already, one that nobody made, and one that waits."""
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", FITS)
        await client.diagnostics(uri, 1)
        line, character = place(FITS, "prog(")
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        asked = client.lsp.text_document_hover_async(params)
        for name in (1, "unknown"):
            client.lsp.cancel_request(types.CancelParams(name))
        assert await asked is not None
        assert await client.lsp.text_document_hover_async(params) is not None
