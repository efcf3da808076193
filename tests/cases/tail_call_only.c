// need: prog=36 sub=36 second=20
// unknown: sub=tail-call
// The second program is reached through the array alone; one index is not filled, and one is not known.
#include "common.h"
int second(struct xdp_md *x);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} next SEC(".maps") = { .values = { [1] = &second } };
static __noinline int leave(struct xdp_md *x, __u32 at)
{
	if (bpf_xdp_adjust_head(x, -16)) return XDP_ABORTED;
	bpf_tail_call(x, &next, at);
	return XDP_PASS;
}
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	return c ? leave(x, c->len) : XDP_DROP;
}
SEC("xdp") int sub(struct xdp_md *x)
{
	bpf_xdp_adjust_head(x, -8);
	bpf_tail_call(x, &next, 3);
	bpf_xdp_adjust_head(x, -8);
	bpf_tail_call(x, &next, 1);
	return XDP_PASS;
}
SEC("xdp") int second(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -20) ? XDP_ABORTED : XDP_TX;
}
