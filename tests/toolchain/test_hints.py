"""What is said about the errors that everyone meets first."""

from __future__ import annotations

from pathlib import Path

import pytest

from xdp_lsp.toolchain import CompileRequest, Toolchain, compile_source


@pytest.mark.parametrize(
    ("contents", "hint"),
    [
        ("#include <vmlinux.h>", "vmlinux.h is made from a kernel's BTF: run `xdp-lsp vmlinux-header"),
        ('#include "gen/vmlinux.h"', "vmlinux.h is made from a kernel's BTF: run `xdp-lsp vmlinux-header"),
        ("#include <asm/absent.h>", "The kernel's architecture headers are missing"),
        ("#include <uapi/linux/absent.h>", "This is a header of the kernel's own tree"),
        ("#include <generated/absent.h>", "This is a header of the kernel's own tree"),
        ("#include <linux/skbuff.h>\nint f(struct sk_buff *skb) { return skb->len; }",
         "This is a structure of the kernel's own"),
        ("#include <bcc/proto.h>", "This source is written for BCC"),
        ("#include <uapi/linux/absent.h>\nBPF_TABLE(\"hash\", u32, u64, seen, 64);", "This source is written for BCC"),
        ("BPF_DEVMAP(ports, 8);\nint f(int i) { return ports.redirect_map(i, 0); }", "This source is written for BCC"),
        ("static bool f(void);", "C has `bool` built in from C23 on"),
        ("struct bpf_map_def seen = {};", "libbpf 1.0 has dropped struct bpf_map_def"),
        ('#include "project_types.h"', "Name the folder of project_types.h"),
    ],
)  # fmt: skip
def test_a_known_error_has_a_hint(toolchain: Toolchain, tmp_path: Path, contents: str, hint: str) -> None:
    result = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), contents.encode()))
    assert result.object is None
    assert (result.hint or "").startswith(hint), result.errors


@pytest.mark.parametrize(
    "contents", ["int x;", "#include <stdint.h>\nint x;", "int x = y; // not BPF_HASH(x)"]
)
def test_other_sources_have_none(toolchain: Toolchain, tmp_path: Path, contents: str) -> None:
    assert compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), contents.encode())).hint is None


def test_a_flag_that_undoes_the_hosts_macro_has_one(toolchain: Toolchain, tmp_path: Path) -> None:
    if (
        toolchain.headers.macros[0] != "-D__x86_64__"
        or "/usr/include" not in toolchain.headers.search
        or not Path("/usr/include/stdint.h").exists()
    ):
        pytest.skip("needs glibc's headers on x86-64")
    request = CompileRequest(str(tmp_path / "a.c"), b"#include <stdint.h>\n", ("-U__x86_64__",))
    assert (compile_source(toolchain, request).hint or "").startswith(
        "A glibc header takes BPF for a 32-bit machine"
    )
