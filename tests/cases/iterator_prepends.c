// need: 28
// One prepend in each round of an iterator, whose number comes from a map.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	ITERATOR(it);
	struct conf *c = get();
	if (!c) return XDP_PASS;
	bpf_iter_num_new(it, 0, *(volatile __u32 *)&c->len & 7);
	while (bpf_iter_num_next(it))
		if (bpf_xdp_adjust_head(x, -4)) // call: delta -4..-4 total -28..-4
			break;
	bpf_iter_num_destroy(it);
	return XDP_PASS;
}
