// need: 20
// A jhash of the addresses decides whether to encapsulate: rotations use each value twice.
#include "common.h"
#define ROL(x, k) (((x) << (k)) | ((x) >> (32 - (k))))
#define MIX(a, b, c) { a -= c; a ^= ROL(c, 4); c += b; b -= a; b ^= ROL(a, 6); a += c; c -= b; c ^= ROL(b, 8); b += a; \
	a -= c; a ^= ROL(c, 16); c += b; b -= a; b ^= ROL(a, 19); a += c; c -= b; c ^= ROL(b, 4); b += a; }
SEC("xdp") int prog(struct xdp_md *x)
{
	__u32 *p = (void *)(long)x->data, a = 1, b = 2, c = 3;
	if ((void *)(p + 12) > (void *)(long)x->data_end) return XDP_PASS;
	for (int i = 0; i < 12; i += 3) {
		a += p[i]; b += p[i + 1]; c += p[i + 2];
		MIX(a, b, c)
	}
	if (c & 1) bpf_ktime_get_ns();
	if (c % 16 == x->rx_queue_index) return bpf_xdp_adjust_head(x, -20) ? XDP_ABORTED : XDP_PASS;
	return XDP_PASS;
}
