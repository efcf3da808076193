// need: unbounded
// The number of rounds is a map's, and nothing checks it.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	ITERATOR(it);
	struct conf *c = get();
	if (!c) return XDP_PASS;
	bpf_iter_num_new(it, 0, c->slen); // why: read from a value of map `conf` (32 bits) what the rounds of this loop add
	while (bpf_iter_num_next(it))
		if (bpf_xdp_adjust_head(x, -4))
			break;
	bpf_iter_num_destroy(it);
	return XDP_PASS;
}
