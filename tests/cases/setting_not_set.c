// need: unbounded
// A zero is a setting waiting to be set.
#include "common.h"
const volatile __u32 outer;
SEC("xdp") int prog(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -(int)outer) ? XDP_ABORTED : XDP_PASS; }
