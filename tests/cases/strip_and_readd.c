// need: 8
// A variable length is stripped and put back with 8 bytes more.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 a = *(volatile __u32 *)&c->len;
	if (a > 200) return XDP_DROP;
	if (bpf_xdp_adjust_head(x, (int)a)) return XDP_ABORTED;  // call: delta 0..200 total 0..200
	return bpf_xdp_adjust_head(x, -(int)(a + 8)) ? XDP_ABORTED : XDP_PASS;  // call: delta -208..-8 total -8..-8
}
