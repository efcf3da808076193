// Constants in the debugging information that are of before an assignment, and one that is not.
#include "../../cases/common.h"
SEC("xdp") int one_way_out(struct xdp_md *ctx)
{
	int ret = XDP_ABORTED;
	const int grow = 20;
	if (bpf_xdp_adjust_head(ctx, -grow)) //? grow: 20
		goto out;
	if (ctx->data + 40 > ctx->data_end)
		goto out;
	*(volatile char *)(long)ctx->data = 1;
	ret = XDP_PASS;
out:
	return ret; //clang-19? ret: not known here
}
SEC("xdp") int two_ways_out(struct xdp_md *ctx)
{
	int ret = XDP_PASS;
	if (bpf_get_prandom_u32() == 7) {
		ret = XDP_TX;
		goto out;
	}
	if (bpf_get_prandom_u32() == 7)
		ret = XDP_DROP;
out:
	bpf_printk("%d", ret); //wheel? ret: not known here
	return ret; //clang-14? ret: 1..3
}
