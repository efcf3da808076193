// need: 256
// The commonest limit there is, in a signed compare.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	int n = *(volatile __s32 *)&c->slen;
	if (n > 256) return XDP_DROP;
	if (n <= 0) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -n) ? XDP_ABORTED : XDP_PASS;
}
