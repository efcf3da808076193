// need: 60
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 a = *(volatile __u32 *)&c->len, b = *(volatile __u32 *)&c->slen;
	if (b > 60) return XDP_DROP;
	__u32 n = a < b ? a : b;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_PASS;
}
