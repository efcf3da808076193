// need: 200
// The number is read only once the iterator has moved on.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	ITERATOR(it);
	struct conf *c = get();
	int *at, large = 0;
	if (!c) return XDP_PASS;
	bpf_iter_num_new(it, 0, c->kind + c->shift);
	if ((at = bpf_iter_num_next(it))) {
		if (c->slen) bpf_printk("paths meet behind this");
		if (bpf_iter_num_next(it) && *at == 1)
			large = 1;
	}
	bpf_iter_num_destroy(it);
	if (large) return bpf_xdp_adjust_head(x, -200) ? XDP_ABORTED : XDP_TX;
	return bpf_xdp_adjust_head(x, -8) ? XDP_ABORTED : XDP_TX;
}
