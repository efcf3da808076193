// need: 100
// a and 100 - a: together 100, whatever a is.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 a = *(volatile __u32 *)&c->len;
	if (a > 100) return XDP_DROP;
	if (bpf_xdp_adjust_head(x, -(int)a)) return XDP_ABORTED;  // call: delta -100..0 total -100..0
	return bpf_xdp_adjust_head(x, -(int)(100 - a)) ? XDP_ABORTED : XDP_PASS;  // call: delta -100..0 total -100..-100
}
