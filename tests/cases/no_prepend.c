// need: 0
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x) { return XDP_PASS; }
