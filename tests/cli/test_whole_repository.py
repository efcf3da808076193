"""`xdp-lsp check FOLDER`: a repository in a table."""

import os
import pty
import subprocess  # noqa: TID251 - the command is a process
import sys

import pytest

HEAD = "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
LICENSE = 'char _license[] SEC("license") = "GPL";\n'
SOURCES = {
    "encap/root.c": HEAD + '#define LENGTH 160\n#include "part.c"\n' + LICENSE,
    # By itself it does not compile.
    "encap/part.c": """\
SEC("xdp") int encap(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -LENGTH) ? XDP_DROP : XDP_TX; }
SEC("xdp") int xdp_pass(struct xdp_md *ctx) { return XDP_PASS; }
""",
    "lost.c": HEAD + '#include "own/lost.h"\nSEC("xdp") int lost(struct xdp_md *ctx) { return XDP_PASS; }\n',
    "mtu.c": HEAD
    + """\
SEC("xdp") int mtu(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -MTU) ? XDP_DROP : XDP_TX; }
SEC("xdp") int same(struct xdp_md *ctx) { return XDP_PASS; }
""",
    "shaper.c": HEAD + 'SEC("tc") int shaper(struct __sk_buff *skb) { int xdp = 0; return xdp; }\n',
    "tool.c": "int main(void) { return 0; }\n",
}
CONFIGURATIONS = """\
targets = ["mlx5_core", "ice"]
[[configuration]]
name = "small"
files = ["mtu.c"]
flags = ["-DMTU=20"]
[[configuration]]
name = "large"
files = ["mtu.c"]
flags = ["-DMTU=300"]
"""
TABLE = """\
file          program   configuration  need  verdict
mtu.c         mtu       small            20  fits 2 of 2
mtu.c         same      all               0  fits 2 of 2
mtu.c         mtu       large           300  exceeds 2 of 2: mlx5_core, ice
encap/root.c  encap     all             160  exceeds 1 of 2: ice
encap/root.c  xdp_pass  all               0  fits 2 of 2

lost.c:3: not analysed: 'own/lost.h' file not found. """
REST = """
encap/part.c: part of encap/root.c

1 file without an XDP program

4 programs in 3 files (1 not analysed): 2 fit, 2 exceed; 3 errors
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    root = tmp_path_factory.mktemp("whole") / "repository"
    (root / ".git").mkdir(parents=True)
    (root / "encap").mkdir()
    for name, text in SOURCES.items():
        (root / name).write_text(text)
    (root / ".xdp-lsp.toml").write_text(CONFIGURATIONS)
    return root


def test_a_folder_ends_in_a_table_and_what_is_not_in_it(xdp_lsp, repository):
    run = xdp_lsp("check", ".", cwd=repository)
    assert run.status == 2
    findings, _, rest = run.out.partition("\nfile ")
    assert "mtu.c:3:" in findings
    head, hint, told = f"file {rest}".partition("file not found. ")
    assert head + hint == TABLE
    said, _, after = told.partition("\n")
    assert "own/lost.h" in said  # what to do about it
    assert after == REST


def test_a_part_that_is_named_is_looked_at(xdp_lsp, repository):
    run = xdp_lsp("check", "encap/part.c", cwd=repository)
    assert run.status == 2
    assert "encap/part.c: error: does not compile" in run.out


def test_quietly_only_what_asks_for_action_is_told(xdp_lsp, repository):
    said = xdp_lsp("check", "-q", ".", cwd=repository).out
    assert "encap/root.c: encap (xdp): needs 160 bytes; exceeds 1 of 2 targets" in said
    assert "part of" not in said
    assert "fits" not in said


@pytest.mark.parametrize("quietly", [True, False])
def test_a_bar_on_a_terminal_shows_how_far_it_is(repository, cache, quietly):
    primary, replica = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "xdp_lsp", "check", "--no-cache", ".", *(["-q"] if quietly else [])],
        stdout=subprocess.PIPE,
        stderr=replica,
        cwd=repository,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "60", "XDG_CACHE_HOME": str(cache)},
    )
    os.close(replica)
    out, _ = process.communicate()
    try:
        said = os.read(primary, 1 << 16).decode()
    except OSError:  # EIO: nothing was said
        said = ""
    os.close(primary)
    assert b"\r" not in out
    assert ("4 of 5" in said) != quietly
    assert said.endswith("" if quietly else "\r\x1b[K")
