// need: 40
// bpf_loop runs the callback ten times at most.
#include "common.h"
static long push(__u32 i, void *x)
{
	return bpf_xdp_adjust_head(*(struct xdp_md **)x, -4) ? 1 : 0;
}
SEC("xdp") int prog(struct xdp_md *x)
{
	struct xdp_md *context = x;
	bpf_loop(10, push, &context, 0);
	return XDP_PASS;
}
