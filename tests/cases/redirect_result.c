// need: 8
// bpf_redirect() never gives a negative number.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	int rc = bpf_redirect(1, 0);
	if (rc < 0) return bpf_xdp_adjust_head(x, -200) ? XDP_ABORTED : XDP_PASS;
	return bpf_xdp_adjust_head(x, -8) ? XDP_ABORTED : rc;
}
