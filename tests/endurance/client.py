"""A client that speaks plain JSON-RPC: quicker than a library's, and it can be slow to read when it is told to."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LIMIT = 300.0  # seconds; what takes longer has failed

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "publishDiagnostics": {
            "versionSupport": True,
            "relatedInformation": True,
            "codeDescriptionSupport": True,
        },
        "hover": {"contentFormat": ["markdown"]},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor"]}}
        },
    },
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {
        "workspaceFolders": True,
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "didChangeConfiguration": {"dynamicRegistration": True},
        "inlayHint": {"refreshSupport": True},
        "codeLens": {"refreshSupport": True},
    },
    "experimental": {"xdp-lsp": {"status": True}},
}


class Client:
    """One server process. `published` is what each document shows, by URI; `answers` counts them by what they were."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.settings: Mapping[str, object] = {}
        self.published: dict[str, list[dict[str, Any]]] = {}
        self.wrong: list[str] = []  # what the protocol does not allow
        self._requests: dict[int, tuple[str, asyncio.Future[Any]]] = {}
        self._last = 0
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, environment: Mapping[str, str], steps: Path, errors: Path) -> Client:
        """A server whose stderr goes to the file `errors`, and the longest steps of its loop to `steps` at the end."""
        with errors.open("wb") as stream:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.endurance.watched", str(steps)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stream,
                cwd=ROOT,
                env={**os.environ, **environment},
            )
        return cls(process)

    async def initialize(self, folder: Path, *, can_be_asked: bool) -> None:
        workspace = {**CAPABILITIES["workspace"], "configuration": can_be_asked}
        await self.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": folder.as_uri(),
                "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
                "capabilities": {**CAPABILITIES, "workspace": workspace},
            },
        )
        self.tell("initialized", {})

    async def leave(self) -> int:
        """The exit status."""
        self.resume()
        await self.ask("shutdown", None)
        self.tell("exit", None)
        status = await asyncio.wait_for(self.process.wait(), LIMIT)
        await self._reader
        return status

    async def end(self) -> None:
        """Whatever it does."""
        self.resume()
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        await self._reader

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def begin(self, method: str, params: Any) -> tuple[int, asyncio.Future[Any]]:
        """Sends a request; its number, and what will be its answer: a result, or None for an error."""
        self._last += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._requests[self._last] = method, future
        self._send({"id": self._last, "method": method, "params": params})
        return self._last, future

    async def ask(self, method: str, params: Any) -> Any:
        return await asyncio.wait_for(self.begin(method, params)[1], LIMIT)

    def cancel(self, request: int) -> None:
        self.tell("$/cancelRequest", {"id": request})

    def pause(self) -> None:
        """Read nothing more until `resume`."""
        self._may_read.clear()

    def resume(self) -> None:
        self._may_read.set()

    @property
    def is_paused(self) -> bool:
        return not self._may_read.is_set()

    async def answered(self) -> None:
        """Every request has its answer."""
        futures = [future for _, future in self._requests.values()]
        if futures:
            await asyncio.wait(futures, timeout=LIMIT)
        for number, (method, _) in self._requests.items():
            self.wrong.append(f"request {number}, {method}, was not answered")

    @property
    def waiting(self) -> int:
        """Requests without an answer so far."""
        return len(self._requests)

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def drain(self) -> None:
        """The server has read most of what it was sent; not while it may wait for us to read."""
        assert self.process.stdin is not None
        await asyncio.wait_for(self.process.stdin.drain(), LIMIT)

    async def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while True:
            await self._may_read.wait()
            header = await stream.readline()
            if not header:
                break
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                header = await stream.readline()
            self._hear(json.loads(await stream.readexactly(length)))
        for _, future in self._requests.values():
            if not future.done():
                future.set_exception(EOFError("the server is gone"))

    def _hear(self, message: Mapping[str, Any]) -> None:
        if "method" in message:
            self._hear_from(message)
            return
        known = self._requests.pop(message["id"], None)
        if known is None:
            self.wrong.append(f"an answer to nothing: {message}")
            return
        method, future = known
        error = message.get("error")
        # RequestCancelled, ContentModified, RequestFailed: what the protocol has for what is no fault.
        if error is not None and error["code"] not in (-32800, -32801, -32803):
            self.wrong.append(f"{method}: {error}")
        if not future.done():
            future.set_result(message.get("result"))

    def _hear_from(self, message: Mapping[str, Any]) -> None:
        method, params = message["method"], message.get("params")
        if method == "textDocument/publishDiagnostics":
            self.published[params["uri"]] = params["diagnostics"]
        if "id" in message:
            result: Any = None
            if method == "workspace/configuration":
                result = [self.settings for _ in params["items"]]
            elif method == "window/showDocument":
                result = {"success": True}
            self._send({"id": message["id"], "result": result})
