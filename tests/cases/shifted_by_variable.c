// need: 128
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u8 s = *(volatile __u8 *)&c->shift & 7;
	return bpf_xdp_adjust_head(x, -(1 << s)) ? XDP_ABORTED : XDP_PASS;
}
