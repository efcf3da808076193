// need: prog=100 small=8 large=100
// Which program array it is depends on a value.
#include "common.h"
int small(struct xdp_md *x);
int large(struct xdp_md *x);
#define FILLED(name, program) struct { \
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY); \
	__uint(max_entries, 1); \
	__uint(key_size, 4); \
	__array(values, int(struct xdp_md *)); \
} name SEC(".maps") = { .values = { [0] = &program } }
FILLED(to_small, small);
FILLED(to_large, large);
SEC("xdp") int prog(struct xdp_md *x)
{
	void *next = &to_small;
	if (x->rx_queue_index) next = &to_large;
	bpf_tail_call(x, next, 0);
	return XDP_PASS;
}
SEC("xdp") int small(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -8) ? XDP_ABORTED : XDP_TX;
}
SEC("xdp") int large(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -100) ? XDP_ABORTED : XDP_TX;
}
