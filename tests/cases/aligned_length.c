// need: 64
// Rounded down to words after the check: 67 & ~3 is 64.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 n = *(volatile __u32 *)&c->len; // why: read from a value of map `conf`
	if (n > 67) return XDP_DROP; // why: checked here: 0 to 67
	return bpf_xdp_adjust_head(x, -(int)(n & ~3u)) ? XDP_ABORTED : XDP_PASS;
}
