// need: 44
// A parser that is not inlined fills a struct on its caller's stack.
#include "common.h"
struct parsed { __u32 kind; __u32 len; __u64 pad; };
static __attribute__((noinline)) void parse(struct conf *c, struct parsed *p)
{
	p->kind = *(volatile __u8 *)&c->kind;
	p->len = *(volatile __u32 *)&c->len;
	if (p->len > 44) p->len = 44;
}
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	struct parsed p = {};
	if (!c) return XDP_PASS;
	parse(c, &p);
	return bpf_xdp_adjust_head(x, -(int)p.len) ? XDP_ABORTED : XDP_PASS;
}
