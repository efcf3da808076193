// need: 40
// A checksum loop beside a constant prepend does not matter.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	void *data = (void *)(long)x->data, *end = (void *)(long)x->data_end;
	__u32 sum = 0;
	for (int i = 0; i < 200; i++) {
		__u16 *p = data + 2 * i;
		if ((void *)(p + 1) > end) break;
		sum += *p;
	}
	if (sum == 17) return XDP_DROP;
	return bpf_xdp_adjust_head(x, -40) ? XDP_ABORTED : XDP_PASS;
}
