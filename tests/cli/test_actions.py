"""`xdp-lsp actions` as users run it."""

import json
import re

import pytest

UNCHECKED = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp") int prog(struct xdp_md *ctx)
{
	bpf_xdp_adjust_head(ctx, -8);
	return XDP_TX;
}
"""
TITLE = "Check the result, and return XDP_ABORTED where the call fails"
DIFF = [
    "--- unchecked.c",
    "+++ unchecked.c",
    "@@ -2,6 +2,7 @@",
    " #include <bpf/bpf_helpers.h>",
    ' SEC("xdp") int prog(struct xdp_md *ctx)',
    " {",
    "-\tbpf_xdp_adjust_head(ctx, -8);",
    "+\tif (bpf_xdp_adjust_head(ctx, -8))",
    "+\t\treturn XDP_ABORTED;",
    " \treturn XDP_TX;",
    " }",
]


@pytest.fixture
def unchecked(folder):
    path = folder / "unchecked.c"
    path.write_text(UNCHECKED, "utf-8")
    return path


def test_changes_are_shown_and_not_made(xdp_lsp, unchecked):
    run = xdp_lsp("actions", "unchecked.c:5")
    assert (run.status, run.err) == (0, "")
    assert run.out.splitlines()[: 3 + len(DIFF)] == [
        f"1. {TITLE}",
        *DIFF,
        "",
        "2. Silence result-unchecked here, with a reason",
    ]
    assert unchecked.read_text("utf-8") == UNCHECKED
    everywhere = xdp_lsp("actions", "unchecked.c").out.splitlines()
    titles = [line for line in everywhere if line[:1].isdigit()]
    assert titles == [
        f"1. {TITLE}",
        "2. State that prog prepends at most 8 bytes",
        "3. Silence result-unchecked here, with a reason",
    ]


def test_targets_that_do_not_fit_can_be_left_out(xdp_lsp, folder):
    run = xdp_lsp("actions", "may.c")
    titles = [line for line in run.out.splitlines() if line[:1].isdigit()]
    assert titles[:2] == [
        "1. Lower the limit of n from 168 to 152",
        "2. Leave i40e, ice, igb, ixgbe out of the targets",
    ]
    (chosen,) = re.findall(r"targets = (.*)", run.out)
    refused = xdp_lsp("actions", "may.c", "--apply", "2")
    assert refused.status == 2 and "choose the targets in .xdp-lsp.toml" in refused.err
    assert xdp_lsp("check", "may.c").status == 1
    assert xdp_lsp("check", "may.c", "-t", ",".join(json.loads(chosen))).status == 0


def test_one_is_made(xdp_lsp, unchecked):
    run = xdp_lsp("actions", "unchecked.c:5", "--apply", "1")
    assert (run.status, run.out, run.err) == (0, "", f"xdp-lsp: {TITLE}\n")
    assert "\tif (bpf_xdp_adjust_head(ctx, -8))\n\t\treturn XDP_ABORTED;\n" in unchecked.read_text("utf-8")
    assert xdp_lsp("check", "unchecked.c").status == 0


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["unchecked.c:2"], 1, "nothing to offer here"),
        (["unchecked.c", "--apply", "9"], 2, "there is no change 9; there are 3"),
        (["gone.c"], 2, "gone.c does not exist"),
        (["broken.c"], 2, "does not compile"),
        (["fits.c:1"], 1, "nothing to offer here"),
    ],
)
def test_why_there_is_none(xdp_lsp, unchecked, arguments, status, words):
    run = xdp_lsp("actions", *arguments)
    assert (run.status, run.out) == (status, "")
    assert words in run.err and len(run.err.splitlines()) == 1
    assert unchecked.read_text("utf-8") == UNCHECKED
