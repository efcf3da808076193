// need: 64
// What the frame leaves with is the prepend of its own path, whatever other paths take.
#include "common.h"
struct { __uint(type, BPF_MAP_TYPE_DEVMAP); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } ports SEC(".maps");
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u32 len = *(volatile __u32 *)&c->len;
	if (len & 1) {
		if (bpf_xdp_adjust_head(x, -64)) return XDP_ABORTED;  // call: delta -64..-64 total -64..-64
		return XDP_TX;
	}
	if (len > 40) return bpf_redirect(3, 0);  // redirect: 0..0
	if (bpf_xdp_adjust_head(x, -(int)len)) return XDP_ABORTED;  // call: delta -40..0 total -40..0
	return bpf_redirect_map(&ports, x->rx_queue_index, XDP_PASS);  // redirect: 0..40
}
