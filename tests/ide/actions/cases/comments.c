#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	/* xdp-lsp: allow(headroom-exceeded) it once was more */
	if (bpf_xdp_adjust_head(ctx, -8))
		return XDP_ABORTED;
	if (bpf_xdp_adjust_head(ctx, 8)) // xdp-lsp: allow(result-unchecked) who knows
		return XDP_ABORTED;
	/* xdp-lsp: allow(headroom-exceded) only ever runs on mlx5 */
	if (bpf_xdp_adjust_head(ctx, -200))
		return XDP_ABORTED;
	/* xdp-lsp: allow(headroom-exceeded) */
	if (bpf_xdp_adjust_head(ctx,
				-8))
		return XDP_ABORTED;
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
