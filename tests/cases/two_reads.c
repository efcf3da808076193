// need: unbounded
// The map value is read again after the check: another CPU may have changed it.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	if (*(volatile __u32 *)&c->len > 64) return XDP_DROP;
	return bpf_xdp_adjust_head(x, -(int)*(volatile __u32 *)&c->len) ? XDP_ABORTED : XDP_PASS;
}
