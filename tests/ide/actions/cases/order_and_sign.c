#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct tunnel {
	__u32 flags;
	__u32 bytes;
	int padding;
	__s16 extra, more;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct tunnel);
} tunnels SEC(".maps");

static __always_inline volatile struct tunnel *find(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;

	return bpf_map_lookup_elem(&tunnels, &key);
}

SEC("xdp")
int late(struct xdp_md *ctx)
{
	volatile struct tunnel *tunnel = find(ctx);
	__u32 bytes;

	if (!tunnel)
		return XDP_PASS;
	bytes = tunnel->bytes;
	/* the outer headers */
	if (bpf_xdp_adjust_head(ctx, -(int)bytes))
		return XDP_ABORTED;

	/* a multiple of 4, and no more than fits */
	if (bytes & 3 || bytes > 128)
		return XDP_DROP;

	return XDP_TX;
}

SEC("xdp")
int twice(struct xdp_md *ctx)
{
	volatile struct tunnel *tunnel = find(ctx);

	if (!tunnel)
		return XDP_PASS;
	if (tunnel->bytes > 128)
		return XDP_DROP;
	if (bpf_xdp_adjust_head(ctx, -(int)tunnel->bytes))
		return XDP_ABORTED;
	return XDP_TX;
}

SEC("xdp")
int from_above(struct xdp_md *ctx)
{
	volatile struct tunnel *tunnel = find(ctx);
	int length;

	if (!tunnel)
		return XDP_PASS;
	length = tunnel->padding;
	if (length > 64)
		return XDP_DROP;
	if (bpf_xdp_adjust_head(ctx, -length))
		return XDP_ABORTED;
	return XDP_TX;
}

SEC("xdp")
int members(struct xdp_md *ctx)
{
	volatile struct tunnel *tunnel = find(ctx);
	__s16 extra;

	if (!tunnel)
		return XDP_PASS;
	extra = tunnel->extra;
	if (tunnel->flags > 3 || extra > 64)
		return XDP_DROP;
	if (extra < 0)
		bpf_printk("%d", extra);
	if (bpf_xdp_adjust_head(ctx, -extra))
		return XDP_ABORTED;
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
