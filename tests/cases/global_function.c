// need: 48
// A global function: the kernel's verifier looks at it alone, for any argument; what counts is what it really gets.
#include "common.h"
__attribute__((noinline)) int push(struct xdp_md *x, __u32 n)
{
	asm volatile("" : "+r"(n));
	if (!x) return -1;
	return bpf_xdp_adjust_head(x, -(int)n);
}
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 n = *(volatile __u32 *)&c->len; // why: read from a value of map `conf`
	if (n > 48) return XDP_DROP; // why: checked here: 0 to 48
	return push(x, n) ? XDP_ABORTED : XDP_PASS;
}
