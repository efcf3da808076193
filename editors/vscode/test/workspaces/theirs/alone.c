#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#if __has_include("common.h")
#include "common.h"
#endif
#ifndef ROOM
#define ROOM 16
#endif

char _license[] SEC("license") = "GPL";

SEC("xdp")
int alone(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, -ROOM))
		return XDP_DROP;
	return XDP_TX;
}
