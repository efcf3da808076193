// One function inlined twice: what differs is told apart, what does not is not.
#include "../../cases/common.h"
static __always_inline int grow(struct xdp_md *x, __u32 by, __u16 room) //? room: 40
{
	__u32 sum = by + 4; //? by: 0..40 {called from inlined.c:24: 20 · called from inlined.c:26: 0..40}
	bpf_ktime_get_ns();
	if (by > room)
		return 1;
	return bpf_xdp_adjust_head(x, -(int)sum); //? sum: 4..44 {called from inlined.c:24: 24 · called from inlined.c:26: 4..44}
}
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct conf *c = get();
	__u32 by;
	if (!c)
		return XDP_PASS;
	bpf_ktime_get_ns();
	by = c->len; //? by: any __u32 after this line
	if (by > 40) //? by: any __u32
		return XDP_DROP;
	bpf_ktime_get_ns();
	if (by == 7) //? by: 0..40
		return XDP_TX;
	if (grow(ctx, 20, 40)) //? ctx: context
		return XDP_DROP;
	if (grow(ctx, by, 40)) //? by: 0..40
		return XDP_DROP;
	return XDP_PASS;
}
