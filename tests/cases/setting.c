// need: 28 any=28
// A const volatile that the loader may set: the initial value is used, and checked by the program for any other.
#include "common.h"
const volatile __u32 outer = 28;
SEC("xdp") int prog(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -(int)outer) ? XDP_ABORTED : XDP_PASS; }
SEC("xdp") int any(struct xdp_md *x)
{
	__u32 n = outer;
	if (n > 64) return XDP_DROP;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_PASS;
}
