"""What is asked while the answer is being worked out: between the opening of a file and its verdict, and from there to
what hovers and hints tell.

A file includes a header that is a FIFO: clang reads it before the verdict, and a worker that is about to run libclang
after it, each when we let it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from editor import Client, connected
from fake_clang import fake_clang, fifo
from lsprotocol import types
from programs import BROKEN, FITS, HEAD, place
from pygls.exceptions import JsonRpcException
from test_in_text import ALL, neovim, titles, vs_code
from waiting import LIMIT, line_from

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="holds compilers up with FIFOs")

INCLUDE = '#include "gate.h"\n'
TEXT = HEAD + INCLUDE + FITS.removeprefix(HEAD).replace("-16", "-n").replace("{\n", "{\n\tint n = 16;\n")
CALL = place(TEXT, "bpf_xdp_adjust_head")
HINT = "prepends 16, 136 left on i40e"
LENS = "xdp · 7 insns · needs 16 of 152 B · fits all 22 targets"


SERVER = """\
from xdp_lsp.cli import main
from xdp_lsp.server.features import hover
hover.PATIENCE = {patience}
raise SystemExit(main(["serve"]))
"""


# libclang is shown no FIFO: its worker reads the header itself, at the first thing that it does for libclang.
HOLDS_UP_LIBCLANG = """\
import os
import sys


def wait(event, _arguments):
    frame = sys._getframe() if event == "tempfile.mkdtemp" else None
    while frame is not None:
        if frame.f_code.co_filename.endswith("libclang.py"):
            with open(os.environ["GATE"]) as gate:
                gate.read()
            return
        frame = frame.f_back


