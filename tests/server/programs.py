"""Sources to open in an editor."""

from __future__ import annotations

HEAD = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
"""

# 300 bytes are more than any driver has.
TOO_MUCH = (
    HEAD
    + """\
SEC("xdp") int prog(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, -300))
		return XDP_ABORTED;
	return XDP_TX;
}
"""
)
FITS = TOO_MUCH.replace("-300", "-16")
BROKEN = TOO_MUCH.replace("return XDP_TX;", "return XDP_TXX;")


def place(text: str, marked: str) -> tuple[int, int]:
    """Line and character (of ASCII text, from 0) at which `marked` begins in `text`."""
    offset = text.index(marked)
    return text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1
