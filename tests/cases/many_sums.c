// need: 30
// 2^30 paths with as many lengths: joined, and still exact.
#include "common.h"
#define B(i) if (*(volatile __u32 *)&c->len & (1u << i)) n += 1;
#define B5(i) B(i) B(i + 1) B(i + 2) B(i + 3) B(i + 4)
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 n = 0;
	B5(0) B5(5) B5(10) B5(15) B5(20) B5(25)
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_PASS;
}
