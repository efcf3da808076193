#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp.frags") int signed_fields(struct xdp_md *ctx)
{
	signed char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	int n, m;

	if (data + 14 > end)
		return XDP_PASS;
	n = data[3];
	m = *(short *)(data + 4);
	n = (int)(short)(n * m);
	return bpf_xdp_adjust_head(ctx, -(n < 0 ? -n : n));
}

char _license[] SEC("license") = "GPL";
