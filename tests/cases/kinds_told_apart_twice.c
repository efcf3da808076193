// need: 70
// need wheel v4: 94
// FIXME: clang 22 makes jump tables of the chains; which entry was taken says nothing about the kind yet.
// Each kind has its own header and its own options; the same kinds are told apart twice.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	__u32 header, options = 0;
	if (!c) return XDP_PASS;
	__u8 kind = *(volatile __u8 *)&c->kind;
	if (kind == 1) header = 20;
	else if (kind == 2) header = 40;
	else if (kind == 3) header = 54;
	else return XDP_PASS;
	bpf_ktime_get_ns();
	asm volatile("" : "+r"(header), "+r"(kind));
	if (kind == 1) options = 40;
	else if (kind == 2) options = 30;
	return bpf_xdp_adjust_head(x, -(int)(header + options)) ? XDP_ABORTED : XDP_PASS;
}
