// Lengths with a sign, and a byte in a register that holds more.
#include "../../cases/common.h"
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct conf *c = get(); //? c: value of conf, or NULL after this line
	if (!c)
		return XDP_PASS;
	__s32 by = c->slen; //? by: any __s32 after this line
	if (by < -40) //? by: any __s32
		return XDP_DROP;
	bpf_ktime_get_ns();
	if (by > 8) //? by: -40..2147483647
		return XDP_DROP;
	bpf_ktime_get_ns();
	if (bpf_xdp_adjust_head(ctx, by)) //? by: -40..8
		return XDP_DROP;
	return XDP_PASS;
}
