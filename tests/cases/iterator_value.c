// need: 36
// The number itself is the length: 0, 4, ..., 36; what failed is not tried again.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	ITERATOR(it);
	int *at, len = 0;
	bpf_iter_num_new(it, 0, 10);
	while ((at = bpf_iter_num_next(it))) {
		len = *at;
		if (bpf_get_prandom_u32() & 1)
			break;
	}
	bpf_iter_num_destroy(it);
	return bpf_xdp_adjust_head(x, -4 * len) ? XDP_ABORTED : XDP_PASS; // call: delta -36..0
}
