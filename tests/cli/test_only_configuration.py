"""A file that is compiled in several configurations, and `--configuration`."""

from __future__ import annotations

import json

import pytest

SETTINGS = """
[[configuration]]
name = "small"
flags = ["-DLENGTH=20"]
files = ["sized*.c"]

[[configuration]]
name = "large"
flags = ["-DLENGTH=170"]
files = ["sized*.c"]
"""
SOURCE = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp") int sized(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -LENGTH) ? XDP_DROP : XDP_PASS;
}
"""


@pytest.fixture
def sized(folder):
    (folder / ".xdp-lsp.toml").write_text(SETTINGS)
    (folder / "sized.c").write_text(SOURCE)
    return folder


def needs(run):
    files = json.loads(run.out)["files"]
    return [(one["path"], one["configuration"], one["programs"][0]["need"]) for one in files]


def test_every_configuration_is_checked_and_the_worst_decides(xdp_lsp, sized):
    run = xdp_lsp("check", "fits.c", "sized.c", "--format", "json", "-j", "2")
    assert run.status == 1
    assert needs(run) == [("fits.c", "default", 20), ("sized.c", "small", 20), ("sized.c", "large", 170)]


def test_one_is_checked_where_it_is_chosen(xdp_lsp, sized):
    run = xdp_lsp("check", "fits.c", "sized.c", "--format", "json", "--configuration", "small")
    assert (run.status, needs(run)) == (0, [("sized.c", "small", 20)])
    assert "1 file has no configuration small and is left out" in run.err


def test_a_chain_takes_the_first_and_says_so(xdp_lsp, sized):
    run = xdp_lsp("check", "--chain", "sized.c", "sized.c", "--format", "json")
    assert [need for *_, need in needs(run)] == [20, 40]
    assert "the chain takes small: --configuration chooses" in run.err


def test_what_shows_one_file_shows_the_first_or_the_one_that_is_chosen(xdp_lsp, sized):
    assert "prepends 20, " in xdp_lsp("hints", "sized.c").out
    assert "-DLENGTH=170" in xdp_lsp("doctor", "sized.c", "--configuration", "large").out


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["hover", "sized.c:5"], "has no configuration huge; it has small, large"),
        (["check", "fits.c", "sized.c"], "none of the files has a configuration huge"),
    ],
)
def test_a_configuration_that_no_file_has_is_told(xdp_lsp, sized, command, words):
    run = xdp_lsp(*command, "--configuration", "huge")
    assert (run.status, run.out) == (2, "")
    assert words in run.err
