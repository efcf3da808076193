// need: 255
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -(int)c->kind) ? XDP_ABORTED : XDP_PASS; // why: read from a value of map `conf` (8 bits)
}
