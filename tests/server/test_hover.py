"""What an editor is shown under its cursor, while the text is typed in."""

from __future__ import annotations

from pathlib import Path

from editor import Client, capabilities, connected
from lsprotocol import types
from programs import FITS, HEAD, place

from xdp_lsp.server.features.pages import COMING


async def hover(client: Client, uri: str, line: int, character: int) -> types.Hover | None:
    document, position = types.TextDocumentIdentifier(uri), types.Position(line, character)
    return await client.lsp.text_document_hover_async(types.HoverParams(document, position))


async def whole(client: Client, uri: str, line: int, character: int) -> types.Hover:
    """Once all is known, however long that takes."""

    async def ask() -> types.Hover | None:
        found = await hover(client, uri, line, character)
        assert found is None or isinstance(found.contents, types.MarkupContent)
        return None if found is None or COMING in found.contents.value else found

    found: types.Hover = await client.until_answer(ask)
    return found


async def test_a_hover_follows_what_is_typed_above_it(tmp_path: Path) -> None:
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", FITS)
        await client.diagnostics(uri, 1)
        line, column = place(FITS, "prog(")
        found = await whole(client, uri, line, column + 1)
        assert found.range is not None
        assert (found.range.start.line, found.range.start.character) == (line, column)
        assert found.range.end.character == column + len("prog")

        client.edit(uri, ((0, 0), (0, 0), "/* \u00e9\U0001f60b\n\n */ "))
        below = await hover(client, uri, line + 2, column + 1)
        assert below is not None and below.range is not None
        assert isinstance(found.contents, types.MarkupContent)
        assert isinstance(below.contents, types.MarkupContent)
        assert "(before your edits)" not in found.contents.value
        assert below.contents.value == f"{found.contents.value.rstrip()}\n\n(before your edits)\n"
        assert below.range.start.line == line + 2
        assert await hover(client, uri, 0, 1) is None  # new text

        client.edit(uri, ((line + 2, column + 1), (line + 2, column + 1), "x"))
        touched = await hover(client, uri, line + 2, column + 3)
        assert touched is None or touched.range is None


async def test_the_client_says_what_it_shows(tmp_path: Path) -> None:
    kinds = (types.MarkupKind.Markdown, types.MarkupKind.PlainText)
    for kind in kinds:
        capable = capabilities()
        assert capable.text_document is not None
        capable.text_document.hover = types.HoverClientCapabilities(content_format=[kind])
        async with connected(capable) as client:
            uri = client.open(tmp_path / "prog.c", FITS)
            await client.diagnostics(uri, 1)
            found = await hover(client, uri, *place(FITS, "prog("))
            assert found is not None and isinstance(found.contents, types.MarkupContent)
            assert found.contents.kind == kind


COUNTED = (
    HEAD
    + """\
SEC("xdp") int prog(struct xdp_md *ctx)
{
	__u32 n = ctx->rx_queue_index;
	if (n > 64)
		return XDP_DROP;
	bpf_ktime_get_ns();
	return bpf_xdp_adjust_head(ctx, -(int)n);
}
"""
)


async def test_a_hover_tells_what_a_variable_holds(tmp_path: Path) -> None:
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", COUNTED)
        await client.diagnostics(uri, 1)
        line, column = place(COUNTED, "n > 64")
        found = await whole(client, uri, line, column)
        assert found.range is not None
        assert (found.range.start, found.range.end) == (
            types.Position(line, column),
            types.Position(line, column + 1),
        )
        assert isinstance(found.contents, types.MarkupContent)
        assert found.contents.value.startswith("n: any __u32\n")


PUSH = "static int push(struct xdp_md *ctx)\n{\n\treturn bpf_xdp_adjust_head(ctx, -20);\n}\n"
PUSHES = HEAD + '#include "push.h"\nSEC("xdp") int prog(struct xdp_md *ctx) { return push(ctx) ? 1 : 2; }\n'


async def test_a_header_answers_with_what_a_file_that_includes_it_says(tmp_path: Path) -> None:
    (tmp_path / "push.h").write_text(PUSH)
    async with connected() as client:
        client.open(tmp_path / "prog.c", PUSHES)
        uri = client.open(tmp_path / "push.h", PUSH)
        client.edit(uri, ((0, 0), (0, 0), "\n"))
        line, column = place(PUSH, "bpf_xdp")
        found = await whole(client, uri, line + 1, column)
        assert found.range is not None
        assert found.range.start.line == line + 1
        assert isinstance(found.contents, types.MarkupContent)
        assert "20" in found.contents.value
