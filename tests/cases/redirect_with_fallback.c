// need: 128
// Two prepends of which one stands; and the metadata, which stays in the frame's headroom, counts for nothing there.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -120) && bpf_xdp_adjust_head(x, -24)) return XDP_ABORTED;
	if (bpf_xdp_adjust_meta(x, -8)) return XDP_ABORTED;
	return bpf_redirect(x->rx_queue_index, 0);  // redirect: 24..24 120..120
}
