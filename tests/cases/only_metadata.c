// need: 32
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x) { return bpf_xdp_adjust_meta(x, -32) ? XDP_ABORTED : XDP_PASS; }
