// need: 28
// The frame leaves when the program has ended: what is taken after the call counts.
#include "common.h"
struct { __uint(type, BPF_MAP_TYPE_DEVMAP_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } ports SEC(".maps");
SEC("xdp") int prog(struct xdp_md *x)
{
	long action = bpf_redirect_map(&ports, x->rx_queue_index, XDP_PASS);  // redirect: 0..0 28..28
	if (action != XDP_REDIRECT) return action;
	return bpf_xdp_adjust_head(x, -28) ? XDP_ABORTED : action;
}
