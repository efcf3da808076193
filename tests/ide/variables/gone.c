// What has no value: nothing is left of it, it is kept nowhere, or no run comes there.
#include "../../cases/common.h"
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct conf *c = get();
	__u32 unused = 3; //? unused: no code here
	if (!c)
		return XDP_PASS;
	__u8 byte = c->kind; //? byte: optimised out here {For the call at line 18: read from a value of map `conf` (8 bits).}
	unused += byte; //? unused: no code here
	if (byte > 100) //? byte: optimised out here {For the call at line 18: checked here: 0 to 100 is left.}
		return XDP_DROP;
	bpf_ktime_get_ns();
	__u32 few = c->len & 7;
	asm volatile("" : "+r"(few));
	if (few > 8) //? few: 0..7
		return bpf_get_prandom_u32() + few; //? few: never reached
	return bpf_xdp_adjust_head(ctx, -(int)byte);
}
