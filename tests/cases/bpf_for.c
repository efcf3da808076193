// need: sums=84 rounds=40 breaks=24 indexed=116
// The macros of bpf_helpers.h over number iterators.
#include <linux/version.h>
#include "common.h"
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0) /* newer uapi headers have it */
struct bpf_iter_num { __u64 opaque[1]; } __attribute__((aligned(8)));
#endif
SEC("xdp") int sums(struct xdp_md *x)
{
	struct conf *c = get();
	int i, len = 20;
	if (!c) return XDP_PASS;
	bpf_for(i, 0, c->kind & 15)
		len += 4 + (i & 0); /* the number is looked at */
	if (len & 3) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -(len + 4)) ? XDP_ABORTED : XDP_PASS;
}
SEC("xdp") int rounds(struct xdp_md *x)
{
	bpf_repeat(10)
		bpf_xdp_adjust_head(x, -4);
	return XDP_PASS;
}
SEC("xdp") int breaks(struct xdp_md *x)
{
	int i;
	bpf_for(i, 0, 1000) {
		if (i >= 6) break;
		if (bpf_xdp_adjust_head(x, -4)) break;
	}
	return XDP_PASS;
}
SEC("xdp") int indexed(struct xdp_md *x)
{
	struct conf *c = get();
	int i, len = 0;
	if (!c) return XDP_PASS;
	bpf_for(i, 0, 30)
		if (c->len == i) len = i * 4;
	return bpf_xdp_adjust_head(x, -len) ? XDP_ABORTED : XDP_PASS;
}
