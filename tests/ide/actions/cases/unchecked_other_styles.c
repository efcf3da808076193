#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int braces(struct xdp_md *ctx)
{
    int action = XDP_PASS;

    if (ctx->rx_queue_index > 3) {
        action = XDP_ABORTED;
        goto out;
    }
    bpf_xdp_adjust_head(ctx, 4);
    if (bpf_xdp_adjust_head(ctx, -8)) {
        action = XDP_DROP;
        goto out;
    }
out:
    return action;
}

SEC("xdp")
int own_lines(struct xdp_md *ctx)
{
    if(ctx->data + 14 > ctx->data_end)
    {
        return XDP_PASS;
    }
    bpf_xdp_adjust_head(ctx, -8);
    return XDP_TX;
}

SEC("xdp") int one_line(struct xdp_md *ctx) { bpf_xdp_adjust_head(ctx, -8); return XDP_TX; }

SEC("xdp")
int at_once(struct xdp_md *ctx)
{
    long res = bpf_xdp_adjust_head(ctx, -8);

    if (ctx->data + 14 > ctx->data_end) return XDP_DROP;
    return XDP_TX;
}

static __noinline void nothing(struct xdp_md *ctx)
{
    bpf_xdp_adjust_head(ctx, -8);
}

SEC("xdp")
int through(struct xdp_md *ctx)
{
    nothing(ctx);
    return XDP_TX;
}

char _license[] SEC("license") = "GPL";
