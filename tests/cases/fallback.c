// need: 128
// fallback: 32
// Tries 128 and falls back to 32.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -128) == 0) return XDP_TX;  // call: delta -128..-128 total -128..-128
	if (bpf_xdp_adjust_head(x, -32) == 0) return XDP_PASS;  // call: delta -32..-32 total -32..-32
	return XDP_ABORTED;
}
