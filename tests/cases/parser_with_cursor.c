// need: 32
// A loop that only calls a function, which moves a cursor in its caller's struct.
#include "common.h"
struct cursor { __u32 len; __u32 kind; };
static __attribute__((noinline)) int step(struct cursor *s, struct conf *c)
{
	s->len += 8;
	return *(volatile __u8 *)&c->kind;
}
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	struct cursor s = {};
	if (!c) return XDP_PASS;
	for (int i = 0; i < 4; i++)
		if (step(&s, c)) break;
	return bpf_xdp_adjust_head(x, -(int)s.len) ? XDP_ABORTED : XDP_PASS;
}
