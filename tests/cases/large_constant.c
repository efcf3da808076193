// need: 40000
// More than any driver has, and still a number.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -20000)) return XDP_ABORTED;
	return bpf_xdp_adjust_head(x, -20000) ? XDP_ABORTED : XDP_PASS;
}
