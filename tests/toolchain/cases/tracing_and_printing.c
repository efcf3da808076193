/* What XDP sources hold beside XDP programs: fentry, kprobes, messages. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct bpf_iter_meta;

struct frame {
	int size;
} __attribute__((preserve_access_index));

SEC("fentry/a") int BPF_PROG(entered, struct frame *frame, int flags, unsigned long address)
{
	return flags + (int)address + BPF_CORE_READ(frame, size);
}

SEC("fexit/b") int BPF_PROG(left_without_arguments)
{
	return 3;
}

SEC("kprobe/c") int BPF_KPROBE(probed, struct frame *frame, int count, long a, long b, char last)
{
	return count + a + b + last + BPF_CORE_READ(frame, size);
}

SEC("kretprobe/d") int BPF_KRETPROBE(returned, int result)
{
	return result;
}

SEC("kprobe/e") int registers(struct pt_regs *ctx)
{
	return PT_REGS_PARM1(ctx) + PT_REGS_RET(ctx) + PT_REGS_FP(ctx) + PT_REGS_RC(ctx) + PT_REGS_SP(ctx) + PT_REGS_IP(ctx);
}

SEC("xdp") int prog(struct xdp_md *ctx)
{
	char text[24];

	bpf_printk("plain");
	bpf_printk("%d %d %d", ctx->data, 2, 3);
	bpf_printk("%d %d %p %llu", 1, ctx->data_end, ctx, (__u64)5);
	return BPF_SNPRINTF(text, sizeof(text), "%d %p", ctx->data, ctx);
}

SEC("iter/task") int iterated(struct bpf_iter_meta *meta)
{
	BPF_SEQ_PRINTF((struct seq_file *)meta, "%d %s\n", 4, "text");
	return 0;
}
