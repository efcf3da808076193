"""Which C files of an editor are for us."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from xdp_lsp.pipeline.bpf_source import may_hold_xdp

XDP = b'#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nSEC("xdp") int p(struct xdp_md *x) { return 2; }\n'


def test(contents: bytes, files: Mapping[str, bytes] = {}) -> bool:
    return may_hold_xdp("/project/a.c", contents, files.get)


test.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "contents",
    [
        XDP,
        XDP.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + XDP,
        b"/* \xff\xfe */" + XDP,
        b'__attribute__((section("xdp"), used)) int p(struct xdp_md *x) { return 2; }',
        b'#define MAIN_XDP\nSEC("xdp/devmap") int domain(struct xdp_md *x) { return 2; }',
        b'/* int main(void) { */ SEC("xdp") int p(void *x) { return 0; }',
    ],
)
def test_xdp_is_recognised(contents: bytes) -> None:
    assert test(contents)


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"int add(int a, int b) { return a + b; }",
        b'#include <stdio.h>\nint main(int argc, char **argv)\n{\n\tputs("SEC(\\"xdp\\")");\n}\n',
        b"#include <xdp/libxdp.h>\n#include <bpf/bpf_helpers.h>\nint main(void) { return 0; }\n",
        b'/* SEC("xdp") struct xdp_md */ int f(void);',
        b'SEC("kprobe/do_exit") int p(struct pt_regs *x) { return 0; }',
        b'// an XDP program \\\nSEC("xdp") struct xdp_md\nint f(void);',
    ],
)
def test_other_c_is_left_alone(contents: bytes) -> None:
    assert not test(contents)


def test_a_source_that_only_includes_the_program() -> None:
    contents = b'#define FEATURE_ALL\n#include "prog.h"\n'
    assert test(contents, {"/project/prog.h": XDP})
    assert test(contents, {"/project/prog.h": b'#include "../shared/prog.h"\n', "/shared/prog.h": XDP})
    assert not test(contents, {"/project/prog.h": b"#define A 1\n"})
    assert not test(contents)


def test_includes_are_followed_within_bounds() -> None:
    assert not test(b'#include "a.h"\n', {"/project/a.h": b'#include "a.h"\n#include "b.h"\n'})
    chain = {f"/project/{n}.h": b'#include "%d.h"\n' % (n + 1) for n in range(10)}
    assert not test(b'#include "0.h"\n', chain | {"/project/10.h": XDP})


def test_a_vmlinux_h_says_nothing() -> None:
    vmlinux = b"struct xdp_md { int data; };\n" * 20_000
    contents = b'#include "vmlinux.h"\nSEC("kprobe/x") int p(void *c) { return 0; }\n'
    assert not test(contents, {"/project/vmlinux.h": vmlinux})
