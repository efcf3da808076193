#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "common.h"

char _license[] SEC("license") = "GPL";

SEC("xdp")
int needs(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, -ROOM))
		return XDP_DROP;
	return XDP_TX;
}
