/*
 * Arguments of traced functions, for machines without libbpf: its names, this project's text. XDP programs share their
 * files with fentry programs and kprobes; of the latter this holds what those need.
 */
#ifndef __BPF_TRACING_H__
#define __BPF_TRACING_H__

#include <bpf/bpf_helpers.h>

/*
 * The registers of a call, by the names of vmlinux.h's or the uapi's struct pt_regs. Five arguments are in registers on
 * each of these machines.
 */
#if defined(__TARGET_ARCH_x86)
#if defined(__KERNEL__) || defined(__VMLINUX_H__)
#define ___bpf_reg_list di, si, dx, cx, r8
#define ___bpf_reg_ret sp
#define ___bpf_reg_fp bp
#define ___bpf_reg_rc ax
#define ___bpf_reg_sp sp
#define ___bpf_reg_ip ip
#else
#define ___bpf_reg_list rdi, rsi, rdx, rcx, r8
#define ___bpf_reg_ret rsp
#define ___bpf_reg_fp rbp
#define ___bpf_reg_rc rax
#define ___bpf_reg_sp rsp
#define ___bpf_reg_ip rip
#endif
#define ___bpf_regs(ctx) (ctx)
#elif defined(__TARGET_ARCH_arm64)
#define ___bpf_reg_list regs[0], regs[1], regs[2], regs[3], regs[4]
#define ___bpf_reg_ret regs[30]
#define ___bpf_reg_fp regs[29]
#define ___bpf_reg_rc regs[0]
#define ___bpf_reg_sp sp
#define ___bpf_reg_ip pc
#define ___bpf_regs(ctx) ((const struct user_pt_regs *)(ctx))
#elif defined(__TARGET_ARCH_s390)
#define ___bpf_reg_list gprs[2], gprs[3], gprs[4], gprs[5], gprs[6]
#define ___bpf_reg_ret gprs[14]
#define ___bpf_reg_fp gprs[11]
#define ___bpf_reg_rc gprs[2]
#define ___bpf_reg_sp gprs[15]
#define ___bpf_reg_ip psw.addr
#define ___bpf_regs(ctx) ((const user_pt_regs *)(ctx))
#elif defined(__TARGET_ARCH_powerpc)
#define ___bpf_reg_list gpr[3], gpr[4], gpr[5], gpr[6], gpr[7]
#define ___bpf_reg_ret link
#define ___bpf_reg_fp gpr[31]
#define ___bpf_reg_rc gpr[3]
#define ___bpf_reg_sp gpr[1]
#define ___bpf_reg_ip nip
#define ___bpf_regs(ctx) (ctx)
#elif defined(__TARGET_ARCH_riscv)
#define ___bpf_reg_list a0, a1, a2, a3, a4
#define ___bpf_reg_ret ra
#define ___bpf_reg_fp s0
#define ___bpf_reg_rc a0
#define ___bpf_reg_sp sp
#define ___bpf_reg_ip pc
#define ___bpf_regs(ctx) ((const struct user_regs_struct *)(ctx))
#elif defined(__TARGET_ARCH_loongarch)
#define ___bpf_reg_list regs[4], regs[5], regs[6], regs[7], regs[8]
#define ___bpf_reg_ret regs[1]
#define ___bpf_reg_fp regs[22]
#define ___bpf_reg_rc regs[4]
#define ___bpf_reg_sp regs[3]
#define ___bpf_reg_ip csr_era
#define ___bpf_regs(ctx) ((const struct user_pt_regs *)(ctx))
#endif

#ifdef ___bpf_reg_list
#define ___bpf_nth_reg1(a, b, c, d, e) a
#define ___bpf_nth_reg2(a, b, c, d, e) b
#define ___bpf_nth_reg3(a, b, c, d, e) c
#define ___bpf_nth_reg4(a, b, c, d, e) d
#define ___bpf_nth_reg5(a, b, c, d, e) e
#define ___bpf_reg(pick, list) ___bpf_reg_of(pick, list)
#define ___bpf_reg_of(pick, list...) pick(list)

#define PT_REGS_PARM1(ctx) (___bpf_regs(ctx)->___bpf_reg(___bpf_nth_reg1, ___bpf_reg_list))
#define PT_REGS_PARM2(ctx) (___bpf_regs(ctx)->___bpf_reg(___bpf_nth_reg2, ___bpf_reg_list))
#define PT_REGS_PARM3(ctx) (___bpf_regs(ctx)->___bpf_reg(___bpf_nth_reg3, ___bpf_reg_list))
#define PT_REGS_PARM4(ctx) (___bpf_regs(ctx)->___bpf_reg(___bpf_nth_reg4, ___bpf_reg_list))
#define PT_REGS_PARM5(ctx) (___bpf_regs(ctx)->___bpf_reg(___bpf_nth_reg5, ___bpf_reg_list))
#define PT_REGS_RET(ctx) (___bpf_regs(ctx)->___bpf_reg_ret)
#define PT_REGS_FP(ctx) (___bpf_regs(ctx)->___bpf_reg_fp)
#define PT_REGS_RC(ctx) (___bpf_regs(ctx)->___bpf_reg_rc)
#define PT_REGS_SP(ctx) (___bpf_regs(ctx)->___bpf_reg_sp)
#define PT_REGS_IP(ctx) (___bpf_regs(ctx)->___bpf_reg_ip)

