"""What the status bar of an editor is told, as files are opened, typed in, saved, broken and closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from editor import Client, capabilities, connected
from fake_clang import fake_clang, fifo
from lsprotocol import types
from programs import BROKEN, FITS, HEAD, TOO_MUCH
from waiting import line_from

from xdp_lsp.headroom import default_targets

ALL = len(default_targets())
CAPABLE = capabilities(experimental={"xdp-lsp": {"status": True}})
NOT_XDP = "int main(void) { return 0; }\n"


class Bar:
    """What `client` was told, in the order in which it came."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.told: list[Any] = []
        client.on("xdp-lsp/status", self.told.append)

    def of(self, uri: str) -> list[Any]:
        return [one for one in self.told if one.uri == uri]

    async def until(self, uri: str, having: Callable[[Any], bool]) -> Any:
        """What is shown of `uri`, once `having` holds of it."""

        def newest() -> Any:
            told = self.of(uri)
            return told[-1] if told and having(told[-1]) else None

        return await self._client.until(newest)


def saying(state: str, text: str) -> Callable[[Any], bool]:
    return lambda told: (told.state, told.text) == (state, text)


fits, broken = saying("fits", f"fits {ALL} targets"), saying("failed", "does not compile")
exceeds = saying("exceeds", "short by 148")


async def test_open_break_mend_and_choose(tmp_path: Path) -> None:
    async with connected(CAPABLE) as client:
        bar = Bar(client)
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        told = await bar.until(uri, exceeds)
        assert told.targets == "mainstream"
        assert (
            told.detail == f"- prog (xdp): needs 300 bytes; exceeds all {ALL} targets (portable 152, i40e)\n"
        )
        assert told.restricted is False

        client.save_as(uri, FITS)
        assert "needs 16 bytes" in (await bar.until(uri, fits)).detail

        client.save_as(uri, BROKEN)
        assert (await bar.until(uri, broken)).detail.startswith("- prog.c:8: use of undeclared identifier")

        client.save_as(uri, FITS)
        await bar.until(uri, fits)
        choose = types.ExecuteCommandParams("xdp-lsp.chooseTargets", [["8 bytes", "ixgbe"]])
        await client.lsp.workspace_execute_command_async(choose)
        assert (await bar.until(uri, saying("exceeds", "short by 8"))).targets == "8 bytes, ixgbe"
        choose = types.ExecuteCommandParams("xdp-lsp.chooseTargets", [[]])
        await client.lsp.workspace_execute_command_async(choose)
        assert (await bar.until(uri, fits)).targets == "mainstream"

        other = client.open(tmp_path / "other.c", NOT_XDP)
        assert (await bar.until(other, saying("none", ""))).detail == ""
        assert all(one != two for one, two in zip(bar.of(uri), bar.of(uri)[1:], strict=False))


async def test_what_is_typed_makes_it_an_answer_of_before(tmp_path: Path) -> None:
    async with connected(CAPABLE) as client:
        bar = Bar(client)
        uri = client.open(tmp_path / "prog.c", FITS)
        await bar.until(uri, fits)
        client.edit(uri, ((0, 0), (0, 0), "\n"))
        told = await bar.until(uri, saying("fits", f"fits {ALL} targets · before your edits"))
        assert told.detail.endswith("\n\n(before your edits)\n")
        client.save(uri)
        await bar.until(uri, fits)


async def test_of_what_is_closed_nothing_is_told_and_all_when_it_is_opened_again(tmp_path: Path) -> None:
    async with connected(CAPABLE) as client:
        bar = Bar(client)
        uri, twin = client.open(tmp_path / "prog.c", FITS), client.open(tmp_path / "twin.c", FITS)
        await bar.until(uri, fits)
        await bar.until(twin, fits)
        # What was to be told of the edit comes later than the end; of the other's edit it comes later still.
        client.edit(uri, ((0, 0), (0, 0), "\n"))
        client.close(uri)
        before = len(bar.of(uri))
        client.edit(twin, ((0, 0), (0, 0), "\n"))
        await bar.until(twin, lambda told: told.text.endswith("before your edits"))
        assert len(bar.of(uri)) == before
        client.open(tmp_path / "prog.c", FITS)
        await bar.until(uri, lambda told: len(bar.of(uri)) > before and fits(told))


