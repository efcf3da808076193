// need: 52
// Metadata grows, shrinks again, and what stays comes out of the headroom.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	if (bpf_xdp_adjust_meta(x, -32)) return XDP_ABORTED; // why: takes 32 bytes of metadata before
	if (bpf_xdp_adjust_meta(x, 20)) return XDP_ABORTED;
	return bpf_xdp_adjust_head(x, -40) ? XDP_ABORTED : XDP_PASS;
}
