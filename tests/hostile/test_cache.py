"""The user's cache: private, believed only where it is the user's own, whole whenever it is looked at."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess  # noqa: TID251 - processes that are killed
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.hostile.conftest import ANSWER, HEAD, PROGRAM, Folder
from xdp_lsp.toolchain import Store, user_cache

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX's permissions, links and signals"),
    pytest.mark.timeout(180),
]


def test_only_the_user_can_see_what_a_run_leaves_whatever_the_umask(folder: Folder, tmp_path: Path) -> None:
    folder.write("prog.c")
    cache = tmp_path / "new" / "cache"
    before = os.umask(0)
    try:
        assert ANSWER in folder.run("check", ".", environment={"XDG_CACHE_HOME": str(cache)}).said
    finally:
        os.umask(before)
    found = [cache, *cache.rglob("*")]
    assert len(found) > 3
    assert [path for path in found if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("way", ["others can write", "a link to nowhere", "a file"])
def test_a_cache_that_others_may_have_filled_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = tmp_path / "xdp-lsp"
    assert user_cache() == cache
    if way == "others can write":
        cache.mkdir()
        cache.chmod(0o777)
    elif way == "a link to nowhere":
        cache.symlink_to(tmp_path / "nowhere")
    else:
        cache.write_text("")
    instead = user_cache()
    # A file is in nobody's way but the user's, who is told.
    assert (instead == cache) is (way == "a file")
    if instead != cache:
        assert instead.stat().st_mode & 0o077 == 0
        assert instead == user_cache()


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives files away")
def test_a_cache_of_somebody_else_is_not_used(folder: Folder, tmp_path: Path) -> None:
    folder.write("prog.c")
    theirs = tmp_path / "theirs" / "xdp-lsp"
    theirs.mkdir(parents=True)
    os.chown(theirs, 65534, 65534)
    assert ANSWER in folder.run("check", ".", environment={"XDG_CACHE_HOME": str(theirs.parent)}).said
    assert list(theirs.iterdir()) == []


class Evil:
    """What writes a file when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self.mark), "w")


def test_what_was_put_into_the_cache_runs_nothing_and_changes_no_answer(
    folder: Folder, tmp_path: Path
) -> None:
    folder.write("prog.c")
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    first = folder.run("check", ".", environment=cache)
    assert ANSWER in first.said
    reports = tmp_path / "cache" / "xdp-lsp" / "reports"
    names = [entry.name for entry in reports.iterdir()]
    assert names
    evil = pickle.dumps(Evil(folder.mark))
    whole = Store(reports).get(names[0])
    assert whole is not None
    for entry in (evil, evil + whole, whole[:-1]):
        for name in names:
            Store(reports).put(name, entry)
        done = folder.run("check", ".", environment=cache)
        assert done.out == first.out
    folder.assert_untouched()


WRITER = """
import sys
from pathlib import Path
from xdp_lsp.toolchain.store import Store
from xdp_lsp.toolchain.cache import write_whole
store = Store(Path(sys.argv[1]))
print(flush=True)
number = int(sys.argv[2])
while True:
    number += 1
    store.put("a", bytes([number % 251]) * 1_000_000)
    write_whole(store.folder / "b", bytes([number % 251]) * 1_000_000)
"""


def _is_whole(entry: bytes | None, file: Path) -> int:
    """How many of the two are there; fails where one is, and not whole."""
    plain = file.read_bytes() if file.exists() else None
    there = [one for one in (entry, plain) if one is not None]
    for one in there:
        assert len(one) == 1_000_000 and len(set(one)) == 1
    return len(there)


def test_what_is_kept_is_whole_whenever_its_writers_are_killed(folder: Folder, tmp_path: Path) -> None:
    """Two at once, looked at while they write, and killed when so many files have been seen to come and go."""
    kept = tmp_path / "kept"
    read = 0
    for turn in range(8):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, str(kept), str(turn * 7 + one)],
                stdout=subprocess.PIPE,
                env={**os.environ, **folder.environment},
            )
            for one in range(2)
        ]
        try:
            for writer in writers:
                assert writer.stdout is not None
                writer.stdout.readline()
            seen: set[str] = set()
            while len(seen) <= turn:
                if kept.exists():
                    seen.update(one.name for one in kept.iterdir() if one.name.startswith("."))
                read += _is_whole(Store(kept).get("a"), kept / "b")
        finally:
            for writer in writers:
                writer.send_signal(signal.SIGKILL)
                writer.communicate()
        read += _is_whole(Store(kept).get("a"), kept / "b")
    assert read > 4
    assert Store(kept).extent().entries <= 2


def test_a_check_that_is_killed_at_any_moment_leaves_a_cache_that_gives_the_same_answers(
    folder: Folder, tmp_path: Path
) -> None:
    """Killed with all its processes when it has written, moved or replaced so many files, each time some more."""
    for number in range(6):
        folder.write(f"prog{number}.c", HEAD + PROGRAM.replace("-300", f"-{300 + number}"))
    expected = folder.run("check", ".", "--no-cache").out
    cache = tmp_path / "cache"
    killed = 0
    for turn in range(7):
        running = folder.start("check", ".", "--jobs", "2", environment={"XDG_CACHE_HOME": str(cache)})
        seen: set[tuple[str, int]] = set()
        while len(seen) <= 3 * turn and running.poll() is None:
            for path in cache.rglob("*"):
                with suppress(FileNotFoundError):
                    seen.add((path.name, path.stat().st_mtime_ns))
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        killed += running.returncode == -signal.SIGKILL
    assert killed > 3
    done = folder.run("check", ".", environment={"XDG_CACHE_HOME": str(cache)})
    assert done.out == expected
    assert folder.run("check", ".", environment={"XDG_CACHE_HOME": str(cache)}).out == expected


def test_two_at_once_in_a_cache_that_is_empty_give_what_one_gives(folder: Folder, tmp_path: Path) -> None:
    folder.write("prog.c")
    folder.write("other.c")
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(folder.run, "check", ".", environment=cache) for _ in range(2)]
        one, other = (run.result() for run in runs)
    assert one.out == other.out and one.out.count(ANSWER.encode()) == 2
    assert folder.run("check", ".", environment=cache).out == one.out
