// What moves the packet's end is no prepend, but its length is told as well.
#include "../cases/common.h"
SEC("xdp") int prog(struct xdp_md *x) // lens: xdp · # insns · prepends nothing
{
	struct conf *c = get();
	if (!c)
		return XDP_DROP;
	__u32 kind = *(volatile __u8 *)&c->kind;
	if (kind > 100)
		return XDP_DROP;
	bpf_xdp_adjust_tail(x, -10); // end: -10
	bpf_xdp_adjust_tail(x, -(int)kind); // end: -100..0
	bpf_xdp_adjust_tail(x, 4 * (kind & 3)); // end: 0..12, multiple of 4
	return XDP_PASS;
}
