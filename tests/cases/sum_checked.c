// need: 120
// Header and options: the sum is checked, not its parts.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	struct conf *c = get();
	if (!c) return XDP_PASS;
	__u8 h = *(volatile __u8 *)&c->kind, o = *(volatile __u8 *)&c->shift;
	__u32 len = h + o;
	if (len > 120) return XDP_DROP; // why: checked here: 0 to 120
	if (bpf_xdp_adjust_head(x, -(int)h)) return XDP_ABORTED;  // call: delta -120..0 total -120..0
	return bpf_xdp_adjust_head(x, -(int)o) ? XDP_ABORTED : XDP_PASS;  // call: delta -120..0 total -120..0
}
