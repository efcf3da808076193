// need: 28
// A struct on the stack is written as one word and then changed in part, on one path.
#include "common.h"
struct job { struct xdp_md *x; __u32 len; __u32 done; };
static __attribute__((noinline)) int dojob(struct job *j) { return bpf_xdp_adjust_head(j->x, -(int)j->len) + (int)j->done; }
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	struct job j = { x, 20, 0 };
	if (!c) return XDP_PASS;
	if (*(volatile __u8 *)&c->kind) j.len = 28;
	return dojob(&j) ? XDP_ABORTED : XDP_PASS;
}
