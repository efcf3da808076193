// need: 20
// As correlated_branches.c, but all branches test bits of one value, each bit twice.
#include "common.h"
#define B(i) if (f & (1u << i)) *(volatile __u16 *)&c->words = i;
#define B5(i) B(i) B(i + 1) B(i + 2) B(i + 3) B(i + 4)
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 n = *(volatile __u32 *)&c->len;
	__u32 f = *(volatile __u32 *)&c->slen;
	if (f & 1) n = 20;
	B5(1) B5(6) B5(11) B5(16) B5(21) B5(26)
	B5(1) B5(6) B5(11) B5(16) B5(21) B5(26)
	if (f & 1) return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_PASS;
	return bpf_xdp_adjust_head(x, -8) ? XDP_ABORTED : XDP_PASS;
}
