"""Worker processes: bounded, warm, replaced when they die or overrun, and gone without a trace."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import worker_jobs
from waiting import LIMIT, end_of_process, line_from

from xdp_lsp.server import workers
from xdp_lsp.server.workers import JobFailedError, WorkerDiedError, WorkerPool

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches processes with pidfd and FIFOs")


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(worker_jobs.run, size=2)
    yield pool
    processes = pool.process_ids
    await pool.close()
    for process in processes:
        await end_of_process(process)


async def results(pool: WorkerPool, *request: Any, limit: float = LIMIT) -> list[Any]:
    received: list[Any] = []
    await pool.run(request, received.append, limit)
    return received


@contextmanager
def temporary_folder(folder: Path) -> Iterator[None]:
    """Temporary files of this process go to `folder`."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


async def begun(pool: WorkerPool, *request: Any) -> tuple[asyncio.Task[None], Any]:
    """A job that has given its first result and goes on."""
    first: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(pool.run(request, first.set_result, LIMIT))
    return task, await asyncio.wait_for(first, LIMIT)


async def stop(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_results_come_in_order(pool: WorkerPool) -> None:
    assert await results(pool, "echo", 1, b"two", None) == [1, b"two", None]


async def test_a_worker_is_used_again(pool: WorkerPool) -> None:
    assert await results(pool, "pid") == await results(pool, "pid")


async def test_a_job_takes_the_worker_that_is_on_its_way(pool: WorkerPool) -> None:
    pool.warm_up()
    [pid] = await results(pool, "pid")
    assert pool.process_ids == [pid]


async def test_no_more_workers_than_the_size(pool: WorkerPool) -> None:
    answers = await asyncio.gather(*(results(pool, "pid") for _ in range(12)))
    assert 1 <= len({pid for [pid] in answers}) <= 2


async def test_jobs_in_the_background_leave_a_worker_to_others(pool: WorkerPool) -> None:
    begun: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    waiting = [
        asyncio.create_task(pool.background.run(("wait", 1), on_result, LIMIT))
        for on_result in (begun.set_result, lambda _: pytest.fail("both workers were taken"))
    ]
    await asyncio.wait_for(begun, LIMIT)
    assert await results(pool, "echo", "at once") == ["at once"]
    for task in waiting:
        await stop(task)
    received: list[Any] = []
    await pool.background.run(("echo", "later"), received.append, LIMIT)
    assert received == ["later"]


async def test_workers_do_not_import_the_protocol(pool: WorkerPool) -> None:
    [modules] = await results(pool, "modules")
    assert "xdp_lsp.server.worker_process" in modules
    assert not [name for name in modules if name.split(".")[0] in {"pygls", "lsprotocol"}]


@pytest.mark.parametrize("what", ["wait", "spin"])
async def test_a_cancelled_job_stops_and_its_worker_lives(pool: WorkerPool, what: str) -> None:
    [pid] = await results(pool, "pid")
    task, _ = await begun(pool, what, "begun")
    await stop(task)
    assert await asyncio.gather(*(results(pool, "pid") for _ in range(2))) != []
    assert pid in pool.process_ids


async def test_a_cancel_that_comes_too_late_does_not_touch_the_next_job(pool: WorkerPool) -> None:
    for number in range(300):
        # Cancelled by its own result, so that the job's end comes at about the same time.
        task = asyncio.create_task(pool.run(("echo", number), lambda _: task.cancel(), LIMIT))  # noqa: B023
        after = asyncio.create_task(results(pool, "echo", number))
        await asyncio.gather(task, return_exceptions=True)
        assert await after == [number]


async def test_a_job_is_not_interrupted_where_it_must_not_be(
    pool: WorkerPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "GRACE", LIMIT)  # however slow the machine is
    [pid] = await results(pool, "pid")
    fifos = [tmp_path / "before", tmp_path / "after"]
    for fifo in fifos:
        os.mkfifo(fifo)
    task = asyncio.create_task(results(pool, "steadfast", *map(str, fifos)))
    assert await line_from(fifos[0]) == "undisturbed\n"
    await stop(task)
    assert await line_from(fifos[1]) == "undisturbed\n"
    await asyncio.gather(*(results(pool, "pid") for _ in range(2)))
    assert pid in pool.process_ids


async def test_a_worker_that_hears_no_cancel_is_killed_and_replaced(pool: WorkerPool, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    task = asyncio.create_task(results(pool, "deaf", str(fifo)))
    pid = int(await line_from(fifo))
    await stop(task)
    await end_of_process(pid)
    assert await results(pool, "echo", "after") == ["after"]


async def test_a_cancelled_wait_for_a_worker_takes_none(pool: WorkerPool) -> None:
    busy = [await begun(pool, "wait", "begun") for _ in range(2)]
    waiting = asyncio.create_task(results(pool, "echo", "never"))
    await asyncio.sleep(0)
    waiting.cancel()
    for task, _ in busy:
        await stop(task)
    assert await asyncio.gather(*(results(pool, "echo", n) for n in range(4))) == [[0], [1], [2], [3]]


async def test_an_overrunning_job_is_stopped_with_its_worker(pool: WorkerPool) -> None:
    [pid] = await results(pool, "pid")
    with pytest.raises(JobFailedError, match=r"did not finish within 0\.2 s"):
        await results(pool, "spin", limit=0.2)
    await end_of_process(pid)
    assert await results(pool, "echo", "after") == ["after"]


async def test_an_exception_is_a_sentence(pool: WorkerPool, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(JobFailedError, match=r"^The analysis failed \(ValueError: so what\)\.$"):
        await results(pool, "raise", "so what")
    assert "Traceback" in caplog.text
    assert await results(pool, "echo", "after") == ["after"]


async def test_a_job_whose_worker_dies_is_answered_by_another(pool: WorkerPool, tmp_path: Path) -> None:
    [answer] = await results(pool, "die_once", str(tmp_path / "marker"))
    assert answer in pool.process_ids


async def test_a_job_that_kills_every_worker_fails(pool: WorkerPool) -> None:
    with pytest.raises(WorkerDiedError, match="ended unexpectedly"):
        await results(pool, "die")
    assert await results(pool, "echo", "after") == ["after"]


async def test_a_job_that_gave_a_result_before_its_worker_died_is_not_repeated(pool: WorkerPool) -> None:
    received: list[Any] = []
    with pytest.raises(WorkerDiedError):
        await pool.run(("die", "first"), received.append, LIMIT)
    assert received == ["first"]


async def foreign(
    pool: WorkerPool, fifo: Path, job: str = "foreign"
) -> tuple[asyncio.Task[None], int, int, Path]:
    os.mkfifo(fifo)
    task = asyncio.create_task(pool.run((job, str(fifo)), lambda _: None, LIMIT))
    program, worker, folder = (await line_from(fifo)).split()
    return task, int(program), int(worker), Path(folder)


async def test_a_cancelled_job_leaves_no_file(pool: WorkerPool, tmp_path: Path) -> None:
    task, program, worker, folder = await foreign(pool, tmp_path / "fifo")
    assert folder.exists()
    await stop(task)
    # Two jobs at once take both workers: the one that was cancelled must have ended first.
    await asyncio.gather(*(results(pool, "pid") for _ in range(2)))
    assert worker in pool.process_ids
    assert not folder.exists()
    os.kill(
        program, signal.SIGKILL
    )  # the job's own affair: `xdp_lsp.toolchain` does it as the exception passes


@pytest.mark.parametrize("job", ["foreign", "foreign_untold"])
async def test_closing_the_pool_ends_foreign_programs(tmp_path: Path, job: str) -> None:
    pool = WorkerPool(worker_jobs.run, size=1)
    task, program, worker, folder = await foreign(pool, tmp_path / "fifo", job)
    await pool.close()
    await end_of_process(worker)
    await end_of_process(program)
    assert not folder.parent.exists()
    await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), LIMIT)


async def test_a_dead_server_takes_its_workers_along(tmp_path: Path) -> None:
    """The pool lives in a process of its own here, which is killed."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = (
        "import asyncio, sys; import worker_jobs; from xdp_lsp.server.workers import WorkerPool\n"
        "async def main(): await WorkerPool(worker_jobs.run, 1).run(('foreign', sys.argv[1]), print, 60)\n"
        "asyncio.run(main())"
    )
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(fifo), env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    )
    program, worker, folder = (await line_from(fifo)).split()
    server.kill()
    await server.wait()
    await end_of_process(int(worker))
    await end_of_process(int(program))
    assert not Path(folder).exists()


async def test_workers_that_cannot_start_fail_the_job() -> None:
    pool = WorkerPool(worker_jobs.run, size=1)
    # What cannot be pickled cannot be sent to a new process.
    pool._function = lambda _request, _on_foreign: iter(())
    with pytest.raises(JobFailedError, match="No worker process could be started"):
        await results(pool, "echo")
    await pool.close()


async def test_a_worker_whose_folder_was_swept_away_makes_another(tmp_path: Path) -> None:
    with temporary_folder(tmp_path):
        pool = WorkerPool(worker_jobs.run, size=1)
        [before] = await results(pool, "folder")
        shutil.rmtree(before)
        [after] = await results(pool, "folder")
        assert after == before
        assert Path(after).stat().st_mode & 0o777 == 0o700
        await pool.close()
        assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_was_swept_away_before_its_worker_had_started_is_made(tmp_path: Path) -> None:
    with temporary_folder(tmp_path):
        pool = WorkerPool(worker_jobs.run, size=1)
        pool.warm_up()
        while not (made := list(tmp_path.iterdir())):
            await asyncio.sleep(0)  # a thread makes it, and only then starts the process
        shutil.rmtree(made[0])
        assert await results(pool, "folder") == [str(made[0])]
        await pool.close()


async def test_a_worker_does_not_use_what_somebody_has_put_in_place_of_its_folder(tmp_path: Path) -> None:
    with temporary_folder(tmp_path):
        pool = WorkerPool(worker_jobs.run, size=1)
        [folder] = await results(pool, "folder")
        Path(folder).rename(tmp_path / "moved")
        Path(folder).mkdir()
        with pytest.raises(JobFailedError, match="File exists"):
            await results(pool, "folder")
        assert list(Path(folder).iterdir()) == []
        await pool.close()


async def test_without_a_place_for_temporary_files_jobs_fail_until_there_is_one(tmp_path: Path) -> None:
    folder = tmp_path / "tmp"
    with temporary_folder(folder):
        pool = WorkerPool(worker_jobs.run, size=2)
        with pytest.raises(JobFailedError, match="No worker process could be started"):
            await results(pool, "echo")
        folder.mkdir()
        assert await results(pool, "echo", "again") == ["again"]
        await pool.close()
