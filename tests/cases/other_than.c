// need: 40 kinds=60
// What is stripped and what is prepended are told apart by the same value, tested twice: not 41, and still not.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u8 next = *(volatile __u8 *)&c->kind;
	if (next == 41 && bpf_xdp_adjust_head(x, 40)) return XDP_ABORTED;  // call: delta 40..40 total 40..40
	if (!get()) return XDP_PASS;
	return bpf_xdp_adjust_head(x, next == 41 ? -80 : -40) ? XDP_ABORTED : XDP_PASS;  // call: delta -80..-40 total -40..-40
}
// Several kinds are excluded, one after another.
SEC("xdp") int kinds(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u8 kind = *(volatile __u8 *)&c->kind;
	if (kind != 4 && kind != 94 && kind != 137 && bpf_xdp_adjust_head(x, -60)) return XDP_ABORTED;  // call: delta -60..-60 total -60..-60
	if (!get()) return XDP_PASS;
	if ((kind == 4 || kind == 137) && bpf_xdp_adjust_head(x, -20)) return XDP_ABORTED;  // call: delta -20..-20 total -20..-20
	return XDP_PASS;
}
