// need: 20
// The same condition picks the length and the call; thirty unrelated branches stand between.
#include "common.h"
#define B(i) if (*(volatile __u8 *)&c->shift & (1 << (i % 8))) *(volatile __u16 *)&c->words = i;
#define B5(i) B(i) B(i + 1) B(i + 2) B(i + 3) B(i + 4)
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 n = *(volatile __u32 *)&c->len;
	__u8 a = *(volatile __u8 *)&c->kind;
	if (a) n = 20;
	B5(0) B5(5) B5(10) B5(15) B5(20) B5(25)
	if (a) return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_PASS;
	return bpf_xdp_adjust_head(x, -8) ? XDP_ABORTED : XDP_PASS;
}
