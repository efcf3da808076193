/*
 * What XDP programs use of libbpf's header of this name, for machines without libbpf. The names and their meaning are
 * libbpf's (1.5); the text is this project's. As with libbpf, <linux/types.h> or vmlinux.h comes first.
 */
#ifndef __BPF_HELPERS__
#define __BPF_HELPERS__

/* clang 20 and later: the call of a helper so marked clobbers r0 only, and the kernel (6.12) inlines it. */
#if __has_attribute(bpf_fastcall)
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif

#include <bpf/bpf_helper_defs.h>

/* ---- Sections and attributes ---- */

/* `used` means nothing on an extern declaration, such as that of a map in another file. */
#define SEC(name)                                                    \
	_Pragma("clang diagnostic push")                             \
	_Pragma("clang diagnostic ignored \"-Wignored-attributes\"") \
	__attribute__((section(name), used))                         \
	_Pragma("clang diagnostic pop")

/* <linux/stddef.h> has one without `inline`'s partner attribute. */
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#ifndef __weak
#define __weak __attribute__((weak))
#endif
#ifndef __hidden
#define __hidden __attribute__((visibility("hidden")))
#endif

#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#define bpf_ksym_exists(sym) (!!(sym))

/* Tags that the verifier reads from BTF: of types (kernel pointers in maps) ... */
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __kptr_ref __attribute__((btf_type_tag("kptr_ref")))
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#define __uptr __attribute__((btf_type_tag("uptr")))
/* ... and of a global function's arguments. */
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))
#define __arg_nonnull __attribute__((btf_decl_tag("arg:nonnull")))
#define __arg_nullable __attribute__((btf_decl_tag("arg:nullable")))
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))
#define __arg_untrusted __attribute__((btf_decl_tag("arg:untrusted")))
#define __arg_arena __attribute__((btf_decl_tag("arg:arena")))

/* ---- Maps: a loader reads the attributes of a definition from the types of its members ---- */

#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
#define __ulong(name, val) enum { ___bpf_concat(__unique_value_, __COUNTER__) = (val) } name

enum libbpf_pin_type {
	LIBBPF_PIN_NONE,
	LIBBPF_PIN_BY_NAME,
};

/* How a CONFIG_ option of the running kernel is set: the type of an extern in .kconfig. */
enum libbpf_tristate {
	TRI_NO = 0,
	TRI_YES = 1,
	TRI_MODULE = 2,
};

/* ---- What programs built on vmlinux.h cannot take from a libc ---- */

#ifndef NULL
#define NULL ((void *)0)
#endif
#ifndef KERNEL_VERSION
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#endif
#ifndef offsetof
#define offsetof(type, member) ((unsigned long)&((type *)0)->member)
#endif
#ifndef container_of
#define container_of(ptr, type, member)                                 \
	({                                                              \
		void *__container_of = (void *)(ptr);                   \
		(type *)(__container_of - offsetof(type, member));      \
	})
#endif

/* ---- Talking to the optimiser ---- */

#ifndef barrier
#define barrier() asm volatile("" ::: "memory")
#endif
/* From here on the compiler knows nothing of the variable's value. */
#ifndef barrier_var
#define barrier_var(var) asm volatile("" : "+r"(var))
#endif
/* A call the back end cannot compile: if it is not optimised away, the build fails. */
#ifndef __bpf_unreachable
#define __bpf_unreachable() __builtin_trap()
#endif

/*
 * A tail call whose map and index are set in the very place of the call: only such calls are turned into direct jumps
 * by the kernel's JIT, and merging two of them would lose that.
 */
static __always_inline void bpf_tail_call_static(void *ctx, const void *map, const __u32 slot)
{
	if (!__builtin_constant_p(slot))
		__bpf_unreachable();
	asm volatile("r1 = %[ctx]\n\t"
		     "r2 = %[map]\n\t"
		     "r3 = %[slot]\n\t"
		     "call 12" /* BPF_FUNC_tail_call */
		     :
		     : [ctx] "r"(ctx), [map] "r"(map), [slot] "i"(slot)
		     : "r0", "r1", "r2", "r3", "r4", "r5");
}

/* ---- Counting arguments; programs and bpf_tracing.h use these names ---- */

#ifndef ___bpf_concat
#define ___bpf_concat(a, b) a##b
#endif
#ifndef ___bpf_apply
#define ___bpf_apply(fn, n) ___bpf_concat(fn, n)
#endif
#ifndef ___bpf_nth
#define ___bpf_nth(_, _1, _2, _3, _4, _5, _6, _7, _8, _9, _a, _b, _c, N, ...) N
#endif
#ifndef ___bpf_narg
#define ___bpf_narg(...) ___bpf_nth(_, ##__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#endif

/* ---- Printing: the values go through an array of 64-bit words, pointers as well as integers ---- */

