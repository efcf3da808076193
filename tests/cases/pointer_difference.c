// need: 60
// The length is the difference of two packet pointers.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	void *data = (void *)(long)x->data, *end = (void *)(long)x->data_end;
	void *ip = data + 14;
	if (ip + 20 > end) return XDP_PASS;
	__u32 ihl = (*(volatile __u8 *)ip & 0xf) * 4; // why: read from the packet
	if (ihl < 20) return XDP_PASS;
	void *payload = ip + ihl;
	if (payload > end) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -(int)(payload - ip)) ? XDP_ABORTED : XDP_PASS;
}
