"""What an editor is offered at its cursor, and what its text is once it has taken it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Union

import pytest
from editor import Client, capabilities, connected
from fake_clang import fake_clang, fifo
from lsprotocol import types
from programs import FITS, HEAD, place
from waiting import LIMIT, line_from

from xdp_lsp.settings import load_settings
from xdp_lsp.source import EditorPosition, Encoding, LineIndex

UNCHECKED = (
    HEAD
    + """\
SEC("xdp") int prog(struct xdp_md *ctx)
{
	/* \u00e9\U0001f60b */ __u32 n = ctx->rx_queue_index; /* \U0001f60b */ bpf_xdp_adjust_head(ctx, -8); return XDP_TX;
}
SEC("xdp") int other(struct xdp_md *ctx)
{
	bpf_xdp_adjust_head(ctx, -16); /* \U0001f60b */
	return XDP_TX;
}
"""
)
WHERE = place(UNCHECKED, "ctx, -16")


def able(
    encoding: str = "utf-16", *, literals: bool = True, edits: bool = True, snippets: bool = False
) -> types.ClientCapabilities:
    workspace = types.WorkspaceClientCapabilities(
        workspace_edit=types.WorkspaceEditClientCapabilities(
            document_changes=True, snippet_edit_support=snippets
        )
        if edits
        else None
    )
    capable = capabilities((encoding,), workspace=workspace)
    assert capable.text_document is not None
    kinds = types.ClientCodeActionKindOptions([types.CodeActionKind.QuickFix])
    capable.text_document.code_action = types.CodeActionClientCapabilities(
        code_action_literal_support=types.ClientCodeActionLiteralOptions(kinds) if literals else None,
        is_preferred_support=True,
    )
    return capable


async def actions(
    client: Client,
    uri: str,
    where: tuple[int, int],
    shown: list[types.Diagnostic] | None = None,
    only: list[types.CodeActionKind | str] | None = None,
) -> list[types.CodeAction]:
    # lsprotocol takes every code action that has a command for a bare command (its _code_action_hook).
    converter = client.lsp.protocol._converter
    converter.register_structure_hook(
        Union[types.Command, types.CodeAction],  # noqa: UP007 - as lsprotocol has it
        lambda found, _: converter.structure(found, types.CodeAction),
    )
    at = types.Position(*where)
    found = await client.lsp.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri), types.Range(at, at), types.CodeActionContext(shown or [], only)
        )
    )
    assert all(isinstance(one, types.CodeAction) for one in found or [])
    return [one for one in found or [] if isinstance(one, types.CodeAction)]


def taken(text: str, edits: list[types.TextEdit], encoding: Encoding) -> str:
    index = LineIndex(text)
    for edit in sorted(
        edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True
    ):
        first, last = (
            index.offset(EditorPosition(place.line, place.character), encoding)
            for place in (edit.range.start, edit.range.end)
        )
        text = text[:first] + edit.new_text + text[last:]
    return text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_an_action_is_taken(tmp_path: Path, encoding: str) -> None:
    async with connected(able(encoding)) as client:
        uri = client.open(tmp_path / "prog.c", UNCHECKED, version=7)
        shown = await client.diagnostics(uri, 7)
        check, silence = await actions(client, uri, WHERE, shown)
        assert (check.title, check.kind) == (
            "Check the result, and return XDP_ABORTED where the call fails",
            types.CodeActionKind.QuickFix,
        )
        assert check.is_preferred and not silence.is_preferred
        assert check.diagnostics is not None
        assert [(one.code, one.range.start.line) for one in check.diagnostics] == [
            ("result-unchecked", WHERE[0])
        ]
        assert check.edit is not None and check.edit.document_changes is not None
        (change,) = check.edit.document_changes
        assert isinstance(change, types.TextDocumentEdit)
        assert (change.text_document.uri, change.text_document.version) == (uri, 7)
        wanted = UNCHECKED.replace(
            "\tbpf_xdp_adjust_head(ctx, -16);", "\tif (bpf_xdp_adjust_head(ctx, -16))"
        ).replace(")) /* \U0001f60b */\n", ")) /* \U0001f60b */\n\t\treturn XDP_ABORTED;\n")
        edits = [edit for edit in change.edits if isinstance(edit, types.TextEdit)]
        assert taken(UNCHECKED, edits, Encoding(encoding)) == wanted


async def test_what_is_offered_is_for_the_text_as_it_is(tmp_path: Path) -> None:
    async with connected(able()) as client:
        uri = client.open(tmp_path / "prog.c", UNCHECKED)
        await client.diagnostics(uri, 1)
        version = client.edit(uri, ((0, 0), (0, 0), "/* more */\n\n"))
        typed = "/* more */\n\n" + UNCHECKED
        line, character = WHERE
        check, _ = await actions(client, uri, (line + 2, character))
        assert check.edit is not None and check.edit.document_changes is not None
        (change,) = check.edit.document_changes
        assert isinstance(change, types.TextDocumentEdit) and change.text_document.version == version
        edits = [edit for edit in change.edits if isinstance(edit, types.TextEdit)]
        assert "if (bpf_xdp_adjust_head(ctx, -16))" in taken(typed, edits, Encoding.UTF16)

        client.edit(uri, ((line + 2, 5), (line + 2, 5), " "))
        assert await actions(client, uri, (line + 2, character)) == []  # its text was touched

        client.type_all(uri, "int broken")
        assert await actions(client, uri, (0, 0)) == []


async def test_nothing_is_offered_where_nothing_was_found(tmp_path: Path) -> None:
    async with connected(able()) as client:
        uri = client.open(tmp_path / "prog.c", FITS)
        await client.diagnostics(uri, 1)
        assert await actions(client, uri, place(FITS, "return XDP_TX")) == []
        assert await actions(client, (tmp_path / "unknown.c").as_uri(), (0, 0)) == []


@pytest.mark.parametrize(
    ("only", "is_offered"),
    [
        ([types.CodeActionKind.QuickFix], True),
        ([""], True),
        (["quickfix.xdp"], False),
        (["source.organizeImports"], False),
    ],
)
async def test_a_client_says_what_kind_it_wants(
    tmp_path: Path, only: list[types.CodeActionKind | str], is_offered: bool
) -> None:
    async with connected(able()) as client:
        uri = client.open(tmp_path / "prog.c", UNCHECKED)
        await client.diagnostics(uri, 1)
        assert bool(await actions(client, uri, WHERE, only=only)) is is_offered


async def test_what_a_plain_client_gets(tmp_path: Path) -> None:
    async with connected(able(literals=False)) as client:
        uri = client.open(tmp_path / "prog.c", UNCHECKED)
        await client.diagnostics(uri, 1)
        assert await actions(client, uri, WHERE) == []
    async with connected(able(edits=False)) as client:
        uri = client.open(tmp_path / "prog.c", UNCHECKED)
        await client.diagnostics(uri, 1)
        for action in await actions(client, uri, WHERE):
            assert action.edit is not None and action.edit.document_changes is None
            assert action.edit.changes is not None and list(action.edit.changes) == [uri]


async def test_a_reason_is_left_to_be_typed(tmp_path: Path) -> None:
    async with connected(able(snippets=True)) as client:
        uri = client.open(tmp_path / "prog.c", UNCHECKED)
        await client.diagnostics(uri, 1)
        _, silence = await actions(client, uri, WHERE)
        assert silence.edit is not None and silence.edit.document_changes is not None
        (change,) = silence.edit.document_changes
        assert isinstance(change, types.TextDocumentEdit)
        (edit,) = change.edits
        assert isinstance(edit, types.SnippetTextEdit)
        assert edit.snippet.value == "\t/* xdp-lsp: allow(result-unchecked) ${1:TODO: say why} */\n"


async def test_targets_are_left_out_by_a_command(tmp_path: Path) -> None:
    text = FITS.replace("-16", "-176")
    async with connected(able()) as client:
        uri = client.open(tmp_path / "prog.c", text)
        (shown,) = await client.diagnostics(uri, 1)
        assert shown.code == "headroom-exceeded"
        offered = await actions(client, uri, place(text, "-176"), [shown])
        (choice,) = [one for one in offered if one.command is not None]
        assert choice.title == "Leave i40e, ice, igb, ixgbe out of the targets" and choice.edit is None
        assert choice.command is not None
        client.lsp.workspace_execute_command(
            types.ExecuteCommandParams(choice.command.command, choice.command.arguments)
        )
        await client.diagnostics(uri, 1, having=lambda left: not any(_is_warning(one) for one in left))


def _is_warning(diagnostic: types.Diagnostic) -> bool:
    return diagnostic.severity in (types.DiagnosticSeverity.Error, types.DiagnosticSeverity.Warning)


async def test_a_contract_is_stated_at_a_program(tmp_path: Path) -> None:
    async with connected(able()) as client:
        uri = client.open(tmp_path / "prog.c", FITS)
        await client.diagnostics(uri, 1)
        (stated,) = await actions(client, uri, place(FITS, "int prog"))
        assert (stated.title, stated.kind) == (
            "State that prog prepends at most 16 bytes",
            types.CodeActionKind.RefactorRewrite,
        )


async def test_a_request_can_be_cancelled(tmp_path: Path) -> None:
    async with connected(able()) as client:
        uri = client.open(tmp_path / "prog.c", UNCHECKED)
        await client.diagnostics(uri, 1)
        asked = asyncio.ensure_future(actions(client, uri, WHERE))
        await asyncio.sleep(0)  # the request is sent
        (identifier,) = client.lsp.protocol._request_futures
        client.lsp.cancel_request(types.CancelParams(identifier))
        with pytest.raises(Exception, match="cancel"):
            await asked
        assert len(await actions(client, uri, WHERE)) == 2  # and the next one is served


@pytest.mark.skipif(sys.platform != "linux", reason="waits by FIFOs")
@pytest.mark.parametrize("what", ["opened anew", "saved with another text"])
async def test_what_was_tried_on_another_text_is_not_offered(tmp_path: Path, what: str) -> None:
    """Though it has the same version: the edits would go anywhere."""
    told, go = fifo(tmp_path, "told"), fifo(tmp_path, "go")
    hold = tmp_path / "hold"
    clang = fake_clang(tmp_path, "prog.c", f'[ -e "{hold}" ] && {{ echo > "{told}"; read _ < "{go}"; }}')
    async with connected(able(edits=False), options={"clang": clang}) as client:
        uri = client.open(tmp_path / "prog.c", UNCHECKED)
        await client.diagnostics(uri, 1)
        assert len(await actions(client, uri, WHERE)) == 2
        client.edit(uri, ((0, 0), (0, 0), "\n"))
        hold.touch()
        asked = asyncio.ensure_future(actions(client, uri, (WHERE[0] + 1, WHERE[1])))
        await line_from(told)
        hold.unlink()
        if what == "opened anew":
            client.close(uri)
            client.open(tmp_path / "prog.c", UNCHECKED, version=2)
        else:
            client.save(uri, UNCHECKED)
        await asyncio.to_thread(go.write_text, "\n")
        assert await asyncio.wait_for(asked, LIMIT) == []


@pytest.mark.parametrize("creates", [True, False])
async def test_flags_that_were_guessed_are_written_down(tmp_path: Path, creates: bool) -> None:
    source = f'#include <deep/value.h>\n{HEAD}SEC("xdp") int prog(struct xdp_md *ctx) {{ return VALUE; }}\n'
    for name, text in {".git/HEAD": "", "vendor/deep/value.h": "#define VALUE 2\n", "prog.c": source}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    capable = able()
    assert capable.workspace is not None and capable.workspace.workspace_edit is not None
    if creates:
        capable.workspace.workspace_edit.resource_operations = [types.ResourceOperationKind.Create]
    async with connected(capable, folders=[tmp_path]) as client:
        uri = client.open(tmp_path / "prog.c", source)
        await client.diagnostics(uri, 1)
        found = [one for one in await actions(client, uri, place(source, "prog(")) if "guessed" in one.title]
        if not creates:
            assert not found
            return
        [action] = found
        assert action.edit is not None and action.edit.document_changes is not None
        create, fill = action.edit.document_changes
        assert isinstance(create, types.CreateFile) and isinstance(fill, types.TextDocumentEdit)
        assert create.uri == fill.text_document.uri == (tmp_path / ".xdp-lsp.toml").as_uri()
        [text] = fill.edits
        assert isinstance(text, types.TextEdit)
        (tmp_path / ".xdp-lsp.toml").write_text(text.new_text)
    settings, problems = load_settings(tmp_path)
    assert (settings.flags, problems) == (("-Ivendor",), ())
