// need: 62 distance=100
// Compilers write `flag ? 12 : 0` and an absolute value with a mask of signs instead of a branch.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	int gue = !!(c->words & 2), v6 = !!(c->words & 4);
	return bpf_xdp_adjust_head(x, -(30 + gue * 12 + v6 * 20)) ? XDP_ABORTED : XDP_PASS;
}
SEC("xdp") int distance(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	int n = c->slen;
	if (n < -100 || n > 90) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -__builtin_abs(n)) ? XDP_ABORTED : XDP_PASS;
}
