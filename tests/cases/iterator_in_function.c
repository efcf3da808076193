// need: 68
// A function is lent the iterator, another one the total.
#include "common.h"
static __noinline int round(struct bpf_iter_num *it, __u32 *len)
{
	int *at = bpf_iter_num_next(it);
	if (!at) return 0;
	*len += 6;
	return 1;
}
SEC("xdp") int prog(struct xdp_md *x)
{
	ITERATOR(it);
	__u32 len = 8;
	bpf_iter_num_new(it, 0, 10);
	while (round(it, &len))
		;
	bpf_iter_num_destroy(it);
	return bpf_xdp_adjust_head(x, -(int)len) ? XDP_ABORTED : XDP_PASS;
}
