"""`xdp-lsp prove` as users run it."""

import json
import os
import shutil

import pytest

from xdp_lsp.kernel import why_unavailable


@pytest.fixture
def kernel():
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)


def test_a_line_for_each_call_and_program(xdp_lsp, kernel):
    run = xdp_lsp("prove", "may.c", "nothing.c")
    assert (run.status, run.err) == (0, "")
    assert run.out.splitlines() == [
        "may.c:14: may: delta at least -168: proved; delta at most 0: proved",
        "may.c: may (xdp): need 168: proved",
        "nothing.c: no XDP program",
    ]


def test_what_the_kernel_cannot_follow_comes_with_what_it_can(xdp_lsp, kernel, folder):
    source = (folder / "may.c").read_text("utf-8")
    (folder / "labels.c").write_text(
        source.replace("n > 168", "n < 1 || n > 4").replace("-(int)n", "-(int)(8 + 16 * n)"), "utf-8"
    )
    run = xdp_lsp("prove", "labels.c", "--format", "json")
    assert run.status == 0
    (file,) = json.loads(run.out)["files"]
    (program,) = file["programs"]
    need = program["claims"][-1]
    assert (need["quantity"], need["bound"]) == ("demand", 72)
    assert (need["answer"], need["kernel_bound"] > 72) == ("not provable", True)
    assert need["calls"][0]["line"] == 14


def test_what_cannot_be_loaded_says_why(xdp_lsp, kernel, folder):
    (folder / "wild.c").write_text(
        (folder / "fits.c")
        .read_text("utf-8")
        .replace("{ return bpf_x", "{ if (*(volatile int *)1) return 1; return bpf_x"),
        "utf-8",
    )
    run = xdp_lsp("prove", "wild.c")
    assert run.status == 3
    assert "cannot be loaded: The kernel's verifier refuses it: " in run.out


def test_what_does_not_compile_says_why(xdp_lsp, kernel):
    run = xdp_lsp("prove", "broken.c")
    assert run.status == 2
    assert "broken.c: error: " in run.out


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no rights to give up")
def test_without_rights_one_sentence_says_so(xdp_lsp):
    prefix = ()
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is not installed")
        prefix = ("setpriv", "--bounding-set", "-bpf,-sys_admin", "--inh-caps", "-bpf,-sys_admin")
    run = xdp_lsp("prove", "fits.c", prefix=prefix)
    assert (run.status, run.out) == (2, "")
    assert "root is needed" in run.err
    assert run.err.count("\n") == 1