sys.addaudithook(wait)
"""


class Gate:
    """The header: who reads it waits until it is opened, and goes through once."""

    def __init__(self, folder: Path) -> None:
        self._path = fifo(folder, "gate.h")
        hooks = folder / "hooks"
        hooks.mkdir()
        (hooks / "sitecustomize.py").write_text(HOLDS_UP_LIBCLANG)
        self.environment = {"PYTHONPATH": str(hooks), "GATE": str(self._path)}

    async def open(self) -> None:
        await asyncio.wait_for(asyncio.to_thread(self._path.write_text, "\n"), LIMIT)


@asynccontextmanager
async def gated(
    folder: Path,
    capable: types.ClientCapabilities | None = None,
    text: str = TEXT,
    *,
    patience: float = LIMIT,
    **options: Any,
) -> AsyncIterator[tuple[Client, str, Gate]]:
    """A client that has just opened `text`; its server has other patience than usual, on busy machines."""
    gate = Gate(folder)
    command = ("-c", SERVER.format(patience=patience))
    async with connected(capable, options, command=command, environment=gate.environment) as client:
        yield client, client.open(folder / "prog.c", text), gate


async def judged(client: Client, uri: str, gate: Gate) -> None:
    """Up to the verdict."""
    await gate.open()
    await client.diagnostics(uri, 1)


async def turn(client: Client) -> None:
    """Returns when the server has had its turn at all that was sent: it answers in order what it answers at once."""
    await client.lsp.protocol.send_request_async("xdp-lsp/targets", None)


def sent(client: Client, method: str, params: Any, name: str | None = None) -> asyncio.Future[Any]:
    """A request that is on its way to the server when this returns; `name` is its id."""
    return asyncio.wrap_future(client.lsp.protocol.send_request(method, params, msg_id=name))


def hover(
    client: Client, uri: str, at: tuple[int, int] = CALL, name: str | None = None
) -> asyncio.Future[types.Hover | None]:
    params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(*at))
    return sent(client, types.TEXT_DOCUMENT_HOVER, params, name)


def hints(client: Client, uri: str) -> asyncio.Future[list[types.InlayHint]]:
    params = types.InlayHintParams(types.TextDocumentIdentifier(uri), ALL)
    return sent(client, types.TEXT_DOCUMENT_INLAY_HINT, params)


def lenses(client: Client, uri: str) -> asyncio.Future[list[types.CodeLens]]:
    return sent(
        client, types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensParams(types.TextDocumentIdentifier(uri))
    )


def said(found: types.Hover | None) -> str:
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    return found.contents.value


@pytest.mark.parametrize("is_judged", [False, True], ids=["before the verdict", "after it"])
async def test_a_hover_waits_for_what_is_on_its_way(tmp_path: Path, is_judged: bool) -> None:
    async with gated(tmp_path) as (client, uri, gate):
        if is_judged:
            await judged(client, uri, gate)
        call, variable = hover(client, uri), hover(client, uri, place(TEXT, "n = 16"))
        program = hover(client, uri, place(TEXT, "prog("))
        await turn(client)
        assert not any(one.done() for one in (call, variable, program))
        if not is_judged:
            await judged(client, uri, gate)
        await gate.open()
        assert said(await call).startswith("prepends 16 bytes; 136 left on i40e\n")
        assert "n: 16" in said(await variable)
        assert "stack: " in said(await program)
        for one in (call, variable, program):
            assert "analysed" not in said(one.result())


async def test_it_does_not_wait_for_long_and_says_that_more_will_come(tmp_path: Path) -> None:
    async with gated(tmp_path, patience=0.2) as (client, uri, gate):
        first, other = await asyncio.gather(hover(client, uri), hover(client, uri, place(TEXT, "n = 16")))
        assert said(first).startswith("  long bpf_xdp_adjust_head(struct xdp_md *")
        assert said(first).endswith("\n\n(being analysed)\n")
        assert other is None  # for all that is known it is no XDP program

        await judged(client, uri, gate)
        places = (CALL, place(TEXT, "prog("), place(TEXT, "n = 16"), place(TEXT, "{\n"))
        call, program, variable, nothing = await asyncio.gather(*(hover(client, uri, at) for at in places))
        assert said(call).startswith("  long bpf_xdp_adjust_head(struct xdp_md *")
        assert said(call).endswith("\n\n(being analysed)\n")
        assert said(program).startswith("prog (xdp): needs 16 bytes")
        assert said(program).endswith("\n\n(being analysed)\n")
        assert said(variable) == "(being analysed)\n"
        assert nothing is None
        await gate.open()


async def test_what_was_found_of_an_earlier_text_is_told_at_once(tmp_path: Path) -> None:
    async with gated(tmp_path) as (client, uri, gate):
        await judged(client, uri, gate)
        await gate.open()
        await hover(client, uri)
        client.save(uri)
        again = hover(client, uri)
        shown = hints(client, uri)
        await turn(client)
        assert again.done() and shown.done()
        assert said(again.result()).startswith("prepends 16 bytes")
        assert said(again.result()).endswith("\n\n(being checked again)\n")
        assert [one.label for one in shown.result()] == [HINT]


async def test_a_hover_that_is_not_wanted_any_more_is_waited_for_no_longer(tmp_path: Path) -> None:
    """It is cancelled, its text is edited, or its document is closed."""
    async with gated(tmp_path) as (client, uri, gate):
        await judged(client, uri, gate)
        request = hover(client, uri, name="unwanted")
        client.lsp.cancel_request(types.CancelParams("unwanted"))
        with pytest.raises(JsonRpcException, match="cancel"):
            await request
        for act in (lambda: client.edit(uri, ((0, 0), (0, 0), "\n")), lambda: client.close(uri)):
            found, shown = hover(client, uri), hints(client, uri)
            await turn(client)
            assert not found.done() and not shown.done()
            act()
            await turn(client)
            assert found.done() and found.result() is None
            assert shown.done() and list(shown.result()) == []


async def test_where_nothing_will_come_nothing_is_waited_for(tmp_path: Path) -> None:
    """The analysis dies after its verdict."""
    told = fifo(tmp_path, "told")
    clang = fake_clang(tmp_path, "prog.c", f'echo $WORKER > "{told}"')
    async with gated(tmp_path, clang=clang) as (client, uri, gate):
        worker = int(await line_from(told))
        await judged(client, uri, gate)
        found, shown = hover(client, uri), hints(client, uri)
        await turn(client)
        assert not found.done() and not shown.done()
        os.kill(worker, signal.SIGKILL)
        assert "analysed" not in said(await asyncio.wait_for(found, LIMIT))
        assert list(await asyncio.wait_for(shown, LIMIT)) == []
        assert titles(await lenses(client, uri))[0] == LENS


@pytest.mark.parametrize("text", ["int main(void) { return 0; }\n", BROKEN], ids=["no program", "broken"])
async def test_a_file_that_nothing_is_known_of_in_the_end(tmp_path: Path, text: str) -> None:
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", text)
        assert list(await asyncio.wait_for(hints(client, uri), LIMIT)) == []
        assert list(await asyncio.wait_for(lenses(client, uri), LIMIT)) == []
        assert await asyncio.wait_for(hover(client, uri, (0, 1)), LIMIT) is None


async def test_who_cannot_be_told_to_ask_again_gets_hints_and_lenses_when_they_are_there(
    tmp_path: Path,
) -> None:
    async with gated(tmp_path) as (client, uri, gate):
        shown, above = hints(client, uri), lenses(client, uri)
        await turn(client)
        assert not shown.done() and not above.done()
        await judged(client, uri, gate)
        assert titles(await asyncio.wait_for(above, LIMIT))[0] == LENS
        assert not shown.done()
        await gate.open()
        [hint] = await asyncio.wait_for(shown, LIMIT)
        assert (hint.label, hint.position.line) == (HINT, CALL[0])


async def test_who_is_told_to_ask_again_is_answered_at_once(tmp_path: Path) -> None:
    """Else hints and lenses of other servers would wait for ours: VS Code shows all of them together."""
    for number, (capable, has_lenses) in enumerate(((vs_code(), True), (neovim(), False))):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with gated(folder, capable) as (client, uri, _gate):
            shown, above = hints(client, uri), lenses(client, uri)
            await turn(client)
            assert shown.done() and list(shown.result()) == []
            assert above.done() is has_lenses


async def test_a_header_waits_for_the_file_that_includes_it(tmp_path: Path) -> None:
    push = "static int push(struct xdp_md *ctx)\n{\n\treturn bpf_xdp_adjust_head(ctx, -20);\n}\n"
    (tmp_path / "push.h").write_text(push)
    text = HEAD + '#include "push.h"\n' + INCLUDE + FITS.removeprefix(HEAD)
    async with gated(tmp_path, text=text.replace("bpf_xdp_adjust_head(ctx, -16)", "push(ctx)")) as (
        client,
        root,
        gate,
    ):
        uri = client.open(tmp_path / "push.h", push)
        found, shown = hover(client, uri, place(push, "bpf_xdp")), hints(client, uri)
        await turn(client)
        assert not found.done() and not shown.done()
        await judged(client, root, gate)
        await gate.open()
        assert said(await found).startswith("prepends 20 bytes")
        assert [one.label for one in await shown] == ["prepends 20, 132 left on i40e"]
