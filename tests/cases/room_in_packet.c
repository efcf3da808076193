// need: 182
// What is prepended has to fit into the link's 1500 bytes beside a packet of at least 1318.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	int length = x->data_end - x->data;
	if (length < 1318) return XDP_PASS;
	__u16 n = *(volatile __u16 *)&c->words;
	if (length + n > 1500) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_TX;  // call: delta -182..0 total -182..0
}
