// need: 82
// Each header says how much is used so far, and the next is refused where the sum is too much.
#include "common.h"
static __noinline int push(struct xdp_md *x, __u32 n, __u32 used)
{
	if (used + n > 82) return -1;
	if (bpf_xdp_adjust_head(x, -(int)n)) return -1;
	return used + n;
}
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	int used = push(x, c->kind, 0);
	if (used < 0) return XDP_DROP;
	used = push(x, c->shift, used);
	if (used < 0) return XDP_DROP;
	return push(x, c->words, used) < 0 ? XDP_DROP : XDP_TX;
}
