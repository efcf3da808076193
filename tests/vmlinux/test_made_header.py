"""A source that includes `vmlinux.h` and brings none gets the running kernel's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.kernel_types import kernel_btf, kernel_header
from xdp_lsp.analysis import Status
from xdp_lsp.pipeline import analyse_path
from xdp_lsp.settings import Settings
from xdp_lsp.toolchain import Toolchain, ToolchainSettings, find_toolchain, header_folder

PROGRAM = """\
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("xdp") int encap(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, -(int)sizeof(struct ipv6hdr)) ? XDP_DROP : XDP_PASS;
}
"""


@pytest.fixture(scope="session")
def toolchain(tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    """One whose cache holds the header, as after a first use."""
    kernel_btf()
    found = find_toolchain(ToolchainSettings(cache_directory=str(tmp_path_factory.mktemp("cache"))))
    header_folder(found.settings, lambda _: kernel_header())
    return found


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "repository" / "encap.bpf.c"
    path.parent.mkdir()
    path.write_text(PROGRAM)
    return path


def test_the_running_kernels_types_are_taken_where_there_are_no_others(
    toolchain: Toolchain, source: Path
) -> None:
    report = analyse_path(str(source), Settings(), toolchain)
    assert report.analysis.status is Status.ANALYSED, report.analysis.reason
    assert [program.exploration.need for program in report.analysis.programs] == [40]
    assert str(toolchain.settings.cache_directory) in report.dependencies[1]
    assert "the running kernel's types" in report.layers[-1].reason


def test_nothing_is_written_beside_the_source(toolchain: Toolchain, source: Path) -> None:
    analyse_path(str(source), Settings(), toolchain)
    assert list(source.parent.iterdir()) == [source]


@pytest.mark.parametrize("place", [".", "include"])
def test_a_projects_own_header_is_taken_before_the_kernels(
    toolchain: Toolchain, source: Path, place: str
) -> None:
    own = source.parent / place / "vmlinux.h"
    own.parent.mkdir(exist_ok=True)
    own.write_text("#include <linux/bpf.h>\nstruct ipv6hdr { char all[44]; };\n")
    report = analyse_path(str(source), Settings(flags=(f"-I{own.parent}",)), toolchain)
    assert [program.exploration.need for program in report.analysis.programs] == [44], report.analysis.reason
    assert str(own) in report.dependencies


def test_a_folder_that_is_not_trusted_may_have_the_machines(toolchain: Toolchain, source: Path) -> None:
    report = analyse_path(str(source), Settings(untrusted=(str(source.parent),)), toolchain)
    assert report.analysis.status is Status.ANALYSED, report.analysis.reason


def test_without_btf_it_is_told_where_to_get_a_header(toolchain: Toolchain, source: Path) -> None:
    absent = toolchain._replace(
        settings=toolchain.settings._replace(kernel_btf=str(source.parent / "absent"))
    )
    report = analyse_path(str(source), Settings(), absent)
    assert report.analysis.status is Status.COMPILE_ERROR
    assert "this kernel has none" in report.hint
    assert "xdp-lsp vmlinux-header" in report.hint
    assert "the setting `vmlinux`" in report.hint
