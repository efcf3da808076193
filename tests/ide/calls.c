// One of each kind of call. The targets are ixgbe (192 bytes of headroom, of which 152 are usable), sfc (88 usable) and
// tun (280 usable).
// targets: ixgbe sfc tun
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); }
	lengths SEC(".maps");

#define PREPEND(x, n) bpf_xdp_adjust_head(x, -(int)(n))

static __always_inline __u32 length(__u32 key)
{
	__u32 *value = bpf_map_lookup_elem(&lengths, &key);
	return value ? *(volatile __u32 *)value : 0;
}

SEC("xdp") // lens: xdp · # insns · needs 20 of 88 B · fits all 3 targets
int constant(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -20) ? XDP_DROP : XDP_TX; // hint: prepends 20, 68 left on sfc
	//     ^ ^hover: prepends 20 bytes; 68 left on sfc
}

SEC("xdp") int ranged(struct xdp_md *x) // lens: xdp · # insns · needs 64 of 88 B · fits all 3 targets
{
	__u32 n = length(0);
	if (n > 64)
		return XDP_DROP;
	return PREPEND(x, n) ? XDP_DROP : XDP_TX; // hint: prepends 0..64, 24 left on sfc
	//     ^     ^hover: prepends 0..64 bytes; at least 24 left on sfc
}

SEC("xdp") // lens: xdp · # insns · needs 108 of 88 B · fits 2 of 3 targets
int with_metadata(struct xdp_md *x)
{
	__u32 n = length(1);
	if (n < 8 || n > 80)
		return XDP_DROP;
	if (bpf_xdp_adjust_meta(x, -8)) // hint: takes 8 of metadata, 80 left on sfc
		return XDP_DROP;
	if (bpf_xdp_adjust_head(x, -20)) // hint: prepends 20, 60 left on sfc
		return XDP_DROP;
	return bpf_xdp_adjust_head(x, // hover: prepends 8..80 bytes; short by 20 on sfc
		//                   ^
				   -(int)n) // hint: prepends 8..80, short by 20 on sfc
		? XDP_DROP : XDP_TX;
}

SEC("xdp") // lens: xdp · # insns · needs 0 of 88 B · fits all 3 targets
int strips(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, 14) ? XDP_DROP : XDP_TX; // hover: strips 14 bytes; 102 left on sfc
	//             ^
}

SEC("xdp") // lens: xdp · # insns · nothing bounds what it prepends · fits 0 of 3 targets
int unbounded(struct xdp_md *x)
{
	return PREPEND(x, length(2)) ? XDP_DROP : XDP_TX; // hint: prepends any number of bytes
}

SEC("xdp") // lens: xdp · # insns · nothing bounds what it prepends · fits 0 of 3 targets
int endless(struct xdp_md *x)
{
	__u32 i, n = length(3);
	for (i = 0; i < n; i++)
		if (bpf_xdp_adjust_head(x, -4)) // hint: prepends 4, which adds up without a bound
			return XDP_DROP;
	return XDP_TX;
}

static __always_inline int twice(struct xdp_md *x, int n)
{
	return bpf_xdp_adjust_head(x, -n); // hint: prepends 8..40, 40 left on sfc
}

SEC("xdp") // lens: xdp · # insns · needs 48 of 88 B · fits all 3 targets
int inlined(struct xdp_md *x)
{
	return twice(x, 8) || twice(x, 40) ? XDP_DROP : XDP_TX;
}

SEC("xdp") // lens: xdp · # insns · prepends nothing
int plain(struct xdp_md *x)
{
	return XDP_PASS;
}

SEC("xdp/devmap") // lens: xdp/devmap · # insns · needs 20 B on top of what ran before · fit not known
int second(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -20) ? XDP_DROP : XDP_TX; // hint: prepends 20 on top of what ran before
}
