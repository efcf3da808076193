// need: 100
// A length that grows in each round of an iterator.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	ITERATOR(it);
	__u32 len = 20;
	bpf_iter_num_new(it, 3, 13);
	while (bpf_iter_num_next(it))
		len += 8;
	bpf_iter_num_destroy(it);
	return bpf_xdp_adjust_head(x, -(int)len) ? XDP_ABORTED : XDP_PASS;
}
