"""A client that does not trust its folder: what the server shows is of the text alone, whatever it is asked.

tests/pipeline/test_untrusted.py has the ways in which a folder could have a say.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from editor import connected
from lsprotocol import types
from opened_files import OpenedFiles
from programs import HEAD, TOO_MUCH, place
from test_code_actions import able, actions
from test_roots import lens
from test_verifier_log import QUOTED, SOURCE, is_refusal, log

import xdp_lsp
from xdp_lsp.toolchain import find_compiler

RESTRICTED = {"restricted": True}

TEXT = (
    HEAD
    + """\
#if __has_include("room.h")
#include "room.h"
#else
#define ROOM 200
#endif
SEC("xdp") int prog(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, -ROOM) ? XDP_ABORTED : XDP_TX;
}
"""
)
AT = place(TEXT, "bpf_xdp_adjust_head(")
ARGUMENT = place(TEXT, "-ROOM")


def grave(shown: list[types.Diagnostic]) -> list[types.Diagnostic]:
    return [one for one in shown if (one.severity or 1) <= types.DiagnosticSeverity.Warning]


def says(*beginnings: str) -> Callable[[list[types.Diagnostic]], bool]:
    """Whether these and no others are shown, but for what is only told."""

    def holds(shown: list[types.Diagnostic]) -> bool:
        messages = [one.message for one in grave(shown)]
        return len(messages) == len(beginnings) and all(map(str.startswith, messages, beginnings))

    return holds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "theirs"
    (made / "src").mkdir(parents=True)
    (made / ".git").mkdir()
    return made


async def everything(folder: Path, options: dict[str, Any], need: int) -> set[str]:
    """The names of the files in `folder` that are opened while all is asked for that there is."""
    path = folder / "src" / "prog.c"
    path.write_text(TEXT)
    room = folder / "src" / "room.h"
    declared = room.read_text()
    with closing(OpenedFiles(folder, folder / "src")) as opened:
        async with connected(able(), options, folders=[folder]) as client:
            header = client.open(room, declared)
            uri = client.open(path, TEXT)

            def is_enriched(shown: list[types.Diagnostic]) -> bool:
                """By libclang, which tells where the argument is."""
                found = says(f"prepends {need} bytes")(shown)
                return found and grave(shown)[0].range.start == types.Position(*ARGUMENT)

            [found] = grave(await client.diagnostics(uri, 1, having=is_enriched))
            assert found.code == "headroom-exceeded"
            document = types.TextDocumentIdentifier(uri)

            async def hovered() -> bool:
                params = types.HoverParams(document, types.Position(*AT))
                hover = await client.lsp.text_document_hover_async(params)
                return hover is not None and f"prepends {need}" in str(hover.contents)

            await client.until_answer(hovered)
            offered = await actions(client, uri, ARGUMENT)
            assert any(one.kind == types.CodeActionKind.QuickFix for one in offered)
            send = client.lsp.protocol.send_request_async
            listing = await send("xdp-lsp/bytecode", {"textDocument": {"uri": uri}})
            assert "return bpf_xdp_adjust_head" in listing.text
            await send("xdp-lsp/targets", {"textDocument": {"uri": uri}})
            if not options:
                await lens(client, header, lambda said: "unopened.c" in said)
        return opened.names()


async def test_nothing_but_the_document_is_opened_for_all_that_is_asked(folder: Path) -> None:
    (folder / ".xdp-lsp.toml").write_text('run = "on-save"\n')
    (folder / "compile_flags.txt").write_text("-DUNUSED\n")
    (folder / "src" / "compile_commands.json").write_text("[]")
    (folder / "Makefile").write_text("BPF_CFLAGS = -DUNUSED\n")
    (folder / "src" / "meson.build").write_text("")
    (folder / ".clangd").write_text("")
    (folder / "src" / "room.h").write_text("#define ROOM 300\n")
    (folder / "src" / "unopened.c").write_text(TEXT)
    assert await everything(folder, RESTRICTED, 200) <= {"prog.c"}
    all_of_it = {
        ".xdp-lsp.toml",
        ".clangd",
        "compile_flags.txt",
        "compile_commands.json",
        "room.h",
        "unopened.c",
    }
    assert await everything(folder, {}, 300) >= all_of_it


async def test_a_header_that_is_needed_is_told_at_its_line(folder: Path) -> None:
    (folder / "src" / "room.h").write_text("#define ROOM 300\n")
    text = HEAD + '#include "room.h"\n' + TOO_MUCH.removeprefix(HEAD)
    path = folder / "src" / "prog.c"
    path.write_text(text)
    async with connected(options=RESTRICTED, folders=[folder]) as client:
        [told] = await client.diagnostics(client.open(path, text), 1)
        assert (told.code, told.source) == ("folder-not-trusted", "xdp-lsp")
        assert told.severity == types.DiagnosticSeverity.Warning
        line, character = place(text, '"room.h"')
        assert told.range == types.Range(types.Position(line, character), types.Position(line, character + 8))
        assert told.code_description is not None and told.code_description.href.endswith("-trusted.md")


async def test_no_compiler_of_it_is_run_though_it_be_first_on_path(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler, ran = folder / "bin" / "clang", tmp_path / "ran"
    compiler.parent.mkdir()
    real = shlex.join(find_compiler().command)
    compiler.write_text(f'#!/bin/sh\n: > {shlex.quote(str(ran))}\nexec {real} "$@"\n')
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", f"{compiler.parent}{os.pathsep}{os.environ['PATH']}")
    for options, has_run in ((RESTRICTED, False), ({}, True)):
        async with connected(options=options, folders=[folder]) as client:
            uri = client.open(folder / "src" / "prog.c", TOO_MUCH)
            await client.diagnostics(uri, 1, having=says("prepends 300 bytes"))
        assert ran.exists() is has_run


async def test_no_other_open_text_is_used(folder: Path) -> None:
    (folder / "src" / "room.h").write_text("")
    for options, need in ((RESTRICTED, 200), ({}, 300)):
        async with connected(options={**options, "run": "on-type"}, folders=[folder]) as client:
            header = client.open(folder / "src" / "room.h", "")
            client.edit(header, ((0, 0), (0, 0), "#define ROOM 300\n"))
            uri = client.open(folder / "src" / "prog.c", TEXT)
            await client.diagnostics(uri, 1, having=says(f"prepends {need} bytes"))


async def test_no_file_that_a_log_names_is_looked_for(folder: Path) -> None:
    (folder / "push.c").write_text(SOURCE)
    source = (folder / "push.c").as_uri()
    async with connected(options=RESTRICTED, folders=[folder]) as client:
        uri = client.open(folder / "verifier.log", log(), language="log")
        [here] = await client.diagnostics(uri, having=is_refusal)
        assert f"the source there reads: {QUOTED} (push.c:15)" in here.message
        assert not any(one.uri == source for one in client.published)
        uri = client.open("untitled:Untitled-1", log(), language="plaintext")
        [here] = await client.diagnostics(uri, having=is_refusal)
        assert f"the source there reads: {QUOTED} (push.c:15)" in here.message
        assert not any(one.uri == source for one in client.published)
    async with connected(folders=[folder]) as client:
        client.open(folder / "verifier.log", log(), language="log")
        await client.diagnostics(source, having=is_refusal)


async def test_targets_are_not_those_of_its_file(folder: Path) -> None:
    (folder / ".xdp-lsp.toml").write_text('targets = ["veth"]\n')
    for options, targets in ((RESTRICTED, ["mainstream"]), ({}, ["veth"])):
        async with connected(options=options, folders=[folder]) as client:
            found = await client.lsp.protocol.send_request_async("xdp-lsp/targets", None)
            assert (found.chosen, found.configured) == (targets, targets)


async def test_a_text_on_no_disk_is_analysed(folder: Path) -> None:
    async with connected(options=RESTRICTED) as client:
        uri = client.open(folder / "new.c", TOO_MUCH)
        [found] = grave(await client.diagnostics(uri, 1, having=says("prepends 300 bytes")))
        assert found.range.start.line == place(TOO_MUCH, "bpf_xdp_adjust_head(")[0]


async def test_the_option_is_no_setting_and_the_status_tells_it(folder: Path) -> None:
    capable = able()
    capable.experimental = {"xdp-lsp": {"status": True}}
    async with connected(capable, RESTRICTED, folders=[folder]) as client:
        told: list[Any] = []
        client.on("xdp-lsp/status", told.append)
        client.open(folder / "src" / "prog.c", TOO_MUCH)
        await client.until(lambda: told and told[-1].state == "exceeds")
        assert all(one.restricted is True for one in told)
        assert not any(method == types.WINDOW_SHOW_MESSAGE for method, _ in client.sent)


async def test_no_python_of_it_is_run_even_if_it_is_trusted(folder: Path, tmp_path: Path) -> None:
    """Editors start the server in the folder; its workers are Pythons too."""
    ran = tmp_path / "ran"
    for module in ("multiprocessing", "json", "signal", "clang", "xdp_lsp"):
        (folder / f"{module}.py").write_text(f"open({str(ran)!r}, 'a').write({module!r})\n")
    script = tmp_path / "xdp-lsp"  # as it is installed
    script.write_text(
        "from xdp_lsp.cli import main\nif __name__ == '__main__':\n    raise SystemExit(main())\n"
    )
    found = {"PYTHONPATH": str(Path(xdp_lsp.__file__).parents[1])}
    command = (str(script), "serve")
    async with connected(command=command, environment=found, started_in=folder) as client:
        uri = client.open(folder / "src" / "prog.c", TOO_MUCH)
        await client.diagnostics(uri, 1, having=says("prepends 300 bytes"))
    assert not ran.exists()
