// Hints are short: editors cut long ones. 152 bytes are usable of all four.
// targets: i40e ice igb ixgbe
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp") // lens: xdp · # insns · needs 160 of 152 B · fits 0 of 4 targets
int names(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -160); // hint: prepends 160, short by 8 on 4 targets
}
