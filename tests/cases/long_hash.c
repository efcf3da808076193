// need: 8
// A hash of many rounds decides whether to prepend: a long chain of operations on one value.
#include "common.h"
#define R h ^= h >> 3; h *= 33; h ^= h >> 5;
#define R16 R R R R R R R R R R R R R R R R
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u64 h = *(volatile __u64 *)c;
	R16 R16 R16 R16 R16 R16 R16 R16
	if (*(volatile __u8 *)&c->kind) *(volatile __u16 *)&c->words = 1;
	if (h & 1) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -8) ? XDP_ABORTED : XDP_PASS;
}
