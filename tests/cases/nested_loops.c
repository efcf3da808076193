// need: 96
// Four times up to six prepends of four bytes.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	for (__u32 i = 0; i < 4; i++) {
		__u8 n = *(volatile __u8 *)&c->kind;
		for (__u32 j = 0; j < n && j < 6; j++)
			if (bpf_xdp_adjust_head(x, -4)) return XDP_ABORTED;
	}
	return XDP_PASS;
}
