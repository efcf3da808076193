// Tests that the compiler makes one of: what a line tests is not only what is left when it is decided.
#include "../../cases/common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	__u32 header;
	if (!c)
		return XDP_PASS;
	__u8 kind = *(volatile __u8 *)&c->kind;
	if (kind == 1) //? kind: 0..255
		header = 20;
	else if (kind == 2) header = 40; //wheel? kind: 0..255
	else if (kind == 3)
		header = 54;
	else
		return XDP_PASS;
	bpf_ktime_get_ns();
	asm volatile("" : "+r"(header));
	return bpf_xdp_adjust_head(x, -(int)header) ? XDP_ABORTED : XDP_PASS;
}
