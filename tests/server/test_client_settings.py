"""Settings from the client and from the project, at the start and when they change."""

from __future__ import annotations

from pathlib import Path

import pytest
from editor import Client, capabilities, connected
from lsprotocol import types
from programs import FITS, TOO_MUCH, place

from xdp_lsp.kernel import why_unavailable

CAN_BE_ASKED = capabilities(
    workspace=types.WorkspaceClientCapabilities(
        configuration=True,
        did_change_configuration=types.DidChangeConfigurationClientCapabilities(dynamic_registration=True),
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
    )
)
AMPLE = {"targets": ["512"]}


def is_flagged(shown: list[types.Diagnostic]) -> bool:
    return any(
        one.code == "headroom-exceeded" and one.severity == types.DiagnosticSeverity.Error for one in shown
    )


def is_fine(shown: list[types.Diagnostic]) -> bool:
    return not is_flagged(shown)


async def test_options_of_the_start(tmp_path: Path) -> None:
    async with connected(options=AMPLE) as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        assert is_fine(await client.diagnostics(uri, 1))


async def test_settings_that_are_asked_for(tmp_path: Path) -> None:
    async with connected(CAN_BE_ASKED, options={"targets": ["64"]}, configuration=AMPLE) as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        assert is_fine(await client.diagnostics(uri, 1))
        client.lsp.set_configuration({"targets": ["mainstream"]}, section="xdp-lsp")
        client.lsp.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
        assert is_flagged(await client.diagnostics(uri, 1, having=is_flagged))


async def test_settings_that_are_pushed(tmp_path: Path) -> None:
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        assert is_flagged(await client.diagnostics(uri, 1))
        params = types.DidChangeConfigurationParams({"xdp-lsp": AMPLE})
        client.lsp.workspace_did_change_configuration(params)
        assert is_fine(await client.diagnostics(uri, 1, having=is_fine))


async def test_a_client_that_does_not_answer_delays_nothing_for_ever(tmp_path: Path) -> None:
    async with connected(CAN_BE_ASKED) as client:
        assert client.lsp.protocol.fm.features.pop(types.WORKSPACE_CONFIGURATION)
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        assert is_flagged(await client.diagnostics(uri, 1))


async def test_the_kernel_is_asked_where_the_client_says_so(tmp_path: Path) -> None:
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)
    wild = FITS.replace("return XDP_TX;", "return *(volatile char *)(long)ctx->data;")
    async with connected(options={"kernelCheck": True}) as client:
        uri = client.open(tmp_path / "prog.c", wild)
        shown = await client.diagnostics(uri, 1, having=lambda found: any(map(is_refusal, found)))
        (refusal,) = filter(is_refusal, shown)
        assert refusal.range.start.line == place(wild, "return *(volatile")[0]
        assert refusal.severity == types.DiagnosticSeverity.Error


def is_refusal(one: types.Diagnostic) -> bool:
    return one.code == "kernel-refused"


async def change(client: Client, *paths: Path) -> None:
    events = [types.FileEvent(path.as_uri(), types.FileChangeType.Changed) for path in paths]
    client.lsp.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(events))


async def test_the_projects_file_and_what_is_wrong_in_it(tmp_path: Path) -> None:
    file = tmp_path / ".xdp-lsp.toml"
    file.write_text('targets = ["512"]\n')
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        assert is_fine(await client.diagnostics(uri, 1))
        file.write_text('targets = ["512"]\nmcpu = "v99"\n')
        await change(client, file)
        [wrong] = await client.diagnostics(file.as_uri(), having=bool)
        assert wrong.range.start == types.Position(1, 0)
        assert "v99" in wrong.message
        file.write_text('targets = ["ixgbe"]\n')
        await change(client, file)
        assert await client.diagnostics(file.as_uri(), having=lambda shown: not shown) == []
        assert is_flagged(await client.diagnostics(uri, 1, having=is_flagged))


async def test_a_bad_value_of_the_clients_is_told_once(tmp_path: Path) -> None:
    async with connected(options={"targets": ["nonesuch"], "colour": 3}) as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        assert is_flagged(await client.diagnostics(uri, 1))
        version = client.save_as(uri, TOO_MUCH)
        await client.diagnostics(uri, version)
        told = [message.message for message in client.lsp.messages]
        assert len(told) == 2
        assert "nonesuch" in told[0] or "nonesuch" in told[1]


async def test_what_the_client_is_asked_to_watch(tmp_path: Path) -> None:
    async with connected(CAN_BE_ASKED) as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        await client.diagnostics(uri, 1)
        registrations = {one.method: one.register_options for one in client.registered}
        assert set(registrations) == {
            types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        }
        globs = {
            watcher["globPattern"]
            for watcher in registrations[types.WORKSPACE_DID_CHANGE_WATCHED_FILES]["watchers"]
        }
        assert {"**/.xdp-lsp.toml", "**/*.[ch]", "**/compile_commands.json", "**/*.mk", "**/.clangd"} <= globs
