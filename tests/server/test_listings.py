"""The listing of a file's code in an editor: opened, followed to the source and back, and kept new."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from editor import Client, capabilities, connected
from lsprotocol import types
from programs import BROKEN, FITS, TOO_MUCH, place

from xdp_lsp.server.listings import listing_uri

LOOP = FITS.replace(
    "if (bpf_xdp_adjust_head(ctx, -16))",
    "int n = 0;\n\tfor (int i = 0; i < (ctx->rx_queue_index & 7); i++) {\n\t\tn += 4;\n"
    '\t\tasm volatile("" : "+r"(n));\n\t}\n'
    "\tif (bpf_xdp_adjust_head(ctx, -n))",
)


def able(
    *,
    contents: bool = False,
    shows: bool = True,
    colours_later: bool = True,
    encoding: str = "utf-16",
) -> types.ClientCapabilities:
    """A client with virtual documents, or one that shows files, or neither."""
    capable = capabilities([encoding])
    assert capable.window is not None and capable.text_document is not None
    capable.window.show_document = types.ShowDocumentClientCapabilities(support=shows)
    capable.text_document.definition = types.DefinitionClientCapabilities(dynamic_registration=True)
    capable.text_document.document_highlight = types.DocumentHighlightClientCapabilities(
        dynamic_registration=True
    )
    capable.text_document.document_symbol = types.DocumentSymbolClientCapabilities(dynamic_registration=True)
    capable.text_document.folding_range = types.FoldingRangeClientCapabilities(dynamic_registration=True)
    capable.text_document.semantic_tokens = types.SemanticTokensClientCapabilities(
        types.ClientSemanticTokensRequestOptions(full=True, range=True),
        token_types=[],
        token_modifiers=[],
        formats=[types.TokenFormat.Relative],
        dynamic_registration=colours_later,
    )
    if contents:
        capable.workspace = types.WorkspaceClientCapabilities(
            text_document_content=types.TextDocumentContentClientCapabilities(dynamic_registration=True)
        )
    return capable


class Shown:
    """What the server has the client show, and says of it."""

    def __init__(self, client: Client) -> None:
        self.documents: list[types.ShowDocumentParams] = []
        self.refreshed: list[str] = []
        self.changed: list[Any] = []
        self.said: list[str] = []

        def show(params: types.ShowDocumentParams) -> types.ShowDocumentResult:
            self.documents.append(params)
            return types.ShowDocumentResult(success=True)

        client.on(types.WINDOW_SHOW_DOCUMENT, show)
        client.on(
            types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH, lambda params: self.refreshed.append(params.uri)
        )
        client.on("xdp-lsp/bytecodeChanged", self.changed.append)
        client.on(types.WINDOW_SHOW_MESSAGE, lambda params: self.said.append(params.message))


async def content(client: Client, uri: str) -> str:
    return (await client.lsp.workspace_text_document_content_async(types.TextDocumentContentParams(uri))).text


async def bytecode(client: Client, uri: str, position: tuple[int, int] | None = None) -> Any:
    params: dict[str, Any] = {"textDocument": {"uri": uri}}
    if position is not None:
        params["position"] = {"line": position[0], "character": position[1]}
    return await client.lsp.protocol.send_request_async("xdp-lsp/bytecode", params)


async def command(client: Client, *arguments: Any) -> None:
    await client.lsp.workspace_execute_command_async(
        types.ExecuteCommandParams("xdp-lsp.showBytecode", arguments)
    )


async def listed(client: Client, uri: str) -> Any:
    """The listing, once there is one."""

    async def ask() -> Any:
        found = await bytecode(client, uri)
        return found if found.rows else None

    return await client.until_answer(ask)


def line_of(lines: Sequence[str], marked: str) -> int:
    (found,) = (at for at, line in enumerate(lines) if marked in line)
    return found


async def test_a_virtual_document_is_given_and_refreshed(tmp_path: Path) -> None:
    path = tmp_path / "a b;é.c"
    async with connected(able(contents=True)) as client:
        shown = Shown(client)
        await client.until(lambda: any("Content" in one.method for one in client.registered))
        by_method = {one.method: one.register_options for one in client.registered}
        assert by_method["workspace/textDocumentContent"] == {"schemes": ["xdp-lsp"]}
        assert "xdp-lsp" in str(by_method["textDocument/definition"])
        uri = client.open(path, FITS)
        await listed(client, uri)
        virtual = listing_uri(str(path))
        assert virtual.startswith("xdp-lsp:/bytecode/")
        text = await content(client, virtual)
        assert text.startswith("prog (xdp): needs 16 bytes; fits ")
        assert "@ a b;é.c:" in text

        async def text_with(words: str) -> str:
            async def ask() -> str | None:
                text = await content(client, virtual)
                return text if words in text else None

            return await client.until_answer(ask)

        shown.refreshed.clear()
        client.save_as(uri, TOO_MUCH)
        await client.until(lambda: shown.refreshed)
        text = await text_with("needs 300 bytes")
        assert text.startswith("prog (xdp): needs 300 bytes; exceeds ")

        shown.refreshed.clear()
        client.save_as(uri, BROKEN)
        await client.until(lambda: shown.refreshed)
        text = await text_with("does not compile")
        first, _, header, *_ = text.splitlines()
        assert first == "; of an earlier text of a b;é.c: the newest does not compile"
        assert header.startswith("prog (xdp): needs 300 bytes; ")
        assert set(shown.refreshed) == {virtual}

        client.close(uri)
        assert "is not open" in await content(client, virtual)
        assert await content(client, "xdp-lsp:/other") == ""


async def test_the_command_shows_the_row_of_a_program_or_of_a_line(tmp_path: Path) -> None:
    async with connected(able(contents=True)) as client:
        shown = Shown(client)
        uri = client.open(tmp_path / "prog.c", LOOP)
        lines = (await listed(client, uri)).text.splitlines()
        await command(client, uri, "prog")
        line, character = place(LOOP, "if (bpf")
        await command(client, uri, {"line": line, "character": character})
        by_name, by_line = shown.documents
        assert by_name.uri == by_line.uri == listing_uri(str(tmp_path / "prog.c"))
        assert by_name.selection is not None and by_line.selection is not None
        assert lines[by_name.selection.start.line].startswith("prog (xdp)")
        rows = (await bytecode(client, uri)).rows
        (source,) = (one.source for one in rows if one.line == by_line.selection.start.line)
        assert (source.uri, source.line) == (uri, line)


async def test_a_client_without_virtual_documents_is_shown_a_file(tmp_path: Path) -> None:
    async with connected(able()) as client:
        shown = Shown(client)
        uri = client.open(tmp_path / "prog.c", FITS)
        await listed(client, uri)
        await command(client, uri, "prog")
        (document,) = shown.documents
        file = Path(types.TextDocumentIdentifier(document.uri).uri.removeprefix("file://"))
        assert file.name == "prog.c.bpf"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert file.read_text().startswith("prog (xdp): needs 16 bytes; ")
        text = file.read_text()

        # What is opened so is no source of ours, whatever the editor takes it for.
        client.open(file, text, language="c")
        shown.changed.clear()
        client.save_as(uri, TOO_MUCH)
        await client.until(lambda: "needs 300 bytes" in file.read_text())
        await client.until(lambda: shown.changed)
        assert not [one for one in client.published if one.uri == document.uri]
        assert (shown.changed[0].uri, shown.changed[0].listing) == (
            uri,
            listing_uri(str(tmp_path / "prog.c")),
        )
    assert not file.exists()


async def test_a_client_that_shows_nothing_is_told_so(tmp_path: Path) -> None:
    async with connected(able(shows=False)) as client:
        shown = Shown(client)
        uri = client.open(tmp_path / "prog.c", FITS)
        await command(client, uri)
        await command(client)
        (said,) = await client.until(lambda: shown.said)
        assert "xdp-lsp disasm" in said


async def test_from_the_listing_to_the_source_and_along_its_jumps(tmp_path: Path) -> None:
    async with connected(able(contents=True)) as client:
        uri = client.open(tmp_path / "prog.c", LOOP)
        found = await listed(client, uri)
        lines = found.text.splitlines()
        document = types.TextDocumentIdentifier(found.listing)

        async def definition(line: int, character: int) -> types.Location:
            params = types.DefinitionParams(document, types.Position(line, character))
            answer = await client.lsp.text_document_definition_async(params)
            assert isinstance(answer, types.Location)
            return answer

        call = line_of(lines, "call bpf_xdp_adjust_head")
        client.edit(uri, ((0, 0), (0, 0), "// 𝔘 typed since\n"))
        line, character = place(LOOP, "bpf_xdp_adjust_head(")
        to = await definition(call, 4)
        assert (to.uri, to.range.start) == (uri, types.Position(line + 1, character))

        jump, text = next((at, text) for at, text in enumerate(lines) if " goto pc-" in text)
        to = await definition(jump, text.index("goto") + 6)
        assert to.uri == found.listing
        slot = text.partition("goto")[2].partition("<")[2].partition(">")[0]
        assert lines[to.range.start.line][2:].lstrip().startswith(f"{slot}: ")
        assert (await definition(jump, text.index("if"))).uri == uri

        highlights = await client.lsp.text_document_document_highlight_async(
            types.DocumentHighlightParams(document, types.Position(call, 0))
        )
        assert highlights is not None
        same = {one.line for one in found.rows if one.source.line == line}
        assert {one.range.start.line for one in highlights} == same and call in same and len(same) > 2

        # In the source both are left to others.
        source, position = types.TextDocumentIdentifier(uri), types.Position(line + 1, character)
        assert (
            await client.lsp.text_document_definition_async(types.DefinitionParams(source, position)) is None
        )
        highlights = await client.lsp.text_document_document_highlight_async(
            types.DocumentHighlightParams(source, position)
        )
        assert highlights is None


async def test_hovers_in_a_listing(tmp_path: Path) -> None:
    async with connected(able(contents=True)) as client:
        uri = client.open(tmp_path / "prog.c", LOOP)
        found = await listed(client, uri)
        lines = found.text.splitlines()
        call = line_of(lines, "call bpf_xdp_adjust_head")

        async def hover(line: int, character: int) -> types.Hover | None:
            document = types.TextDocumentIdentifier(found.listing)
            return await client.lsp.text_document_hover_async(
                types.HoverParams(document, types.Position(line, character))
            )

        row = await hover(call, 3)
        assert row is not None and isinstance(row.contents, types.MarkupContent)
        assert "r2" in row.contents.value and "smin32=" in row.contents.value
        negation = next(at for at in range(call, 0, -1) if " = -" in lines[at])
        register = await hover(negation, lines[negation].index(" = -") - 1)
        assert register is not None and isinstance(register.contents, types.MarkupContent)
        assert "before: r2 = " in register.contents.value and "after: r2 = " in register.contents.value
        helper = await hover(call, lines[call].index("bpf_") + 3)
        assert helper is not None and isinstance(helper.contents, types.MarkupContent)
        assert "prepends 0..28 bytes" in helper.contents.value
        assert "bpf_xdp_adjust_head(" in helper.contents.value
        assert await hover(0, 0) is None
        assert await hover(len(lines) + 5, 0) is None


async def test_from_a_header_to_what_was_made_of_it(tmp_path: Path) -> None:
    header = "static int grow(struct xdp_md *ctx)\n{\n\treturn bpf_xdp_adjust_head(ctx, -16);\n}\n"
    (tmp_path / "grow.h").write_text(header)
    text = FITS.replace('SEC("xdp")', '#include "grow.h"\nSEC("xdp")').replace(
        "bpf_xdp_adjust_head(ctx, -16)", "grow(ctx)"
    )
    (tmp_path / "prog.c").write_text(text)
    async with connected(able(contents=True)) as client:
        uri = client.open(tmp_path / "prog.c", text)
        found = await listed(client, uri)
        there = client.open(tmp_path / "grow.h", header)
        asked = await bytecode(client, there, (2, 0))
        assert (asked.uri, asked.listing) == (uri, found.listing)
        (row,) = (one for one in asked.rows if one.line == asked.line)
        assert (row.source.uri, row.source.line) == (there, 2)
        lines = asked.text.splitlines()
        call = line_of(lines, "call bpf_xdp_adjust_head")
        assert ";   in grow, inlined from prog at prog.c:" in asked.text
        params = types.DefinitionParams(types.TextDocumentIdentifier(found.listing), types.Position(call, 0))
        to = await client.lsp.text_document_definition_async(params)
        assert isinstance(to, types.Location)
        assert (to.uri, to.range.start) == (there, types.Position(2, 8))


@pytest.mark.parametrize("position", [None, (0, 0), (10_000, 0)])
async def test_the_request_maps_every_instruction(tmp_path: Path, position: tuple[int, int] | None) -> None:
    async with connected(able()) as client:
        uri = client.open(tmp_path / "prog.c", FITS)
        await listed(client, uri)
        found = await bytecode(client, uri, position)
        lines = found.text.splitlines()
        assert [one.name for one in found.functions] == ["prog"]
        assert lines[found.functions[0].line].startswith("prog (xdp)")
        for one in found.rows:
            assert lines[one.line][2:].lstrip().startswith(f"{one.slot}: (")
            assert one.source.uri == uri
        if position == (0, 0):
            assert found.line == found.rows[0].line
        else:
            assert found.line is None
        by_listing = await bytecode(client, found.listing)
        assert (by_listing.uri, by_listing.listing, by_listing.text) == (uri, found.listing, found.text)
        assert await bytecode(client, "untitled:Untitled-1") is None
        nothing = await bytecode(client, (tmp_path / "other.c").as_uri())
        assert nothing.rows == [] and "is not open" in nothing.text


def coloured(
    text: str, data: Sequence[int], legend: types.SemanticTokensLegend, codec: str
) -> list[list[str]]:
    """By line the words that `data` marks, each behind its type and modifiers."""
    unit = len("a".encode(codec))
    lines = [line.encode(codec) for line in text.splitlines()]
    found: list[list[str]] = [[] for _ in lines]
    line, start = 0, 0
    for at in range(0, len(data), 5):
        down, right, length, kind, bits = data[at : at + 5]
        line, start = line + down, right if down else start + right
        names = [name for bit, name in enumerate(legend.token_modifiers) if bits >> bit & 1]
        word = lines[line][start * unit : (start + length) * unit].decode(codec)
        found[line].append(f"{'.'.join([legend.token_types[kind], *names])}:{word}")
    return found


@pytest.mark.parametrize(
    ("encoding", "codec"), [("utf-8", "utf-8"), ("utf-16", "utf-16-le"), ("utf-32", "utf-32-le")]
)
async def test_the_colours_of_a_virtual_document(tmp_path: Path, encoding: str, codec: str) -> None:
    text = LOOP.replace("if (bpf_xdp", "/* é漢😋 */ if (bpf_xdp")
    async with connected(able(contents=True, encoding=encoding)) as client:
        uri = client.open(tmp_path / "a 😋.c", text)
        found = await listed(client, uri)
        lines = found.text.splitlines()
        assert client.offers.semantic_tokens_provider is None
        (registered,) = (one for one in client.registered if "semantic" in one.method)
        options = registered.register_options
        assert "xdp-lsp" in str(options["documentSelector"])
        named = options["legend"]
        legend = types.SemanticTokensLegend(named["tokenTypes"], named["tokenModifiers"])
        document = types.TextDocumentIdentifier(found.listing)
        answer = await client.lsp.text_document_semantic_tokens_full_async(
            types.SemanticTokensParams(document)
        )
        assert answer is not None
        words = coloured(found.text, answer.data, legend, codec)
        assert words[0] == ["function.definition:prog"]
        source = line_of(lines, "; /* é漢😋 */ if (bpf_xdp")
        assert words[source] == [f"string:{lines[source]}"]
        call = line_of(lines, "call bpf_xdp_adjust_head")
        assert "function.defaultLibrary.movesPacket:bpf_xdp_adjust_head" in words[call]
        negation = next(at for at in range(call, 0, -1) if " = -" in lines[at])
        assert words[negation][0] == "operator.delta:*"
        # Each word is as long as it is.
        assert all(
            one.partition(":")[2].strip() == one.partition(":")[2] != "" for row in words for one in row
        )

        part = types.Range(types.Position(call, 0), types.Position(call + 1, 0))
        some = await client.lsp.text_document_semantic_tokens_range_async(
            types.SemanticTokensRangeParams(document, part)
        )
        assert some is not None
        within = coloured(found.text, some.data, legend, codec)
        assert within[call : call + 2] == words[call : call + 2]
        assert not any(within[:call]) and not any(within[call + 2 :])

        # A C file is another server's.
        source_document = types.TextDocumentIdentifier(uri)
        assert (
            await client.lsp.text_document_semantic_tokens_full_async(
                types.SemanticTokensParams(source_document)
            )
            is None
        )


async def test_the_colours_of_a_file_where_nothing_is_registered(tmp_path: Path) -> None:
    async with connected(able(colours_later=False)) as client:
        shown = Shown(client)
        offered = client.offers.semantic_tokens_provider
        assert offered is not None and offered.full
        assert not [one for one in client.registered if "semantic" in one.method]
        uri = client.open(tmp_path / "prog.c", FITS)
        found = await listed(client, uri)
        await command(client, uri)
        (document,) = shown.documents
        params = types.SemanticTokensParams(types.TextDocumentIdentifier(document.uri))
        answer = await client.lsp.text_document_semantic_tokens_full_async(params)
        assert answer is not None
        words = coloured(found.text, answer.data, offered.legend, "utf-16-le")
        assert words[0] == ["function.definition:prog"]


async def test_the_functions_of_a_listing(tmp_path: Path) -> None:
    two = LOOP + FITS[FITS.index('SEC("xdp")') :].replace("prog(", "second(")
    async with connected(able(contents=True)) as client:
        uri = client.open(tmp_path / "prog.c", two)
        found = await listed(client, uri)
        lines = found.text.splitlines()
        document = types.TextDocumentIdentifier(found.listing)
        symbols = await client.lsp.text_document_document_symbol_async(types.DocumentSymbolParams(document))
        folds = await client.lsp.text_document_folding_range_async(types.FoldingRangeParams(document))
        assert symbols is not None and folds is not None
        first, second = symbols
        assert isinstance(first, types.DocumentSymbol) and isinstance(second, types.DocumentSymbol)
        assert (first.name, second.name) == ("prog", "second")
        assert f"{second.name} {second.detail}" == lines[second.range.start.line]
        assert all("(95) exit" in lines[one.range.end.line] for one in (first, second))
        assert second.range.end.line == len(lines) - 1 and second.range.start.line == first.range.end.line + 2
        assert [(one.start_line, one.end_line) for one in folds] == [
            (one.range.start.line, one.range.end.line) for one in (first, second)
        ]
        source = types.TextDocumentIdentifier(uri)
        assert await client.lsp.text_document_folding_range_async(types.FoldingRangeParams(source)) is None
