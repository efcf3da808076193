"""The streams that the protocol is spoken over, from the first message to the end of the last worker."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Thread
from typing import BinaryIO

from pygls.io_ import StdinAsyncReader, run_async

from xdp_lsp.server import jobs
from xdp_lsp.server.app import XdpServer
from xdp_lsp.server.workers import WorkerPool

LOOPBACK = "127.0.0.1"
FLUSH_LIMIT = 1.0  # seconds

_log = logging.getLogger(__name__)


def serve(tcp: tuple[str, int] | None = None) -> int:
    """Serve one client, over stdin and stdout or over TCP; the exit status.

    0 after `shutdown` and `exit`, 1 where the client left otherwise, 2 where the address cannot be used. Without
    a host TCP listens on the loopback interface only: whoever can connect can have files read.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="xdp-lsp: %(message)s")
    # What pygls has to say of broken messages comes through `report_server_error` as well.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(_serve_stdio() if tcp is None else _serve_tcp(*tcp))
    except KeyboardInterrupt:
        return 1


async def _serve_stdio() -> int:
    stdin, stdout = _claim_standard_streams()
    with ThreadPoolExecutor(1) as executor:
        writer = _Writer(stdout)
        try:
            return await _speak(StdinAsyncReader(stdin, executor), writer)
        finally:
            writer.close()


class _Writer:
    """Writes in a thread of its own: a client that is slow to read what it is told holds up nothing else."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        self._outbox.put(data)

    def close(self) -> None:
        """Once all is written, or the client has not read it for FLUSH_LIMIT."""
        self._outbox.put(None)
        self._thread.join(FLUSH_LIMIT)

    def _run(self) -> None:
        with suppress(OSError):  # it is gone, as the end of our stdin says too
            for data in iter(self._outbox.get, None):
                self._stream.write(data)
                self._stream.flush()


async def _serve_tcp(host: str, port: int) -> int:
    connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    try:
        listener = await asyncio.start_server(
            lambda *streams: connections.put_nowait(streams), host or LOOPBACK, port
        )
    except (OSError, OverflowError) as error:
        print(f"xdp-lsp: cannot listen on {host or LOOPBACK}:{port}: {error}", file=sys.stderr)
        return 2
    address = listener.sockets[0].getsockname()
    print(f"xdp-lsp: listening on {address[0]}:{address[1]}", file=sys.stderr, flush=True)
    reader, writer = await connections.get()
    listener.close()
    try:
        return await _speak(reader, writer)
    finally:
        writer.close()


async def _speak(
    reader: StdinAsyncReader | asyncio.StreamReader, writer: _Writer | asyncio.StreamWriter
) -> int:
    pool = WorkerPool(jobs.run, size=_pool_size(), prepare=jobs.prepare)
    pool.warm_up()  # while the server makes itself ready
    server = XdpServer(pool)
    server.protocol.set_writer(writer)
    try:
        await run_async(
            stop_event=Event(),
            reader=reader,
            protocol=server.protocol,
            logger=logging.getLogger("pygls.io"),
            error_handler=server.report_server_error,
        )
    except SystemExit as end:  # how pygls obeys `exit`
        return end.code if isinstance(end.code, int) else 1
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        await pool.close()
    return 1


def _pool_size() -> int:
    """Two at least, so that one slow file does not hold up another; a clang each is what they cost."""
    return max(2, min(4, (os.cpu_count() or 1) // 2))


def _claim_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """Our own stdin and stdout. Nobody else finds them under their numbers any more: what is printed by
    accident goes to stderr, and a process that we start cannot hold the client's pipes open."""
    stdin = os.fdopen(os.dup(0), "rb")
    stdout = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2 if sys.stderr is not None else null, 1)
    os.close(null)
    return stdin, stdout
