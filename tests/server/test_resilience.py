"""Compilers that hang or crash, workers that die, clients that vanish: the server is right for the next file."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from editor import capabilities, connected
from fake_clang import fake_clang, fifo
from lsprotocol import types
from programs import FITS, TOO_MUCH
from waiting import LIMIT, end_of_process, line_from

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches processes with pidfd and FIFOs")

# Tells a FIFO who it is and who runs it, then never ends.
HANG = 'echo $$ $WORKER > "{fifo}"; exec sleep 1000'


async def test_a_compiler_that_hangs_is_told_and_the_next_file_is_right(tmp_path: Path) -> None:
    told = fifo(tmp_path, "fifo")
    clang = fake_clang(tmp_path, "hang.c", HANG.format(fifo=told))
    async with connected(options={"clang": clang, "time-limit": 1}) as client:
        uri = client.open(tmp_path / "hang.c", TOO_MUCH)
        hanging = int((await line_from(told)).split()[0])
        [found] = await client.diagnostics(uri, 1)
        assert (found.source, found.code) == ("xdp-lsp", "compile-error")
        assert "was stopped after 1 s" in found.message
        await end_of_process(hanging)
        good = client.open(tmp_path / "good.c", TOO_MUCH)
        assert [one.code for one in await client.diagnostics(good, 1)] == ["headroom-exceeded"]


async def test_what_a_newer_save_supersedes_is_stopped(tmp_path: Path) -> None:
    told = fifo(tmp_path, "fifo")
    clang = fake_clang(tmp_path, "prog.c", f'[ -e "{tmp_path}/go" ] || {{ {HANG.format(fifo=told)}; }}')
    async with connected(options={"clang": clang}) as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        hanging, worker = map(int, (await line_from(told)).split())
        (tmp_path / "go").touch()
        version = client.save_as(uri, FITS)
        await end_of_process(hanging)
        await client.diagnostics(uri, version)
        os.kill(worker, 0)  # it went on to work
        assert {params.version for params in client.published} == {version}


async def test_a_worker_killed_in_its_work_is_replaced_and_the_file_answered(tmp_path: Path) -> None:
    told = fifo(tmp_path, "fifo")
    clang = fake_clang(tmp_path, "prog.c", f'mkdir "{tmp_path}/once" 2>&- && {{ {HANG.format(fifo=told)}; }}')
    async with connected(options={"clang": clang}) as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        hanging, worker = map(int, (await line_from(told)).split())
        os.kill(worker, signal.SIGKILL)
        assert [one.code for one in await client.diagnostics(uri, 1)] == ["headroom-exceeded"]
        os.kill(hanging, signal.SIGKILL)  # nobody was left to know of it


async def test_a_compiler_that_crashes_or_babbles_is_a_sentence(tmp_path: Path) -> None:
    for name, commands, sentence in (
        ("crash.c", "kill -SEGV $$", "was ended by SIGSEGV"),
        ("babble.c", "exec yes", "bytes of messages"),
    ):
        clang = fake_clang(tmp_path, name, commands)
        async with connected(options={"clang": clang}) as client:
            uri = client.open(tmp_path / name, TOO_MUCH)
            [found] = await client.diagnostics(uri, 1)
            assert found.code == "compile-error"
            assert sentence in found.message


async def test_no_compiler_is_a_sentence(tmp_path: Path) -> None:
    async with connected(options={"clang": str(tmp_path / "none")}) as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        [found] = await client.diagnostics(uri, 1)
        assert found.code == "compile-error"
        assert "setting `clang`" in found.message


CLIENT = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from editor import connected
from programs import TOO_MUCH
async def main():
    async with connected(options={"clang": sys.argv[2]}) as client:
        client.open(Path(sys.argv[3]), TOO_MUCH)
        print(client.process, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_a_client_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    told = fifo(tmp_path, "fifo")
    clang = fake_clang(tmp_path, "hang.c", HANG.format(fifo=told))
    here = str(Path(__file__).parent)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CLIENT, here, clang, str(tmp_path / "hang.c")),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert client.stdout is not None
    server = int(await asyncio.wait_for(client.stdout.readline(), LIMIT))
    hanging, worker = map(int, (await line_from(told)).split())
    client.kill()
    await client.wait()
    for process in (server, worker, hanging):
        await end_of_process(process)
    assert list(temporary.iterdir()) == []


async def test_a_client_that_vanishes_while_its_pipe_stays_open(tmp_path: Path) -> None:
    """Another process may have inherited the client's end; here it is this one."""
    client = await asyncio.create_subprocess_exec("sleep", "1000")
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "xdp_lsp", "serve"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    body = (
        '{"jsonrpc": "2.0", "id": 1, "method": "initialize", '
        f'"params": {{"processId": {client.pid}, "capabilities": {{}}, "rootUri": null}}}}'
    )
    server.stdin.write(f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
    assert (await asyncio.wait_for(server.stdout.readline(), LIMIT)).startswith(b"Content-Length")
    client.kill()
    await client.wait()
    assert await asyncio.wait_for(server.wait(), LIMIT) == 1


async def speak(*messages: bytes) -> tuple[int, bytes, bytes]:
    """Exit status, stdout and stderr of a server that is told `messages`, then left."""
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "xdp_lsp", "serve"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    framed = b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in messages)
    output, errors = await asyncio.wait_for(server.communicate(framed), LIMIT)
    assert server.returncode is not None
    return server.returncode, output, errors


