"""A file that is compiled in several configurations, and `--configuration`."""

from __future__ import annotations

import json

import pytest

from xdp_lsp.cli.configurations import configuration_for, jobs_for
from xdp_lsp.cli.status import UsageError
from xdp_lsp.settings import load_settings

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


def test_what_shows_one_file_shows_the_one_that_is_chosen(xdp_lsp, sized):
    assert "prepends 170, " in xdp_lsp("hints", "sized.c", "--configuration", "large").out


def loaded(folder, *names):
    settings, _ = load_settings(folder)
    return [(str(folder / name), settings) for name in names]


def test_a_chain_takes_the_first_and_says_so(sized, capsys):
    by_file = list(jobs_for(loaded(sized, "sized.c", "fits.c"), None, chain=True))
    assert [[job.configuration for job in jobs] for jobs in by_file] == [["small"], ["default"]]
    assert "the chain takes small: --configuration chooses" in capsys.readouterr().err


def test_a_configuration_that_no_file_has_is_told(sized):
    [(path, settings), (other, _)] = files = loaded(sized, "sized.c", "fits.c")
    assert configuration_for(path, settings, None) == "small"
    with pytest.raises(UsageError, match="has no configuration huge; it has small, large"):
        configuration_for(path, settings, "huge")
    with pytest.raises(UsageError, match="has no configuration huge; it has none"):
        configuration_for(other, settings, "huge")
    with pytest.raises(UsageError, match="none of the files has a configuration huge"):
        list(jobs_for(files, "huge", chain=False))
