/* Maps, sections and attributes; a tail call by a constant index. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct value {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct value);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} counters SEC(".maps");

int next(struct xdp_md *ctx);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} programs SEC(".maps") = { .values = { [1] = (void *)&next } };

extern int LINUX_KERNEL_VERSION __kconfig;
extern enum libbpf_tristate CONFIG_BPF_SYSCALL __kconfig __weak;
extern const int some_variable __ksym __weak;

const volatile __u32 limit = 64;

static __noinline int over(__u32 length)
{
	return length > limit;
}

__hidden int hidden(struct xdp_md *ctx)
{
	return ctx->rx_queue_index == 3;
}

static __always_inline void count(struct xdp_md *ctx, __u32 key)
{
	struct value *value = bpf_map_lookup_elem(&counters, &key);

	if (!value)
		return;
	value->packets += 1;
	barrier();
	value->bytes += ctx->data_end - ctx->data;
}

SEC("xdp/next") int next(struct xdp_md *ctx)
{
	__u64 length = ctx->data_end - ctx->data;

	barrier_var(length);
	return over(length) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct value *none = NULL;

	count(ctx, XDP_PASS);
	if (LINUX_KERNEL_VERSION >= KERNEL_VERSION(5, 15, 300) && CONFIG_BPF_SYSCALL == TRI_YES)
		return hidden(ctx) + offsetof(struct value, bytes);
	if (&some_variable && ctx->ingress_ifindex == 2)
		return container_of(&none->bytes, struct value, bytes) == none ? XDP_TX : XDP_ABORTED;
	if (ctx->ingress_ifindex == bpf_get_smp_processor_id())
		bpf_tail_call_static(ctx, &programs, 1);
	return bpf_xdp_adjust_head(ctx, -8) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
