// need: 44
// A flag says whether the length was set.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	__u32 n, found = 0;
	if (!c) return XDP_PASS;
	n = *(volatile __u32 *)&c->len;
	if (*(volatile __u8 *)&c->kind == 3 && n <= 44) found = 1;
	asm volatile("" : "+r"(found));
	if (!found) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_PASS;
}
