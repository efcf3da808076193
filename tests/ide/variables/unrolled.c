// A loop that the compiler unrolls.
#include "../../cases/common.h"
SEC("xdp") int prog(struct xdp_md *ctx)
{
	__u8 *at = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end; //? end: packet end
	__u32 total = 0;
#pragma clang loop unroll(full)
	for (int i = 0; i < 3; i++) {
		if (at + i >= end) //? at: packet | i: 0..2 | end: packet end
			break;
		if (bpf_get_prandom_u32() == i + 7) //? i: 0..2 {in the copies of this code: 0 · 1 · 2}
			return XDP_TX;
		total += at[i] & 4; //? total: 0..8, multiple of 4 {in the copies of this code: 0..4, multiple of 4 · 0..8, multiple of 4}
	}
	bpf_ktime_get_ns();
	return bpf_xdp_adjust_head(ctx, -(int)total) ? XDP_DROP : XDP_PASS;
}
