// need: prog=52 second=20 third=44
// A program array that the object fills: what the programs prepend adds up.
#include "common.h"
int second(struct xdp_md *x);
int third(struct xdp_md *x);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} next SEC(".maps") = { .values = { [1] = &second, [2] = &third } };
SEC("xdp") int prog(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -8)) return XDP_ABORTED;
	bpf_tail_call(x, &next, bpf_get_prandom_u32() & 1 ? 1 : 2);
	return XDP_PASS;
}
SEC("xdp") int second(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -20) ? XDP_ABORTED : XDP_TX;
}
SEC("xdp") int third(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -24)) return XDP_ABORTED;
	bpf_tail_call(x, &next, 1);
	return XDP_DROP;
}
