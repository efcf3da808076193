"""Every request is answered, whatever is in it and whenever it comes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from programs import TOO_MUCH
from waiting import LIMIT

INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32600, -32601, -32602
NOT_INITIALIZED, REQUEST_CANCELLED = -32002, -32800


class Raw:
    """A client that says what it is told to, well-formed or not."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._heard: list[dict[str, Any]] = []  # and not waited for so far
        self.log = ""  # what the server wrote on stderr, once it has ended

    def send(self, **message: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def answer(self, request: int) -> dict[str, Any]:
        return await asyncio.wait_for(
            self._until(lambda message: message.get("id") == request and "method" not in message), LIMIT
        )

    async def asks(self, method: str) -> dict[str, Any]:
        return await asyncio.wait_for(self._until(lambda message: message.get("method") == method), LIMIT)

    async def _until(self, is_it: Any) -> dict[str, Any]:
        for message in self._heard:
            if is_it(message):
                self._heard.remove(message)
                return message
        while not is_it(message := await self._next()):
            self._heard.append(message)
        return message

    async def _next(self) -> dict[str, Any]:
        stream = self.process.stdout
        assert stream is not None
        header = await stream.readuntil(b"\r\n\r\n")
        length = int(header.split(b":")[1].split(b"\r")[0])
        message: dict[str, Any] = json.loads(await stream.readexactly(length))
        return message

    async def ask(self, request: int, method: str, params: Any) -> dict[str, Any]:
        self.send(id=request, method=method, params=params)
        return await self.answer(request)

    async def leave(self) -> None:
        self.send(id="last", method="shutdown")
        self.send(method="exit")
        assert await asyncio.wait_for(self.process.wait(), LIMIT) == 0


@asynccontextmanager
async def raw(limit: int = 1 << 24) -> AsyncIterator[Raw]:
    """`limit`: bytes that are read before they are asked for."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "xdp_lsp", "serve"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=limit,
    )
    client = Raw(process)
    try:
        yield client
    finally:
        if process.returncode is None:
            process.kill()
        _, errors = await process.communicate()  # what is left in the pipes, else asyncio waits for it
        client.log = errors.decode()


HOVER = {"textDocument": {"uri": "file:///a.c"}, "position": {"line": 0, "character": 0}}
START = {"processId": None, "rootUri": None, "capabilities": {}}


async def test_a_request_out_of_turn_is_told_so() -> None:
    async with raw() as client:
        actions = {
            **HOVER,
            "range": {"start": HOVER["position"], "end": HOVER["position"]},
            "context": {"diagnostics": []},
        }
        for number, (method, params) in enumerate(
            (("textDocument/hover", HOVER), ("textDocument/codeAction", actions), ("shutdown", None)), 10
        ):
            assert (await client.ask(number, method, params))["error"]["code"] == NOT_INITIALIZED
        assert "result" in await client.ask(1, "initialize", START)
        assert (await client.ask(2, "initialize", START))["error"]["code"] == INVALID_REQUEST
        assert (await client.ask(3, "textDocument/hover", HOVER))["result"] is None
        assert (await client.ask(4, "shutdown", None))["result"] is None
        assert (await client.ask(5, "textDocument/hover", HOVER))["error"]["code"] == INVALID_REQUEST
        client.send(method="exit")
        assert await asyncio.wait_for(client.process.wait(), LIMIT) == 0


async def test_a_request_that_is_none_is_told_so() -> None:
    broken = {**START, "capabilities": {"textDocument": {"hover": {"contentFormat": ["smoke signals"]}}}}
    asked: list[tuple[str, Any]] = [
        ("textDocument/hover", {"textDocument": 5}),
        ("textDocument/hover", {**HOVER, "position": {"line": "z", "character": 0}}),
        ("textDocument/codeAction", HOVER),
        ("workspace/executeCommand", {}),
    ]
    async with raw() as client:
        assert (await client.ask(1, "initialize", broken))["error"]["code"] == INVALID_PARAMS
        assert "result" in await client.ask(2, "initialize", START)
        for number, (method, params) in enumerate(asked, 3):
            assert (await client.ask(number, method, params))["error"]["code"] == INVALID_PARAMS, params


# Methods that LSP has no types for.
OURS = ("xdp-lsp/targets", "xdp-lsp/fits", "xdp-lsp/bytecode", "xdp-lsp/manual")
FAR = {"line": 1 << 31, "character": 1 << 31}
NO_PARAMETERS: tuple[Any, ...] = (
    *(None, [], [HOVER], 5, "file:///a.c", True, {}),
    *({"type_name": "no name"}, {"class": 1, "": 2}, {"jsonrpc": "2.0"}, {"jsonrpc": "2.0", "id": 1}),
    *({"textDocument": 5, "position": []}, {"textDocument": {"uri": {}}}, {**HOVER, "position": FAR}),
    {**HOVER, "position": {"line": 0.5, "character": "0"}},
)


async def test_our_own_requests_are_answered_whatever_their_parameters() -> None:
    async with raw() as client:
        assert "result" in await client.ask(1, "initialize", START)
        numbers = count(2)
        for method in OURS:
            number = next(numbers)
            client.send(id=number, method=method)
            left_out = await client.answer(number)
            assert left_out["result"] == (await client.ask(next(numbers), method, None))["result"]
            client.send(method=method)  # a notification of that name is nobody's
            for params in NO_PARAMETERS:
                assert "result" in await client.ask(next(numbers), method, params), (method, params)
            number = next(numbers)
            client.send(id=number, method=method, params=HOVER, trace="unknown to JSON-RPC")
            assert "result" in await client.answer(number)
        number = next(numbers)
        client.send(id=number, method="xdp-lsp/unknown")
        assert (await client.answer(number))["error"]["code"] == METHOD_NOT_FOUND
        number = next(numbers)
        client.send(id=number, method=["xdp-lsp/manual"])
        assert (await client.answer(number))["error"]["code"] == INVALID_REQUEST
        await client.leave()
    assert client.log.splitlines() == [
        "xdp-lsp: FeatureRequestError: Method Not Found: xdp-lsp/unknown",
        "xdp-lsp: JsonRpcException: A method is named by a text.",
    ]


async def test_what_is_cancelled_is_nothing_for_the_log(tmp_path: Path) -> None:
    """By the client, and by us: of what we ask, the answer may be on its way when we have ceased to want it."""
    uri = (tmp_path / "prog.c").as_uri()
    item = {"uri": uri, "languageId": "c", "version": 1, "text": TOO_MUCH}
    text = {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}}
    capable = {"workspace": {"configuration": True}, "textDocument": text}
    async with raw() as client:
        assert "result" in await client.ask(1, "initialize", {**START, "capabilities": capable})
        client.send(method="initialized", params={})
        asked = [await client.asks("workspace/configuration")]
        for _ in range(2):
            client.send(method="workspace/didChangeConfiguration", params={"settings": None})
            asked.append(await client.asks("workspace/configuration"))
        client.send(id=asked[0]["id"], result=[None])
        client.send(id=asked[1]["id"], error={"code": REQUEST_CANCELLED, "message": "cancelled"})
        client.send(id=asked[2]["id"], result=[{"targets": ["intel"]}])
        client.send(method="textDocument/didOpen", params={"textDocument": item})
        await client.asks("textDocument/publishDiagnostics")
        assert (await client.ask(2, "xdp-lsp/targets", None))["result"]["configured"] == ["intel"]

        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
        wanted = {"textDocument": {"uri": uri}, "range": everything, "context": {"diagnostics": []}}
        choose = {"command": "xdp-lsp.chooseTargets"}
        for number, (method, params) in enumerate(
            (("textDocument/codeAction", wanted), ("workspace/executeCommand", choose)), 10
        ):
            client.send(id=number, method=method, params=params)
            for _ in range(2):  # the second is too late
                client.send(method="$/cancelRequest", params={"id": number})
            assert (await client.answer(number))["error"]["code"] == REQUEST_CANCELLED
        question = await client.asks("window/showMessageRequest")
        client.send(id=question["id"], result=None)
        assert (await client.ask(20, "textDocument/codeAction", wanted))["result"]
        await client.leave()
    assert client.log == ""


async def test_a_client_that_leaves_while_a_question_is_open() -> None:
    """Which targets, the user was asked; then the editor was closed."""
    async with raw() as client:
        assert "result" in await client.ask(1, "initialize", START)
        client.send(id=2, method="workspace/executeCommand", params={"command": "xdp-lsp.chooseTargets"})
        await client.asks("window/showMessageRequest")
        client.send(id=3, method="shutdown", params=None)
        assert "error" in await client.answer(2)
        assert (await client.answer(3))["result"] is None
        client.send(method="exit")
        assert await asyncio.wait_for(client.process.wait(), LIMIT) == 0


NAMES = (
    "file:///a%00b.c",
    "file:///\ud800.c",
    "file:///%ff.c",
    f"file:///{'d/' * 3000}x.c",
    "file://[",
    "xdp-lsp:/bytecode/\0.bpf",
    "xdp-lsp:/bytecode/\ud800.bpf",
    "xdp-lsp:/bytecode/../../etc/passwd.bpf",
    "xdp-lsp:/bytecode/.bpf",
    "untitled:Untitled-1",
    "untitled:\0",
    "untitled:\ud800",
    "http://example.org/a.c",
    ":",
    "",
)


def about(uri: str) -> dict[str, Any]:
    """A request of each kind about the document `uri`."""
    document, place = {"uri": uri}, {"line": 0, "character": 0}
    spot, everything = {"textDocument": document, "position": place}, {"start": place, "end": place}
    stretch = {"textDocument": document, "range": everything}
    return {
        "textDocument/hover": spot,
        "textDocument/definition": spot,
        "textDocument/documentHighlight": spot,
        "textDocument/codeLens": {"textDocument": document},
        "textDocument/inlayHint": stretch,
        "textDocument/codeAction": {**stretch, "context": {"diagnostics": []}},
        "workspace/textDocumentContent": {"uri": uri},
        "xdp-lsp/bytecode": spot,
        "workspace/executeCommand": {"command": "xdp-lsp.showBytecode", "arguments": [uri]},
    }


async def test_no_name_of_a_document_is_an_error() -> None:
    async with raw() as client:
        assert "result" in await client.ask(1, "initialize", START)
        client.send(method="initialized", params={})
        numbers = count(2)
        for uri in NAMES:
            item = {"uri": uri, "languageId": "c", "version": 1, "text": TOO_MUCH}
            client.send(method="textDocument/didOpen", params={"textDocument": item})
            for method, params in about(uri).items():
                assert "result" in await client.ask(next(numbers), method, params), (method, uri)


async def test_a_client_that_does_not_read_is_still_heard() -> None:
    """One that writes all it has to say first would else wait for a server that waits for it."""
    most = 4000  # whose answers fill any pipe
    async with raw(limit=1 << 16) as client:
        assert "result" in await client.ask(1, "initialize", START)
        for number in range(2, most):
            client.send(id=number, method="textDocument/hover", params=HOVER)
        assert client.process.stdin is not None
        client.process.stdin.transport.set_write_buffer_limits(0)
        await asyncio.wait_for(client.process.stdin.drain(), LIMIT)
        for number in range(2, most):
            assert (await client.answer(number))["result"] is None
        client.send(id=most, method="shutdown", params=None)
        client.send(method="exit")
        assert (await client.answer(most))["result"] is None
        assert await asyncio.wait_for(client.process.wait(), LIMIT) == 0
