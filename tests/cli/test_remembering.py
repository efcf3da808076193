"""`xdp-lsp check` of a folder, again and again."""

import os
import subprocess  # noqa: TID251 - the command is a process
import sys

import pytest

from tests.support.kernel_types import kernel_btf

PROGRAM = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "{header}"
SEC("xdp") int {name}(struct xdp_md *ctx) {{ return bpf_xdp_adjust_head(ctx, -LENGTH) ? XDP_DROP : XDP_TX; }}
"""

# The verifier, libclang, pyelftools.
HEAVY = ("xdp_lsp.verifier.explore", "clang.cindex", "elftools.elf.elffile", "multiprocessing")
LIGHT_RUN = f"""
import sys
from xdp_lsp.cli import main
status = main(["check", "."])
sys.exit(f"imported {{loaded}}" if (loaded := sys.modules.keys() & {set(HEAVY)!r}) else status)
"""


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repository"
    root.mkdir()
    for name, header in (("one", "a.h"), ("two", "a.h"), ("three", "b.h")):
        (root / f"{name}.c").write_text(PROGRAM.format(name=name, header=header))
    (root / "broken.c").write_text(PROGRAM.format(name="broken", header="missing.h"))
    (root / "a.h").write_text("#define LENGTH 20\n")
    (root / "b.h").write_text("#define LENGTH 30\n")
    return root


def test_only_what_has_changed_is_looked_at_again(xdp_lsp, repository):
    first = xdp_lsp("check", ".", cwd=repository)
    assert (first.status, first.err) == (2, "")
    second = xdp_lsp("check", ".", cwd=repository)
    assert second.err == "xdp-lsp: 0 of 4 looked at, 4 remembered\n"
    assert (second.status, second.out) == (first.status, first.out)
    (repository / "a.h").write_text("#define LENGTH 24\n")
    third = xdp_lsp("check", ".", cwd=repository)
    assert third.err == "xdp-lsp: 2 of 4 looked at, 2 remembered\n"
    assert third.out == first.out.replace("  20  fits", "  24  fits") != first.out
    fresh = xdp_lsp("check", "--no-cache", ".", cwd=repository)
    assert (fresh.status, fresh.out, fresh.err) == (third.status, third.out, "")


@pytest.mark.parametrize("header", ["libbpf/src/bpf_helpers.h", "kernel/vmlinux.h"])
def test_what_needs_headers_that_the_run_itself_makes_is_remembered(xdp_lsp, repository, header):
    if header.endswith("vmlinux.h"):
        kernel_btf()
    for path in repository.glob("*.c"):
        path.unlink()
    others = "" if header.endswith("helpers.h") else "#include <bpf/bpf_helpers.h>\n"
    (repository / "prog.c").write_text(
        f'#include "{header}"\n{others}'
        'SEC("xdp") int prog(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -20) ? 1 : 2; }\n'
    )
    (repository / ".git").mkdir()
    first = xdp_lsp("check", ".", cwd=repository)
    assert first.status == 0, first.out + first.err
    assert xdp_lsp("check", ".", cwd=repository).err.startswith("xdp-lsp: 0 of 1 looked at, 1 remembered\n")


def test_a_run_that_remembers_all_takes_nothing_along_that_it_does_not_need(xdp_lsp, repository, cache):
    xdp_lsp("check", ".", cwd=repository)
    done = subprocess.run(
        [sys.executable, "-c", LIGHT_RUN],
        cwd=repository,
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "xdp-lsp: 0 of 4 looked at, 4 remembered\n")
