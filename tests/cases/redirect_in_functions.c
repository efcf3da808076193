// need: prog=20 loop=16
// Redirects behind functions and callbacks: a caller, or the next run, may still prepend.
#include "common.h"
static __attribute__((noinline)) int leave(int port) { return bpf_redirect(port, 0); }  // redirect: 0..0 8..16 20..20
static __attribute__((noinline)) int push(struct xdp_md *x, int n) { return bpf_xdp_adjust_head(x, -n); }
SEC("xdp") int prog(struct xdp_md *x)
{
	int action = leave(x->rx_queue_index);
	if (push(x, 20)) return XDP_ABORTED;
	return action;
}
static long round(__u32 i, void *ctx)
{
	struct xdp_md **x = ctx;
	leave(i);
	return bpf_xdp_adjust_head(*x, -8) != 0;
}
SEC("xdp") int loop(struct xdp_md *x)
{
	bpf_loop(2, round, &x, 0);
	return XDP_REDIRECT;
}
