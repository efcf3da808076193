"""Hints, lenses, and the commands behind them, in the three kinds of clients that there are."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from editor import Client, capabilities, connected
from lsprotocol import types
from programs import FITS, HEAD, place

TWO = FITS.replace('SEC("xdp")', '\nSEC("xdp")') + FITS.replace(HEAD, "").replace("prog", "other").replace(
    "-16", "-20"
)
ALL = types.Range(types.Position(0, 0), types.Position(1000, 0))


def vs_code() -> types.ClientCapabilities:
    capable = capabilities(workspace=_workspace(lenses=True))
    assert capable.text_document is not None
    capable.text_document.hover = types.HoverClientCapabilities(content_format=_BOTH)
    return capable


def neovim() -> types.ClientCapabilities:
    """Of 0.11: hints are refreshed, lenses are not."""
    capable = capabilities(("utf-8",), workspace=_workspace(lenses=False))
    assert capable.text_document is not None
    capable.text_document.hover = types.HoverClientCapabilities(content_format=_BOTH)
    return capable


_BOTH = [types.MarkupKind.Markdown, types.MarkupKind.PlainText]


def _workspace(*, lenses: bool) -> types.WorkspaceClientCapabilities:
    return types.WorkspaceClientCapabilities(
        code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=lenses),
        inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True),
    )


class Refreshes:
    """The refresh requests that came, by method."""

    def __init__(self, client: Client) -> None:
        self.lenses = self.hints = 0
        client.on(types.WORKSPACE_CODE_LENS_REFRESH, self._lens)
        client.on(types.WORKSPACE_INLAY_HINT_REFRESH, self._hint)

    def _lens(self, _: Any) -> None:
        self.lenses += 1

    def _hint(self, _: Any) -> None:
        self.hints += 1


async def hints(client: Client, uri: str, within: types.Range = ALL) -> list[types.InlayHint]:
    params = types.InlayHintParams(types.TextDocumentIdentifier(uri), within)
    return list(await client.lsp.text_document_inlay_hint_async(params) or ())


async def lenses(client: Client, uri: str) -> list[types.CodeLens]:
    params = types.CodeLensParams(types.TextDocumentIdentifier(uri))
    return list(await client.lsp.text_document_code_lens_async(params) or ())


def titles(found: list[types.CodeLens]) -> list[str]:
    return [lens.command.title for lens in found if lens.command is not None]


async def hinted(client: Client, uri: str, text: str) -> list[types.InlayHint]:
    """The hints, once they say `text` first."""

    async def ask() -> list[types.InlayHint] | None:
        found = await hints(client, uri)
        return found if found and found[0].label == text else None

    return list(await client.until_answer(ask))


@asynccontextmanager
async def opened(
    folder: Path, capable: types.ClientCapabilities, text: str, **more: Any
) -> AsyncIterator[tuple[Client, str]]:
    async with connected(capable, **more) as client:
        uri = client.open(folder / "prog.c", text)
        await client.diagnostics(uri, 1)
        yield client, uri


@pytest.mark.parametrize("capable", [capabilities(), neovim(), vs_code()], ids=["plain", "neovim", "vs code"])
async def test_hints_stand_behind_the_calls_in_the_range_that_is_asked_for(
    tmp_path: Path, capable: types.ClientCapabilities
) -> None:
    async with opened(tmp_path, capable, TWO) as (client, uri):
        first, second = await hinted(client, uri, "prepends 16, 136 left on i40e")
        assert second.label == "prepends 20, 132 left on i40e"
        line, column = place(TWO, "-16)")
        assert first.position == types.Position(line, column + len("-16)"))
        assert await hints(client, uri, types.Range(types.Position(0, 0), types.Position(line, 0))) == []
        below = types.Range(types.Position(line + 1, 0), types.Position(100, 0))
        assert [hint.label for hint in await hints(client, uri, below)] == [second.label]

        client.edit(uri, ((0, 0), (0, 0), "\n\n"))
        moved, _ = await hints(client, uri)
        assert moved.position == types.Position(line + 2, first.position.character)
        client.edit(uri, ((line + 2, column + 1), (line + 2, column + 1), "2"))
        assert [hint.label for hint in await hints(client, uri)] == [second.label]


@pytest.mark.parametrize("capable", [capabilities(), neovim(), vs_code()], ids=["plain", "neovim", "vs code"])
async def test_a_client_that_refreshes_is_asked_to_when_a_result_comes(
    tmp_path: Path, capable: types.ClientCapabilities
) -> None:
    async with connected(capable) as client:
        refreshes = Refreshes(client)
        uri = client.open(tmp_path / "prog.c", TWO)
        await client.diagnostics(uri, 1)
        await hinted(client, uri, "prepends 16, 136 left on i40e") if capable.workspace is None else None
        workspace = capable.workspace
        if workspace is not None:
            await client.until(lambda: refreshes.hints)
            before = refreshes.hints
            version = client.save_as(uri, TWO.replace("-16", "-24"))
            await client.diagnostics(uri, version)
            await client.until(lambda: refreshes.hints > before)
        wants_lenses = workspace is not None and workspace.code_lens and workspace.code_lens.refresh_support
        assert bool(refreshes.lenses) == bool(wants_lenses)
        assert bool(refreshes.hints) == (workspace is not None)


async def test_what_a_client_never_answers_holds_up_nothing_else(tmp_path: Path) -> None:
    async with connected(vs_code()) as client:
        refreshes, over = Refreshes(client), asyncio.Event()

        async def answer(_: Any) -> None:
            refreshes.lenses += 1
            await over.wait()

        client.lsp.protocol.fm.features[types.WORKSPACE_CODE_LENS_REFRESH] = answer
        uri = client.open(tmp_path / "prog.c", TWO)
        await client.until(lambda: refreshes.hints)
        before = refreshes.hints
        client.save_as(uri, TWO.replace("-16", "-24"))
        await client.until(lambda: refreshes.hints > before)
        assert refreshes.lenses == 1  # one is enough until it is answered
        over.set()


async def test_lenses_stand_above_the_programs_and_say_how_old_they_are(tmp_path: Path) -> None:
    async with opened(tmp_path, vs_code(), TWO) as (client, uri):
        found = await lenses(client, uri)
        assert [title.split(" · ", 2)[::2] for title in titles(found)] == [
            ["xdp", "needs 16 of 152 B · fits all 22 targets"],
            ["targets: mainstream"],
            ["xdp", "needs 20 of 152 B · fits all 22 targets"],
            ["targets: mainstream"],
        ]
        assert [lens.range.start.line for lens in found[::2]] == [
            place(TWO, 'SEC("xdp") int prog')[0],
            place(TWO, 'SEC("xdp") int other')[0],
        ]
        assert found[0].command is not None
        assert list(found[0].command.arguments or ()) == [uri, "prog"]

        client.edit(uri, ((0, 0), (0, 0), "\n"))
        edited = await lenses(client, uri)
        assert titles(edited)[0] == f"{titles(found)[0]} · before your edits"
        assert edited[0].range.start.line == found[0].range.start.line + 1


@pytest.mark.parametrize("arguments", [["sfc", "tun"], [["sfc", "tun"]]])
async def test_targets_are_changed_by_a_command(tmp_path: Path, arguments: list[Any]) -> None:
    async with opened(tmp_path, capabilities(), TWO) as (client, uri):
        await execute(client, "xdp-lsp.chooseTargets", *arguments)
        await hinted(client, uri, "prepends 16, 72 left on sfc")
        assert titles(await lenses(client, uri))[1] == "targets: sfc, tun"
        await execute(client, "xdp-lsp.chooseTargets", [])
        await hinted(client, uri, "prepends 16, 136 left on i40e")


async def test_targets_that_are_none_change_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, capabilities(), TWO) as (client, uri):
        await execute(client, "xdp-lsp.chooseTargets", "nonsense")
        await client.until(lambda: client.lsp.messages)
        assert "nonsense" in client.lsp.messages[0].message
        assert titles(await lenses(client, uri))[1] == "targets: mainstream"


@pytest.mark.parametrize(
    ("answer", "targets"), [("intel", "intel"), ("as configured", "mainstream"), (None, "mainstream")]
)
async def test_who_names_no_targets_is_asked(tmp_path: Path, answer: str | None, targets: str) -> None:
    async with opened(tmp_path, capabilities(), TWO) as (client, uri):
        asked: list[list[str]] = []

        def reply(params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
            asked.append([item.title for item in params.actions or ()])
            return types.MessageActionItem(answer) if answer is not None else None

        client.lsp.protocol.fm.features[types.WINDOW_SHOW_MESSAGE_REQUEST] = reply
        await execute(client, "xdp-lsp.chooseTargets")
        assert asked[0][0] == "mainstream"
        assert {"intel", "all", "as configured"} <= set(asked[0])
        assert titles(await lenses(client, uri))[1] == f"targets: {targets}"


async def execute(client: Client, command: str, *arguments: Any) -> None:
    await client.lsp.workspace_execute_command_async(types.ExecuteCommandParams(command, list(arguments)))


async def test_settings_turn_them_off(tmp_path: Path) -> None:
    (tmp_path / ".xdp-lsp.toml").write_text('inlay-hints = "off"\ncode-lens = false\n')
    async with opened(tmp_path, capabilities(), TWO) as (client, uri):
        where = types.Position(*place(TWO, "bpf_xdp"))
        params = types.HoverParams(types.TextDocumentIdentifier(uri), where)
        await client.until_answer(lambda: client.lsp.text_document_hover_async(params))
        assert await hints(client, uri) == []
        assert await lenses(client, uri) == []


LENGTH = TWO.replace("{\n\tif", "{\n\tint n = ctx->rx_queue_index & 15;\n\tif", 1).replace("-16)", "n - 16)")


async def test_lengths_are_shown_to_who_wants_them(tmp_path: Path) -> None:
    options = {"inlay-hints": "lengths"}
    async with opened(tmp_path, capabilities(), LENGTH, options=options) as (client, uri):
        found = await hinted(client, uri, ": 0..15")
        assert [hint.label for hint in found[1:]] == [
            "prepends 1..16, 136 left on i40e",
            "prepends 20, 132 left on i40e",
        ]
        line, column = place(LENGTH, "n = ctx")
        assert found[0].position == types.Position(line, column + 1)


@pytest.mark.parametrize(
    ("name", "has_image"),
    [("Visual Studio Code", True), ("code-server", True), ("Neovim", False), (None, False)],
)
async def test_only_who_shows_images_is_sent_one(tmp_path: Path, name: str | None, has_image: bool) -> None:
    async with opened(tmp_path, vs_code(), TWO, name=name) as (client, uri):
        await hinted(client, uri, "prepends 16, 136 left on i40e")
        found = await client.lsp.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(*place(TWO, "bpf_xdp")))
        )
        assert found is not None
        assert isinstance(found.contents, types.MarkupContent)
        text = found.contents.value
        assert text.startswith("**prepends 16 bytes; 136 left on i40e**")
        _, is_there, rest = text.partition("(data:image/svg+xml;base64,")
        assert bool(is_there) == has_image
        assert ("· 136 left" in text) != has_image
        if has_image:
            assert "136 left" in base64.b64decode(rest.split(")")[0]).decode()
