"""What is told of headers from their names."""

from __future__ import annotations

import pytest

from xdp_lsp.project import is_vmlinux


@pytest.mark.parametrize(
    "name", ["vmlinux.h", "../x86/vmlinux.h", "vmlinux_505.h", "vmlinux-x86.h", "vmlinux_6_1.h"]
)
def test_a_kernels_types_may_be_called_after_its_version_or_machine(name: str) -> None:
    assert is_vmlinux(name)


@pytest.mark.parametrize(
    "name", ["vmlinux_extra.h", "my_vmlinux.h", "vmlinux.hpp", "vmlinux/v6.1.h", "linux/bpf.h"]
)
def test_what_a_project_adds_to_them_is_its_own(name: str) -> None:
    assert not is_vmlinux(name)
