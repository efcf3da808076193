// need: 127
// Two lengths are compared, and what is left between them is counted in words: 4 * (limit - used) + 3.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u8 limit = c->kind & 0x1f, used = c->shift;
	if (used >= limit) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -((limit - used) * 4 + 3)) ? XDP_ABORTED : XDP_PASS;  // call: delta -127..-7
}
