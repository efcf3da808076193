// need: 56
// fallback: 40
// The second only when the first has failed: not their sum.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	int rc = bpf_xdp_adjust_head(x, -56);
	if (rc) rc = bpf_xdp_adjust_head(x, -40);
	return rc ? XDP_ABORTED : XDP_PASS;
}
