#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>

#define MAX_LABELS 200
#define MAX_TAGS 16 /* as the control plane has it */
#define MAX_OPTIONS 96

struct tunnel {
	__u32 labels;
	__u16 tags;
	__u8 options;
	__s32 prepend;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct tunnel);
} tunnels SEC(".maps");

static __always_inline struct tunnel *find(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;

	return bpf_map_lookup_elem(&tunnels, &key);
}

SEC("xdp")
int labels(struct xdp_md *ctx)
{
	struct tunnel *tunnel = find(ctx);
	__u32 labels;

	if (!tunnel)
		return XDP_PASS;
	labels = tunnel->labels;
	if (labels > MAX_LABELS)
		return XDP_DROP;
	if (bpf_xdp_adjust_head(ctx, -(int)(sizeof(struct iphdr) + labels)))
		return XDP_ABORTED;
	return XDP_TX;
}

SEC("xdp")
int tags(struct xdp_md *ctx)
{
	struct tunnel *tunnel = find(ctx);
	__u16 tags;

	if (!tunnel)
		return XDP_PASS;
	tags = tunnel->tags;
	if (tags >= MAX_TAGS) {
		bpf_printk("%d tags", tags);
		return XDP_DROP;
	}

	/* each is 12 bytes */
	if (bpf_xdp_adjust_head(ctx, -(8 + 12 * tags)) < 0)
		return XDP_ABORTED;
	return XDP_TX;
}

SEC("xdp")
int options(struct xdp_md *ctx)
{
	struct tunnel *tunnel = find(ctx);

	if (!tunnel) {
		return XDP_PASS;
	}

	/* make room for the headers and the options */
	if (bpf_xdp_adjust_head(ctx, 0 - (int)sizeof(struct iphdr) - (int)sizeof(struct udphdr) -
				     tunnel->options)) {
		return XDP_ABORTED;
	}
	return XDP_TX;
}

SEC("xdp")
int with_options(struct xdp_md *ctx)
{
	struct tunnel *tunnel = find(ctx);
	int action = XDP_ABORTED;
	__u32 options;

	if (!tunnel)
		goto out;
	options = tunnel->options * 8;
	if (bpf_xdp_adjust_head(ctx, -(int)(sizeof(struct iphdr) + sizeof(struct udphdr) + options)))
		goto out;
	action = XDP_TX;
out:
	return action;
}

SEC("xdp")
int by_delta(struct xdp_md *ctx)
{
	struct tunnel *tunnel = find(ctx);
	int delta;

	if (!tunnel) return XDP_PASS;
	delta = -(int)(tunnel->labels + sizeof(struct udphdr));
	if (bpf_xdp_adjust_head(ctx, delta)) return XDP_DROP;
	return XDP_TX;
}

SEC("xdp")
int always(struct xdp_md *ctx)
{
	__u32 length = sizeof(struct iphdr);

	if (ctx->rx_queue_index & 1)
		length += 200;
	if (length > 64 && bpf_xdp_adjust_head(ctx, -(int)length))
		return XDP_ABORTED;
	return XDP_TX;
}

SEC("xdp")
int signed_length(struct xdp_md *ctx)
{
	struct tunnel *tunnel = find(ctx);
	int length;

	if (!tunnel)
		return XDP_PASS;
	length = tunnel->prepend;
	if (bpf_xdp_adjust_head(ctx, -length))
		return XDP_ABORTED;
	if (bpf_xdp_adjust_head(ctx, -14))
		return XDP_ABORTED;
	return XDP_TX;
}

static __always_inline int push(struct xdp_md *ctx, __u32 bytes)
{
	int delta = -(int)(bytes + sizeof(struct ethhdr));

	return bpf_xdp_adjust_head(ctx, delta);
}

SEC("xdp")
int pushes(struct xdp_md *ctx)
{
	struct tunnel *tunnel = find(ctx);

	if (!tunnel || push(ctx, tunnel->labels))
		return XDP_DROP;
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
