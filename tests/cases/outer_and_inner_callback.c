// need: 60
// A callback reads a length that its caller put on the stack, and the run before it changed.
#include "common.h"
struct job { struct xdp_md *x; __u32 n; };
static long push(__u32 i, void *context)
{
	struct job *job = context;
	__u32 n = job->n;
	job->n = n + 10;
	if (n > 30) return 1;
	return bpf_xdp_adjust_head(job->x, -(int)n) ? 1 : 0;
}
SEC("xdp") int prog(struct xdp_md *x)
{
	struct job job = { x, 10 };
	bpf_loop(8, push, &job, 0);
	return XDP_PASS;
}
