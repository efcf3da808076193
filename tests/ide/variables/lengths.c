// How a length is read, tested and made of others.
#include "../../cases/common.h"
SEC("xdp") int prog(struct xdp_md *ctx)
{
	__u32 k = 0;
	struct conf *c = bpf_map_lookup_elem(&conf, &k); //? k: 0 | c: value of conf, or NULL after this line
	if (!c) //? c: value of conf, or NULL
		return XDP_PASS;
	__u32 len = c->len; //? len: any __u32 after this line | c: value of conf
	bpf_ktime_get_ns();
	if (len > 64) //? len: any __u32
		return XDP_DROP;
	bpf_ktime_get_ns();
	len = (len & 60) + 8; //? len: 0..64; 8..68, multiple of 4 after this line
	if (bpf_xdp_adjust_head(ctx, -(int)len)) //? len: 8..68, multiple of 4
		return XDP_DROP;
	return XDP_PASS;
}
