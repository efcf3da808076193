#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct value {
	__s8 small;
	__s16 middle;
	__s32 wide;
	__u64 count;
	__u32 words[16];
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct value);
} values SEC(".maps");

static __attribute__((noinline)) int grow(struct xdp_md *ctx, int by)
{
	return bpf_xdp_adjust_head(ctx, -by);
}

SEC("xdp") int arithmetic(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;
	struct value *v = bpf_map_lookup_elem(&values, &key);
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	long sum = 0;

	if (!v)
		return XDP_PASS;
	__sync_fetch_and_add(&v->count, 3);
	for (int n = 0; n < 16; n++)
		sum += v->words[n] * (v->small < 0 ? v->middle : v->wide);
	if (data + 20 <= end)
		sum ^= *(__u32 *)(data + 12) >> 3 | *(__u16 *)(data + 16) << 7;
	sum = (__u64)sum / 7 + (__u64)sum % 11 + (__u32)sum / (key | 1);
	v->count = __builtin_bswap64(sum) - __builtin_bswap32(sum) + __builtin_bswap16(sum);
	v->words[key & 15] = 17;
	if ((int)sum > 64 || (long)v->count < -5)
		return XDP_DROP;
	if (sum == 0x1122334455667788)
		return XDP_ABORTED;
	return grow(ctx, sum) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
