// need: 31
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 n = *(volatile __u32 *)&c->len & 31;
	while (n) {
		if (bpf_xdp_adjust_head(x, -1)) return XDP_ABORTED;
		n--;
	}
	return XDP_PASS;
}
