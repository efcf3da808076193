// need: 12
// unknown: prog=tail-call
// What the other program prepends is not known; what this one does is.
#include "common.h"
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } next SEC(".maps");
SEC("xdp") int prog(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -12)) return XDP_ABORTED;
	bpf_tail_call(x, &next, 1);
	return XDP_PASS;
}
