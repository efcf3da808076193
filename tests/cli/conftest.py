"""The command as users run it: a process, files, and what comes out."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 - the command is a process
import sys
from typing import NamedTuple

import pytest

HEAD = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); }
	conf SEC(".maps");
static __always_inline __u32 *get(void) { __u32 k = 0; return bpf_map_lookup_elem(&conf, &k); }
"""

SOURCES = {
    "fits.c": HEAD
    + 'SEC("xdp") int fits(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -20) ? XDP_DROP : XDP_PASS; }\n',
    "exceeds.c": HEAD
    + 'SEC("xdp") int exceeds(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -300) ? XDP_DROP : XDP_PASS; }\n',
    "may.c": HEAD
    + """\
SEC("xdp") int may(struct xdp_md *x)
{
	__u32 *length = get();
	if (!length)
		return XDP_PASS;
	__u32 n = *(volatile __u32 *)length;
	if (n > 168)
		return XDP_DROP;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_TX;
}
""",
    "redirects.c": HEAD
    + """\
SEC("xdp") int encap(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -148))
		return XDP_ABORTED;
	return bpf_redirect(2, 0);
}
""",
    "unknown.c": HEAD
    + 'SEC("xdp/devmap") int out(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -4) ? XDP_DROP : XDP_PASS; }\n',
    "silenced.c": HEAD
    + """\
SEC("xdp") int silenced(struct xdp_md *x)
{
	/* xdp-lsp: allow(headroom-exceeded) runs on veth with a headroom of its own */
	return bpf_xdp_adjust_head(x, -300) ? XDP_DROP : XDP_PASS;
}
""",
    "broken.c": HEAD + 'SEC("xdp") int broken(struct xdp_md *x) { return nope; }\n',
    "nothing.c": "int twice(int x) { return 2 * x; }\n",
    "garbage.o": "\x7fELF, and then something else",
}


class Run(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path):
    """A folder with a source of each kind."""
    for name, text in SOURCES.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Where the command keeps what can be made again: not the user's own, and not in a folder that is looked at."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def xdp_lsp(folder, cache):
    """Runs `xdp-lsp ARGUMENTS` in the folder."""

    def run(*arguments, cwd=folder, prefix=(), **environment):
        done = subprocess.run(
            [*prefix, sys.executable, "-m", "xdp_lsp", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "XDG_CACHE_HOME": str(cache), **environment},
            capture_output=True,
            check=False,
        )
        assert "Traceback" not in done.stderr.decode()
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
