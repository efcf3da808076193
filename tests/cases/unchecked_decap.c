// need: 40
// A decapsulation whose result nobody checks may not have happened.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	bpf_xdp_adjust_head(x, 20);  // call: delta 20..20 total 20..20
	return bpf_xdp_adjust_head(x, -40) ? XDP_ABORTED : XDP_PASS;  // call: delta -40..-40 total -40..-20
}
