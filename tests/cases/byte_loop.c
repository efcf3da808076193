// need: 255
// Up to 255 prepends of one byte, as many as a byte of the map says.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u8 n = *(volatile __u8 *)&c->kind;
	for (__u32 i = 0; i < n; i++)
		if (bpf_xdp_adjust_head(x, -1)) return XDP_ABORTED;  // call: delta -1..-1 total -255..-1
	return XDP_PASS;
}
