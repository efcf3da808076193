// need: 30
// The tail is cut first: that takes no headroom.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	if (bpf_xdp_adjust_tail(x, -10)) return XDP_DROP;
	return bpf_xdp_adjust_head(x, -30) ? XDP_ABORTED : XDP_PASS;
}
