// need: 50
// A function that fails or gives a length through a pointer: the length is only used where it did not fail.
#include "common.h"
static __attribute__((noinline)) int choose(struct conf *c, __u32 *out)
{
	__u32 n = *(volatile __u32 *)&c->len;
	if (n > 50) return -1;
	*out = n;
	return 0;
}
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	__u32 n = 0xffff;
	if (!c) return XDP_PASS;
	if (choose(c, &n) < 0) return XDP_DROP;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_PASS;
}
