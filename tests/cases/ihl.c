// need: 60
// The IPv4 header length: four bits, times four.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	void *data = (void *)(long)x->data, *end = (void *)(long)x->data_end;
	if (data + 34 > end) return XDP_PASS;
	__u8 ihl = *(__u8 *)(data + 14) & 0xf;
	return bpf_xdp_adjust_head(x, -(ihl * 4)) ? XDP_ABORTED : XDP_PASS;  // call: delta -60..0 total -60..0
}
