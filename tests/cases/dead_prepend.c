// need: 12
// The larger one cannot be reached: n is at most 12.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 n = *(volatile __u32 *)&c->len;
	if (n > 12) return XDP_DROP;
	asm volatile("" : "+r"(n));
	if (n == 13) return bpf_xdp_adjust_head(x, -500) ? XDP_ABORTED : XDP_PASS;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_PASS;
}
