// need: 48
// One iterator within another, and a prepend in the inner one.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	ITERATOR(outer);
	ITERATOR(inner);
	bpf_iter_num_new(outer, 0, 4);
	while (bpf_iter_num_next(outer)) {
		bpf_iter_num_new(inner, -3, 0);
		while (bpf_iter_num_next(inner))
			if (bpf_xdp_adjust_head(x, -4))
				break;
		bpf_iter_num_destroy(inner);
	}
	bpf_iter_num_destroy(outer);
	return XDP_PASS;
}
