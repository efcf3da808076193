// need: unbounded
// .data may change at any time.
#include "common.h"
volatile __u32 outer = 28;
SEC("xdp") int prog(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -(int)outer) ? XDP_ABORTED : XDP_PASS; }
