// need: 76
// The same function, called twice with different lengths: the total adds up over the calls.
#include "common.h"
static __attribute__((noinline)) int push(struct xdp_md *x, int n)
{
	asm volatile("" : "+r"(n));
	return bpf_xdp_adjust_head(x, -n);
}
SEC("xdp") int prog(struct xdp_md *x)
{
	if (push(x, 36)) return XDP_ABORTED;
	return push(x, 40) ? XDP_ABORTED : XDP_PASS;
}
