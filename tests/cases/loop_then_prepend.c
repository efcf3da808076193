// need: 148
// The total of a loop is carried on: 16 * 8 and then 20 more.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 n = *(volatile __u32 *)&c->len;
	for (__u32 i = 0; i < n && i < 16; i++)
		if (bpf_xdp_adjust_head(x, -8)) return XDP_ABORTED;  // call: delta -8..-8 total -128..-8
	return bpf_xdp_adjust_head(x, -20) ? XDP_ABORTED : XDP_PASS;  // call: delta -20..-20 total -148..-20
}
