#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>

/* Returns 0, or -1 where the packet cannot be extended. */
static __always_inline int push(struct xdp_md *ctx, int proto)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;

	if ((void *)(eth + 1) > end)
		return -1;

	/* room for the outer header */
	bpf_xdp_adjust_head(ctx, -(int)sizeof(struct iphdr));
	return proto;
}

SEC("xdp")
int encap(struct xdp_md *ctx)
{
	__u32 queue = ctx->rx_queue_index;
	long err;

	if (push(ctx, 4) < 0)
		return XDP_DROP;
	if (queue > 3)
		bpf_xdp_adjust_head(ctx, -8); /* the tag */
	else
		queue = 1;
	while (queue--) {
		err = bpf_xdp_adjust_head(ctx, 2);
	}
	(void)bpf_xdp_adjust_head(ctx,
				  -(int)sizeof(struct ethhdr));
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
