/*
 * Byte order, for machines without libbpf: its names, this project's text. A constant is swapped by arithmetic, so that
 * the macros can stand in case labels and initialisers. The choice is left to the optimiser as libbpf leaves it:
 * another form gives other instructions, and the answer is to be about those that the user's own build runs.
 */
#ifndef __BPF_ENDIAN__
#define __BPF_ENDIAN__

/* Of the target (bpfel, bpfeb), not of the host as a libc's header would have it. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ___bpf_const16(x) ((__u16)((__u16)(x) << 8 | (__u16)(x) >> 8))
#define ___bpf_const32(x) \
	((__u32)((__u32)(x) << 24 | ((__u32)(x) & 0xff00) << 8 | ((__u32)(x) >> 8 & 0xff00) | (__u32)(x) >> 24))
#define ___bpf_const64(x) ((__u64)___bpf_const32(x) << 32 | ___bpf_const32((__u64)(x) >> 32))
#define ___bpf_swap16(x) (__builtin_constant_p(x) ? ___bpf_const16(x) : __builtin_bswap16(x))
#define ___bpf_swap32(x) (__builtin_constant_p(x) ? ___bpf_const32(x) : __builtin_bswap32(x))
#define ___bpf_swap64(x) (__builtin_constant_p(x) ? ___bpf_const64(x) : __builtin_bswap64(x))
#else
#define ___bpf_swap16(x) (x)
#define ___bpf_swap32(x) (x)
#define ___bpf_swap64(x) (x)
#endif

#define bpf_htons(x) ___bpf_swap16(x)
#define bpf_ntohs(x) ___bpf_swap16(x)
#define bpf_htonl(x) ___bpf_swap32(x)
#define bpf_ntohl(x) ___bpf_swap32(x)
#define bpf_cpu_to_be64(x) ___bpf_swap64(x)
#define bpf_be64_to_cpu(x) ___bpf_swap64(x)

/* Some sources choose by themselves. */
#define __bpf_htons(x) ___bpf_swap16(x)
#define __bpf_ntohs(x) ___bpf_swap16(x)
#define __bpf_htonl(x) ___bpf_swap32(x)
#define __bpf_ntohl(x) ___bpf_swap32(x)
#define __bpf_cpu_to_be64(x) ___bpf_swap64(x)
#define __bpf_be64_to_cpu(x) ___bpf_swap64(x)
#define __bpf_constant_htons(x) ___bpf_swap16(x)
#define __bpf_constant_ntohs(x) ___bpf_swap16(x)
#define __bpf_constant_htonl(x) ___bpf_swap32(x)
#define __bpf_constant_ntohl(x) ___bpf_swap32(x)
#define __bpf_constant_cpu_to_be64(x) ___bpf_swap64(x)
#define __bpf_constant_be64_to_cpu(x) ___bpf_swap64(x)

#endif
