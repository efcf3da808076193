// need: 127
// Checked after a shift: n / 16 < 8.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 n = *(volatile __u32 *)&c->len;
	if (n / 16 >= 8) return XDP_DROP;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_PASS;
}
