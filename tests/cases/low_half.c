// need: 4
// Only the low 32 bits of delta count: the upper half is noise.
#include "common.h"
SEC("xdp") int prog(struct xdp_md *x)
{
	__u64 d = 0x1234567800000000ULL | (__u32)-4;
	asm volatile("" : "+r"(d));
	long (*adjust)(void *, __u64) = (void *)44;
	return adjust(x, d) ? XDP_ABORTED : XDP_PASS;
}
