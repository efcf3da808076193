// need: 48
// A constant table, indexed by a masked byte.
#include "common.h"
static const __u8 lengths[8] = { 8, 16, 20, 40, 48, 12, 4, 28 };
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u8 k = *(volatile __u8 *)&c->kind & 7;
	return bpf_xdp_adjust_head(x, -(int)lengths[k]) ? XDP_ABORTED : XDP_PASS; // why: an entry of a constant table
}
