// need: 136
// A program that calls itself once more for each of 33 times, as often as the kernel lets it: 34 times 4 bytes.
#include "common.h"
int prog(struct xdp_md *x);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} self SEC(".maps") = { .values = { [0] = &prog } };
SEC("xdp") int prog(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -4)) return XDP_DROP; // call: delta -4..-4 total -136..-4
	bpf_tail_call(x, &self, 0);
	return XDP_PASS;
}
