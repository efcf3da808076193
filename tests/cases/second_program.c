// need: prog=20 other=36 out=8
// Several programs in one object, one of them for a devmap: its need is relative to what it starts with.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -20) ? XDP_ABORTED : XDP_PASS; }
SEC("xdp.frags") int other(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -36) ? XDP_ABORTED : XDP_PASS; }
SEC("xdp/devmap") int out(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -8) ? XDP_ABORTED : XDP_PASS; }