#define ___bpf_store0(at)
#define ___bpf_store1(at, value) *(at) = value
#define ___bpf_store2(at, value, more...) *(at) = value; ___bpf_store1((at) + 1, more)
#define ___bpf_store3(at, value, more...) *(at) = value; ___bpf_store2((at) + 1, more)
#define ___bpf_store4(at, value, more...) *(at) = value; ___bpf_store3((at) + 1, more)
#define ___bpf_store5(at, value, more...) *(at) = value; ___bpf_store4((at) + 1, more)
#define ___bpf_store6(at, value, more...) *(at) = value; ___bpf_store5((at) + 1, more)
#define ___bpf_store7(at, value, more...) *(at) = value; ___bpf_store6((at) + 1, more)
#define ___bpf_store8(at, value, more...) *(at) = value; ___bpf_store7((at) + 1, more)
#define ___bpf_store9(at, value, more...) *(at) = value; ___bpf_store8((at) + 1, more)
#define ___bpf_store10(at, value, more...) *(at) = value; ___bpf_store9((at) + 1, more)
#define ___bpf_store11(at, value, more...) *(at) = value; ___bpf_store10((at) + 1, more)
#define ___bpf_store12(at, value, more...) *(at) = value; ___bpf_store11((at) + 1, more)

/* Evaluates `call`, in which ___fmt and ___param stand for the format and the words. */
#define ___bpf_with_words(call, fmt, args...)                                           \
	({                                                                              \
		static const char ___fmt[] = fmt;                                       \
		unsigned long long ___param[___bpf_narg(args)];                         \
		_Pragma("clang diagnostic push")                                        \
		_Pragma("clang diagnostic ignored \"-Wint-conversion\"")                \
		___bpf_apply(___bpf_store, ___bpf_narg(args))(___param, ##args);        \
		_Pragma("clang diagnostic pop")                                         \
		call;                                                                   \
	})

#define BPF_SEQ_PRINTF(seq, fmt, args...) \
	___bpf_with_words(bpf_seq_printf(seq, ___fmt, sizeof(___fmt), ___param, sizeof(___param)), fmt, args)
#define BPF_SNPRINTF(out, out_size, fmt, args...) \
	___bpf_with_words(bpf_snprintf(out, out_size, ___fmt, ___param, sizeof(___param)), fmt, args)
#define __bpf_vprintk(fmt, args...) \
	___bpf_with_words(bpf_trace_vprintk(___fmt, sizeof(___fmt), ___param, sizeof(___param)), fmt, args)

/* Kernels before 5.2 have no global data: there the format must be on the stack. */
#ifdef BPF_NO_GLOBAL_DATA
#define BPF_PRINTK_FMT_MOD
#else
#define BPF_PRINTK_FMT_MOD static const
#endif
#define __bpf_printk(fmt, args...)                                       \
	({                                                               \
		BPF_PRINTK_FMT_MOD char ____fmt[] = fmt;                 \
		bpf_trace_printk(____fmt, sizeof(____fmt), ##args);      \
	})

/* bpf_trace_printk takes three values, bpf_trace_vprintk (5.16) any number. */
#define ___bpf_pick_printk(...)                                                                          \
	___bpf_nth(_, ##__VA_ARGS__, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk,         \
		   __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk,            \
		   __bpf_printk, __bpf_printk, __bpf_printk, __bpf_printk)
#define bpf_printk(fmt, args...) ___bpf_pick_printk(args)(fmt, ##args)

/* ---- Open-coded iterators (6.4): loops whose body the verifier walks once ---- */

struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

/*
 * An iterator on the stack and ___iter pointing at it; destroyed however the loop is left. A function that only a
 * cleanup names gets no BTF from clang, hence the mention.
 */
#define ___bpf_iterator(type, args...)                                                            \
	struct bpf_iter_##type ___state __attribute__((aligned(8), cleanup(bpf_iter_##type##_destroy))), \
		*___iter = ({                                                                     \
			bpf_iter_##type##_new(&___state, ##args);                                 \
			(void)bpf_iter_##type##_destroy;                                          \
			&___state;                                                                \
		})

/* `cur` is what bpf_iter_TYPE_next() returns, until that is NULL. */
#ifndef bpf_for_each
#define bpf_for_each(type, cur, args...) \
	for (___bpf_iterator(type, ##args); ((cur) = bpf_iter_##type##_next(___iter));)
#endif
/* `i` goes from `start` to `end` exclusive. The kernel keeps to that, but the verifier must see it tested. */
#ifndef bpf_for
#define bpf_for(i, start, end)                                                           \
	for (___bpf_iterator(num, (start), (end)); ({                                    \
		     int *___next = bpf_iter_num_next(___iter);                          \
		     (i) = ___next ? *___next : (end);                                   \
		     ___next && (i) >= (start) && (i) < (end);                           \
	     });)
#endif
#ifndef bpf_repeat
#define bpf_repeat(times) for (___bpf_iterator(num, 0, (times)); bpf_iter_num_next(___iter);)
#endif

#endif
