"""What stands in the cache is whole, private, and nowhere else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from xdp_lsp.server.cache_files import write_cached

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and links")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "new" / "cache"))
    return tmp_path / "new" / "cache" / "xdp-lsp"


def test_only_the_user_can_see_it(cache: Path) -> None:
    before = os.umask(0)
    try:
        path = write_cached(("bytecode", "0"), "a.bpf", "text")
    finally:
        os.umask(before)
    assert path == cache / "bytecode" / "0" / "a.bpf"
    for folder in (*path.parents[:5], path):
        assert folder.stat().st_mode & 0o077 == 0, folder


@pytest.mark.parametrize("text", ["what is mine", "other"])
def test_a_link_is_replaced_and_not_followed(cache: Path, tmp_path: Path, text: str) -> None:
    mine = tmp_path / "mine"
    mine.write_text("what is mine")
    path = write_cached(("x",), "a", "old")
    path.unlink()
    path.symlink_to(mine)
    assert not write_cached(("x",), "a", text).is_symlink()
    assert (path.read_text(), mine.read_text()) == (text, "what is mine")


def test_what_cannot_be_written_leaves_nothing(cache: Path) -> None:
    (cache / "x" / "a").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_cached(("x",), "a", "text")
    assert [one.name for one in (cache / "x").iterdir()] == ["a"]