INITIALIZE = (
    b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", '
    b'"params": {"processId": null, "capabilities": {}, "rootUri": null}}'
)
SHUTDOWN = b'{"jsonrpc": "2.0", "id": 2, "method": "shutdown"}'
EXIT = b'{"jsonrpc": "2.0", "method": "exit"}'
DID_OPEN = (
    b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": '
    b'{"uri": "file:///a.c", "languageId": "c", "version": 1, "text": ""}}}'
)


async def test_the_exit_status_is_the_protocols() -> None:
    assert (await speak(INITIALIZE, SHUTDOWN, EXIT))[0] == 0
    assert (await speak(INITIALIZE, EXIT))[0] == 1
    assert (await speak())[0] == 1


async def test_broken_messages_are_survived() -> None:
    status, output, errors = await speak(
        b"this is not JSON",
        b"[]",
        b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": 5}}',
        DID_OPEN,
        INITIALIZE,
        b'{"jsonrpc": "2.0", "id": 7, "method": "xdp/unknown", "params": {}}',
        b'{"jsonrpc": "2.0", "id": "never asked", "result": null}',
        SHUTDOWN,
        DID_OPEN,
        EXIT,
    )
    assert status == 0
    assert b'"id": 2' in output
    assert b"Traceback" not in errors


async def test_tcp_is_on_the_loopback_interface(tmp_path: Path) -> None:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "xdp_lsp", "serve", "--tcp", "0"), stderr=asyncio.subprocess.PIPE
    )
    assert server.stderr is not None
    line = (await asyncio.wait_for(server.stderr.readline(), LIMIT)).decode()
    host, port = line.split()[-1].rsplit(":", 1)
    assert host == "127.0.0.1"
    reader, writer = await asyncio.open_connection(host, int(port))
    for body in (INITIALIZE, SHUTDOWN, EXIT):
        writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    assert b'"name": "xdp-lsp"' in await asyncio.wait_for(reader.read(), LIMIT)
    writer.close()
    await asyncio.wait_for(server.communicate(), LIMIT)
    assert server.returncode == 0


async def test_an_address_that_cannot_be_used_is_a_sentence() -> None:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "xdp_lsp", "serve", "--tcp", "192.0.2.1:1"), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await asyncio.wait_for(server.communicate(), LIMIT)
    assert server.returncode == 2
    assert errors.decode().startswith("xdp-lsp: cannot listen on 192.0.2.1:1: ")
    assert errors.count(b"\n") == 1


async def test_progress_is_shown_for_what_takes_long(tmp_path: Path) -> None:
    gate = fifo(tmp_path, "gate")
    clang = fake_clang(tmp_path, "slow.c", f'read line < "{gate}"')
    async with connected(options={"clang": clang}) as client:
        uri = client.open(tmp_path / "slow.c", TOO_MUCH)
        [token] = await client.until(lambda: list(client.lsp.progress_reports))
        begun = await client.until(lambda: client.lsp.progress_reports[token])
        assert isinstance(begun[0], types.WorkDoneProgressBegin)
        assert "slow.c" in begun[0].title
        await asyncio.to_thread(gate.write_text, "go\n")
        await client.diagnostics(uri, 1)
        reports = await client.until(lambda: begun[1:])
        assert isinstance(reports[0], types.WorkDoneProgressEnd)


async def test_what_the_user_stops_is_stopped_and_said_to_be(tmp_path: Path) -> None:
    told = fifo(tmp_path, "fifo")
    clang = fake_clang(tmp_path, "prog.c", f'[ -e "{tmp_path}/go" ] || {{ {HANG.format(fifo=told)}; }}')
    async with connected(options={"clang": clang}) as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        hanging, _ = map(int, (await line_from(told)).split())
        reports = client.lsp.progress_reports
        [token] = await client.until(lambda: list(reports))
        [begun] = await client.until(lambda: reports[token])
        assert begun.cancellable
        client.lsp.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams("unknown"))
        client.lsp.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
        await end_of_process(hanging)
        _, ended = await client.until(lambda: len(reports[token]) > 1 and reports[token])
        assert (ended.kind, ended.message) == ("end", "stopped")
        assert client.published == []
        (tmp_path / "go").touch()
        version = client.save_as(uri, FITS)
        await client.diagnostics(uri, version)


async def test_a_client_that_shows_no_progress_is_not_asked_to(tmp_path: Path) -> None:
    clang = fake_clang(tmp_path, "slow.c", "exec sleep 1000")
    capable = capabilities()
    capable.window = None
    async with connected(capable, options={"clang": clang, "time-limit": 1}) as client:
        uri = client.open(tmp_path / "slow.c", TOO_MUCH)
        await client.diagnostics(uri, 1)
        assert client.lsp.progress_reports == {}
