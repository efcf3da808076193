// need: unbounded
// INT_MIN written out is no accident of a negation.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x) { return bpf_xdp_adjust_head(x, (int)0x80000000) ? XDP_ABORTED : XDP_PASS; }
