// need: 72
// -(8 + 16 * n), which compilers write with a shift and an exclusive or.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u8 n = *(volatile __u8 *)&c->kind;
	if (n < 1 || n > 4) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -(8 + 16 * n)) ? XDP_ABORTED : XDP_PASS;  // call: delta -72..-24 total -72..-24
}
