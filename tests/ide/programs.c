// Programs of several functions, and what their names and sections show.
// targets: ixgbe sfc
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); }
	next SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64[10]); }
	values SEC(".maps");

static __noinline int inner(struct xdp_md *x, __u32 key)
{
	__u64 words[10] = { key };
	return bpf_map_update_elem(&values, &key, words, 0);
}

static __noinline int outer(struct xdp_md *x, __u32 key)
{
	if (inner(x, key))
		return 1;
	return bpf_xdp_adjust_head(x, -100); // hint: prepends 100, short by 12 on sfc
}

static int helper_of_nobody(struct xdp_md *x); // a prototype is no definition

SEC("xdp") // lens: xdp · # insns · needs at least 100 of 88 B · does not fit 1 of 2 targets
//^  ^hover: several (xdp): needs at least 100 bytes
int several(struct xdp_md *x)
{
	if (outer(x, 1))
		return XDP_DROP;
	bpf_tail_call(x, &next, 2);
	return XDP_PASS;
}

int __attribute__((section("xdp"), used)) // `several(x) {` in a comment is no definition
old_style(struct xdp_md *x) // lens: xdp · # insns · prepends nothing
// ^   ^hover: old_style (xdp): calls nothing that takes headroom
{
	return XDP_PASS;
}

#define PROGRAM(name) SEC("xdp.frags") int name(struct xdp_md *x)

PROGRAM(made) // lens: xdp.frags · # insns · needs 128 of 88 B · fits all 2 targets
//      ^ ^hover: made (xdp.frags): needs 128 bytes, 32 with its fallback
{
	if (bpf_xdp_adjust_head(x, -128)) // hint: prepends 128, short by 40 on sfc
		if (bpf_xdp_adjust_head(x, -32)) // hint: prepends 32, 56 left on sfc
			return XDP_ABORTED;
	return XDP_TX;
}
