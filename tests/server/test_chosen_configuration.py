"""Files with several configurations: findings of all of them, and one of them to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from editor import Client, capabilities, connected
from lsprotocol import types
from programs import HEAD, place

LENGTHS = {"small": 20, "large": 170, "huge": 300}
SOURCE = (
    HEAD
    + """\
/* xdp-lsp: allow(negative-length) in no configuration */
SEC("xdp") int prog(struct xdp_md *ctx)
{
	/* xdp-lsp: allow(headroom-exceeded) huge frames never come here */
	if (bpf_xdp_adjust_head(ctx, LENGTH == 300 ? -300 : -1))
		return XDP_ABORTED;
	bpf_xdp_adjust_head(ctx, 301);
	if (bpf_xdp_adjust_head(ctx, LENGTH == 300 ? 280 : -LENGTH))
		return XDP_ABORTED;
	return XDP_TX;
}
"""
)


def settings(*names: str) -> str:
    return "\n".join(
        f'[[configuration]]\nname = "{name}"\nflags = ["-DLENGTH={LENGTHS[name]}"]\n' for name in names
    )


def told(diagnostics: list[types.Diagnostic]) -> list[tuple[int, str, str]]:
    """Line, code, and what stands in the parentheses about configurations."""
    return sorted(
        (
            one.range.start.line,
            str(one.code),
            one.message.partition("\n")[0].partition(" (in ")[2].rstrip(")"),
        )
        for one in diagnostics
        if one.severity != types.DiagnosticSeverity.Hint
    )


def line_of(marked: str) -> int:
    return place(SOURCE, marked)[0]


async def ask(client: Client, uri: str) -> Any:
    return await client.lsp.protocol.send_request_async(
        "xdp-lsp/configurations", {"textDocument": {"uri": uri}}
    )


async def lens(client: Client, uri: str) -> str:
    found = await client.lsp.text_document_code_lens_async(
        types.CodeLensParams(types.TextDocumentIdentifier(uri))
    )
    return next(
        (one.command.title for one in found or () if one.command and "configuration " in one.command.title),
        "",
    )


async def hover(client: Client, uri: str) -> str:
    at = types.Position(*place(SOURCE, "adjust_head(ctx, LENGTH == 300 ? 280"))
    found = await client.lsp.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(uri), at)
    )
    return (
        found.contents.value if found is not None and isinstance(found.contents, types.MarkupContent) else ""
    )


async def choose(client: Client, *arguments: str) -> None:
    await client.lsp.workspace_execute_command_async(
        types.ExecuteCommandParams("xdp-lsp.chooseConfiguration", list(arguments))
    )


async def test_findings_are_of_all_and_answers_of_the_one_that_is_chosen(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    file = tmp_path / ".xdp-lsp.toml"
    file.write_text(settings("small", "large", "huge"))
    unused = (line_of("allow(negative"), "unused-suppression", "")
    unchecked = (line_of("301"), "result-unchecked", "")
    exceeded = (line_of("? 280"), "headroom-exceeded", "configuration large")
    async with connected(capabilities(experimental={"xdp-lsp": {"status": True}})) as client:
        statuses: list[Any] = []
        client.on("xdp-lsp/status", statuses.append)
        uri = client.open(tmp_path / "prog.c", SOURCE)
        # The comment about huge frames is needed by one of three: nothing is said of it.
        await client.diagnostics(uri, having=lambda shown: told(shown) == [unused, unchecked, exceeded])
        await client.until(lambda: statuses and statuses[-1].text.endswith((" in large", " in huge")))

        answer = await ask(client, uri)
        assert answer.chosen == "small"
        assert [(one.name, one.state) for one in answer.configurations] == [
            ("small", "fits"),
            ("large", "exceeds"),
            ("huge", "exceeds"),
        ]
        assert (await lens(client, uri)).startswith("configuration small (1 of 3); worst: ")
        assert "20" in await hover(client, uri)

        await choose(client, uri, "large")
        assert (await ask(client, uri)).chosen == "large"
        assert "170" in await hover(client, uri)
        assert (await lens(client, uri)).startswith("configuration large (2 of 3)")
        await choose(client, uri, "none of these")
        assert (await ask(client, uri)).chosen == "large"

        # What was chosen goes; two are left, and then none.
        file.write_text(settings("small", "huge"))
        change = types.FileEvent(file.as_uri(), types.FileChangeType.Changed)
        client.lsp.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
        await client.diagnostics(uri, having=lambda shown: told(shown) == [unused, unchecked])
        assert (await ask(client, uri)).chosen == "small"
        file.write_text('flags = ["-DLENGTH=170"]\n')
        client.lsp.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
        needless = (line_of("allow(headroom"), "unused-suppression", "")
        await client.diagnostics(
            uri, having=lambda shown: told(shown) == [unused, needless, unchecked, (*exceeded[:2], "")]
        )
        assert [one.name for one in (await ask(client, uri)).configurations] == ["default"]
        assert await lens(client, uri) == ""
