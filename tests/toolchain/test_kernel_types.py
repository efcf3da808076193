"""Where the header made from a kernel's BTF is kept."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xdp_lsp.toolchain import HeadersNotFoundError, ToolchainSettings, header_folder, kept_header


@pytest.fixture
def settings(tmp_path: Path) -> ToolchainSettings:
    (tmp_path / "btf").write_bytes(b"a kernel")
    return ToolchainSettings(kernel_btf=str(tmp_path / "btf"), cache_directory=str(tmp_path / "cache"))


def upgrade(settings: ToolchainSettings, kernel: str) -> Path:
    """The folder of the header after a start of another kernel."""
    Path(settings.kernel_btf).write_text(kernel)
    return header_folder(settings, bytes.decode)


def test_it_is_made_once_for_each_kernel(settings: ToolchainSettings) -> None:
    made: list[bytes] = []

    def make(btf: bytes) -> str:
        made.append(btf)
        return "text"

    assert kept_header(settings) is None
    folder = header_folder(settings, make)
    assert header_folder(settings, make) == folder
    assert made == [b"a kernel"]
    assert kept_header(settings) == folder / "vmlinux.h"
    assert (folder / "vmlinux.h").read_text() == "text"
    Path(settings.kernel_btf).write_text("another kernel")
    assert kept_header(settings) is None
    assert header_folder(settings, make) != folder
    assert made == [b"a kernel", b"another kernel"]


def test_to_use_it_does_not_make_it_look_changed(settings: ToolchainSettings) -> None:
    header = header_folder(settings, bytes.decode) / "vmlinux.h"
    os.utime(header, (1, 1))
    header_folder(settings, bytes.decode)
    assert header.stat().st_mtime == 1


def test_the_headers_of_the_kernels_used_last_are_kept(settings: ToolchainSettings) -> None:
    folders = []
    for number in range(3):
        folders.append(upgrade(settings, f"kernel {number}"))
        os.utime(folders[-1], (number, number))
    abandoned = folders[0].parent / ".half written"
    abandoned.write_bytes(b"")
    os.utime(abandoned, (1, 1))
    upgrade(settings, "kernel 0")  # as after a start of the old one
    newest = upgrade(settings, "kernel 3")
    assert set(newest.parent.iterdir()) == {folders[0], folders[2], newest}


def test_several_may_make_it_at_once(settings: ToolchainSettings) -> None:
    with ThreadPoolExecutor(8) as pool:
        [folder] = set(pool.map(lambda _: header_folder(settings, bytes.decode), range(16)))
    assert [path.name for path in folder.iterdir()] == ["vmlinux.h"]
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_it_is_the_users_alone(settings: ToolchainSettings) -> None:
    folder = header_folder(settings, bytes.decode)
    assert all(
        path.stat().st_mode & 0o077 == 0 for path in (folder.parent.parent, folder, folder / "vmlinux.h")
    )


def test_where_nothing_can_be_written_it_is_told(settings: ToolchainSettings, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    with pytest.raises(HeadersNotFoundError, match=r"cannot be written to .*XDG_CACHE_HOME.*`vmlinux`\.$"):
        header_folder(settings, bytes.decode)


def test_without_btf_it_is_told_what_to_do(settings: ToolchainSettings) -> None:
    Path(settings.kernel_btf).unlink()
    with pytest.raises(HeadersNotFoundError, match=r"CONFIG_DEBUG_INFO_BTF.*vmlinux-header.*`vmlinux`\.$"):
        header_folder(settings, bytes.decode)
    assert kept_header(settings) is None
