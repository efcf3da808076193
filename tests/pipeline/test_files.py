"""Whatever a name turns out to be: bytes, or one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.privileges import as_a_user
from xdp_lsp.pipeline.files import Sources, UnreadableError, read_file
from xdp_lsp.source import SourceRange

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX files")


def test_bytes_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a é.c"
    path.write_bytes(b"\xff\r\n\x1a")
    assert read_file(str(path), 4) == b"\xff\r\n\x1a"


def test_a_size_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.c"
    path.write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(UnreadableError, match=r"a\.c is larger than 1 MiB\.$"):
        read_file(str(path), 1 << 20)


def sentence(path: str) -> str:
    with pytest.raises(UnreadableError) as caught:
        read_file(path, 100)
    return str(caught.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    assert sentence(str(tmp_path)) == f"{tmp_path} is a folder."
    assert sentence(str(tmp_path / "no")) == f"{tmp_path / 'no'} does not exist."
    assert sentence("a\0b").startswith("a\0b cannot be opened: ")


@posix
def test_what_never_ends(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.c"
    os.mkfifo(fifo)
    assert sentence(str(fifo)) == f"{fifo} is not a regular file."
    assert sentence("/dev/zero") == "/dev/zero is not a regular file."


@posix
def test_a_link_to_itself_and_a_name_too_long(tmp_path: Path) -> None:
    loop = tmp_path / "loop.c"
    loop.symlink_to(loop)
    assert "cannot be opened" in sentence(str(loop))
    assert "cannot be opened" in sentence("/" + "a" * 300)


@posix
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.c"
    path.touch(mode=0)
    with as_a_user():
        said = sentence(str(path))
    assert said == f"{path} cannot be opened: Permission denied."


def test_the_root_is_the_snapshot_and_headers_are_the_disks(tmp_path: Path) -> None:
    root, header = str(tmp_path / "a.c"), tmp_path / "h.h"
    Path(root).write_bytes(b"on the disk")
    header.write_bytes(b"one\r\ntwo\nthree")
    sources = Sources(root, b"in the editor")
    assert sources.text(root) == "in the editor"
    assert sources.read(str(tmp_path / "no.h")) is None
    places = [
        SourceRange(str(header), 1, 1, 2, 1),
        SourceRange(root, 1, 0, 9, 0),
        SourceRange("no.h", 1, 1, 1, 1),
    ]
    assert sources.lines(places) == {
        (str(header), 1): b"one",
        (str(header), 2): b"two",
        (root, 1): b"in the editor",
    }
