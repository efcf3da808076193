// need: 200
// Nobody looks at the results, so that each of the 200 prepends may have failed.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	for (__u64 i = 0; i < 200; i++) {
		asm volatile("" : "+r"(i));
		bpf_xdp_adjust_head(x, -1);
	}
	return XDP_PASS;
}
