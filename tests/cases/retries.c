// need: 120
// fallback: 30
// Tries shorter and shorter headers until one fits.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	for (__u32 n = 120; n > 20; n >>= 1)
		if (!bpf_xdp_adjust_head(x, -(int)n)) return XDP_TX;
	return XDP_ABORTED;
}
