// need: unbounded
// As many prepends as a map says, and nobody looks at the results.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 n = *(volatile __u32 *)&c->len; // why: read from a value of map `conf`
	for (__u32 i = 0; i < n; i++)
		bpf_xdp_adjust_head(x, -1); // why: what the rounds of this loop add
	return XDP_PASS;
}