#define PT_REGS_PARM1_CORE(ctx) BPF_CORE_READ(___bpf_regs(ctx), ___bpf_reg(___bpf_nth_reg1, ___bpf_reg_list))
#define PT_REGS_PARM2_CORE(ctx) BPF_CORE_READ(___bpf_regs(ctx), ___bpf_reg(___bpf_nth_reg2, ___bpf_reg_list))
#define PT_REGS_PARM3_CORE(ctx) BPF_CORE_READ(___bpf_regs(ctx), ___bpf_reg(___bpf_nth_reg3, ___bpf_reg_list))
#define PT_REGS_PARM4_CORE(ctx) BPF_CORE_READ(___bpf_regs(ctx), ___bpf_reg(___bpf_nth_reg4, ___bpf_reg_list))
#define PT_REGS_PARM5_CORE(ctx) BPF_CORE_READ(___bpf_regs(ctx), ___bpf_reg(___bpf_nth_reg5, ___bpf_reg_list))
#define PT_REGS_RET_CORE(ctx) BPF_CORE_READ(___bpf_regs(ctx), ___bpf_reg_ret)
#define PT_REGS_RC_CORE(ctx) BPF_CORE_READ(___bpf_regs(ctx), ___bpf_reg_rc)
#define PT_REGS_SP_CORE(ctx) BPF_CORE_READ(___bpf_regs(ctx), ___bpf_reg_sp)
#define PT_REGS_IP_CORE(ctx) BPF_CORE_READ(___bpf_regs(ctx), ___bpf_reg_ip)
#endif

/* The words of a context of fentry, fexit, lsm, raw tracepoints and struct_ops, as that many arguments. */
#define ___bpf_ctx_args0 ctx
#define ___bpf_ctx_args1 ___bpf_ctx_args0, (void *)ctx[0]
#define ___bpf_ctx_args2 ___bpf_ctx_args1, (void *)ctx[1]
#define ___bpf_ctx_args3 ___bpf_ctx_args2, (void *)ctx[2]
#define ___bpf_ctx_args4 ___bpf_ctx_args3, (void *)ctx[3]
#define ___bpf_ctx_args5 ___bpf_ctx_args4, (void *)ctx[4]
#define ___bpf_ctx_args6 ___bpf_ctx_args5, (void *)ctx[5]
#define ___bpf_ctx_args7 ___bpf_ctx_args6, (void *)ctx[6]
#define ___bpf_ctx_args8 ___bpf_ctx_args7, (void *)ctx[7]
#define ___bpf_ctx_args9 ___bpf_ctx_args8, (void *)ctx[8]
#define ___bpf_ctx_args10 ___bpf_ctx_args9, (void *)ctx[9]
#define ___bpf_ctx_args11 ___bpf_ctx_args10, (void *)ctx[10]
#define ___bpf_ctx_args12 ___bpf_ctx_args11, (void *)ctx[11]

/* The registers of a kprobe, likewise; of a kretprobe only the result. */
#define ___bpf_kprobe_args0 ctx
#define ___bpf_kprobe_args1 ___bpf_kprobe_args0, (void *)PT_REGS_PARM1(ctx)
#define ___bpf_kprobe_args2 ___bpf_kprobe_args1, (void *)PT_REGS_PARM2(ctx)
#define ___bpf_kprobe_args3 ___bpf_kprobe_args2, (void *)PT_REGS_PARM3(ctx)
#define ___bpf_kprobe_args4 ___bpf_kprobe_args3, (void *)PT_REGS_PARM4(ctx)
#define ___bpf_kprobe_args5 ___bpf_kprobe_args4, (void *)PT_REGS_PARM5(ctx)
#define ___bpf_kretprobe_args0 ctx
#define ___bpf_kretprobe_args1 ___bpf_kretprobe_args0, (void *)PT_REGS_RC(ctx)

/*
 * A program `name` of the context alone, and the function with the arguments as the user wrote them, which it calls.
 * The words become integers and pointers alike.
 */
#define ___bpf_with_args(name, context, kind, args...)                                  \
	name(context);                                                                  \
	static __always_inline typeof(name(0)) ____##name(context, ##args);             \
	typeof(name(0)) name(context)                                                   \
	{                                                                               \
		_Pragma("clang diagnostic push")                                        \
		_Pragma("clang diagnostic ignored \"-Wint-conversion\"")                \
		return ____##name(___bpf_apply(kind, ___bpf_narg(args)));               \
		_Pragma("clang diagnostic pop")                                         \
	}                                                                               \
	static __always_inline typeof(name(0)) ____##name(context, ##args)

#define BPF_PROG(name, args...) ___bpf_with_args(name, unsigned long long *ctx, ___bpf_ctx_args, ##args)
#define BPF_KPROBE(name, args...) ___bpf_with_args(name, struct pt_regs *ctx, ___bpf_kprobe_args, ##args)
#define BPF_KRETPROBE(name, args...) ___bpf_with_args(name, struct pt_regs *ctx, ___bpf_kretprobe_args, ##args)
#define BPF_UPROBE(name, args...) BPF_KPROBE(name, ##args)
#define BPF_URETPROBE(name, args...) BPF_KRETPROBE(name, ##args)

#endif
