// need: 100
// Two bytes put together.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	__u8 *data = (void *)(long)x->data, *end = (void *)(long)x->data_end;
	if (data + 34 > end) return XDP_PASS;
	__u32 n = (*(volatile __u8 *)(data + 2) << 8) | *(volatile __u8 *)(data + 3);
	if (n > 100) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_PASS;
}
