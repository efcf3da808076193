// need: 70
// Each kind has its own header and its own options; the same kinds are told apart twice.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	__u32 header, options = 0;
	if (!c) return XDP_PASS;
	__u8 kind = *(volatile __u8 *)&c->kind;
	switch (kind) {
	case 1: header = 20; break;
	case 2: header = 40; break;
	case 3: header = 54; break;
	default: return XDP_PASS;
	}
	bpf_ktime_get_ns();
	asm volatile("" : "+r"(header), "+r"(kind));
	switch (kind) {
	case 1: options = 40; break;
	case 2: options = 30; break;
	}
	return bpf_xdp_adjust_head(x, -(int)(header + options)) ? XDP_ABORTED : XDP_PASS;
}
