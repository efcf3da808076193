// What variables can be that bear on a delta, where they are assigned.
// targets: ixgbe
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct tunnel { __u8 options; __u8 kind; __u16 port; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, struct tunnel); }
	tunnels SEC(".maps");

SEC("xdp") // lens: xdp · # insns · needs 68 of 152 B · fits ixgbe
int encap(struct xdp_md *x)
{
	__u32 key = 1, other;
	struct tunnel *tunnel = bpf_map_lookup_elem(&tunnels, &key);
	if (!tunnel)
		return XDP_DROP;
	other = tunnel->port;
	__u32 words = tunnel->options & 0xf; // length: words: 0..15
	__u32 length = words * 4 + 8; // kept in no register as it is
	int err = bpf_xdp_adjust_head(x, -(int)length); // hint: prepends 8..68, 84 left on ixgbe
	if (err)
		return XDP_DROP;
	return other & 1 ? XDP_TX : XDP_PASS;
}