async def test_a_header_says_what_its_file_says(tmp_path: Path) -> None:
    header, text = (
        tmp_path / "amount.h",
        FITS.replace(HEAD, f'{HEAD}#include "amount.h"\n').replace("-16", "-AMOUNT"),
    )
    header.write_text("#define AMOUNT 16\n")
    async with connected(CAPABLE) as client:
        bar = Bar(client)
        inner = client.open(header, header.read_text())
        await bar.until(inner, saying("none", ""))
        uri = client.open(tmp_path / "prog.c", text)
        await bar.until(inner, fits)
        version = client.type_all(inner, "#define AMOUNT 300\n")
        assert version == 2
        await bar.until(uri, saying("fits", f"fits {ALL} targets · before your edits"))
        header.write_text("#define AMOUNT 300\n")
        client.save(inner)
        await bar.until(uri, exceeds)
        await bar.until(inner, exceeds)
        client.close(uri)
        await bar.until(inner, saying("none", ""))


async def test_the_settings_of_the_project_and_of_the_editor_renew_it(tmp_path: Path) -> None:
    file = tmp_path / ".xdp-lsp.toml"
    async with connected(CAPABLE, {}) as client:
        bar = Bar(client)
        uri = client.open(tmp_path / "prog.c", FITS)
        await bar.until(uri, fits)
        file.write_text('targets = ["sfc"]\n')
        changed = types.FileEvent(file.as_uri(), types.FileChangeType.Created)
        client.lsp.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
        assert (await bar.until(uri, saying("fits", "fits sfc"))).targets == "sfc"
        settings = {"xdp-lsp": {"targets": ["10 bytes"]}}
        client.lsp.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
        assert (await bar.until(uri, saying("exceeds", "short by 6"))).targets == "10 bytes"


async def test_a_compiler_that_is_slow_or_missing(tmp_path: Path) -> None:
    """While it is slow, what was shown before is not shown any more."""
    started, goes_on = fifo(tmp_path, "started"), fifo(tmp_path, "goes_on")
    clang = fake_clang(tmp_path, "slow.c", f"echo > {started}; read line < {goes_on}")
    async with connected(CAPABLE, {"clang": clang}) as client:
        bar = Bar(client)
        uri = client.open(tmp_path / "slow.c", FITS)
        await line_from(started)
        assert (
            await bar.until(uri, saying("analysing", "analysing"))
        ).detail == "slow.c is being analysed.\n"
        goes_on.write_text("\n")
        await bar.until(uri, fits)
        client.save(uri)
        await line_from(started)
        await bar.until(uri, saying("analysing", "analysing"))
        goes_on.write_text("\n")
        await bar.until(uri, fits)
        settings = {"xdp-lsp": {"clang": str(tmp_path / "no-clang")}}
        client.lsp.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
        assert "no-clang" in (await bar.until(uri, saying("failed", "not analysed"))).detail


async def test_what_takes_too_long_or_is_stopped(tmp_path: Path) -> None:
    clang = fake_clang(tmp_path, "slow.c", "exec sleep 1000")
    async with connected(CAPABLE, {"clang": clang, "time-limit": 1}) as client:
        bar = Bar(client)
        uri = client.open(tmp_path / "slow.c", FITS)
        detail = (await bar.until(uri, saying("failed", "not analysed"))).detail
        assert "was stopped after 1 s (setting `time-limit`)" in detail
        settings = {"xdp-lsp": {"time-limit": 1000}}
        client.lsp.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
        await bar.until(uri, saying("analysing", "analysing"))
        reports = client.lsp.progress_reports
        token = await client.until(
            lambda: next(
                (token for token, said in reports.items() if said and said[-1].kind == "begin"), None
            )
        )
        client.lsp.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
        detail = (await bar.until(uri, saying("failed", "not analysed"))).detail
        assert detail == "The analysis of slow.c was stopped.\n"


async def test_while_one_types_it_keeps_still(tmp_path: Path) -> None:
    """Each pause brings an answer; as long as that is the same nothing is told."""
    async with connected(CAPABLE, {"run": "on-type"}) as client:
        bar = Bar(client)
        uri = client.open(tmp_path / "prog.c", FITS)
        await bar.until(uri, fits)
        version = client.edit(uri, ((0, 0), (0, 0), "\n"))
        await client.diagnostics(uri, version)
        version = client.type_all(uri, TOO_MUCH)
        await bar.until(uri, exceeds)
        assert {one.state for one in bar.of(uri)} <= {"analysing", "fits", "exceeds"}


async def test_who_did_not_ask_is_not_told(tmp_path: Path) -> None:
    for experimental in (None, {"xdp-lsp": {"status": False}}, 7):
        async with connected(capabilities(experimental=experimental)) as client:
            uri = client.open(tmp_path / "prog.c", TOO_MUCH)
            await client.diagnostics(uri, 1, having=bool)
        assert "xdp-lsp/status" not in [method for method, _ in client.sent]
