// targets: mlx5_core@6.12
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int marks(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_meta(ctx, -6))
		return XDP_ABORTED;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
