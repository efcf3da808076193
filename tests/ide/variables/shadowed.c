// Names that mean several things, and some that mean no variable.
#include "../../cases/common.h"
struct point { int len; }; //? len: -
static __attribute__((noinline)) int twice(struct xdp_md *x, int len) //? len: 0..99
{
	return bpf_xdp_adjust_head(x, -len) ? len : 2 * len; //? len: 0..99
}
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct conf *c = get();
	if (!c)
		return XDP_PASS;
	int len = c->words & 7; /* len of c->len */ //? len: 0..7 after this line | words: -
	bpf_ktime_get_ns();
	if (len > 2) { //? len: 0..7
		int len = c->slen; //? len: any int after this line
		if (len < 80) //? len: any int
			return XDP_DROP;
		bpf_ktime_get_ns();
		if (len < 100) //? len: 80..2147483647
			return twice(ctx, len); //? len: 80..2147483647
		return c->len; //? len: -
	}
	for (int i = 0; i < len; i++) {
		bpf_ktime_get_ns();
		if (bpf_get_prandom_u32() == i)
			return XDP_TX;
	}
	return twice(ctx, len);
}
