// need: 96
// Counts down to zero in 32 bits.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 n = *(volatile __u32 *)&c->len & 7;
	__u32 len = 12;
	while (n--) {
		len += 12;
		asm volatile("" : "+r"(n));
	}
	return bpf_xdp_adjust_head(x, -(int)len) ? XDP_ABORTED : XDP_PASS;
}
