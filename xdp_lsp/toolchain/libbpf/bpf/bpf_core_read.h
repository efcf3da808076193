/*
 * Reading kernel structures whose layout the loader looks up (CO-RE), for machines without libbpf: its names, this
 * project's text. The numbers are those of enum bpf_core_relo_kind in <linux/bpf.h> (5.17).
 */
#ifndef __BPF_CORE_READ_H__
#define __BPF_CORE_READ_H__

/* For __builtin_preserve_field_info(). */
enum bpf_field_info_kind {
	BPF_FIELD_BYTE_OFFSET = 0,
	BPF_FIELD_BYTE_SIZE = 1,
	BPF_FIELD_EXISTS = 2,
	BPF_FIELD_SIGNED = 3,
	BPF_FIELD_LSHIFT_U64 = 4,
	BPF_FIELD_RSHIFT_U64 = 5,
};

/* For __builtin_btf_type_id(). */
enum bpf_type_id_kind {
	BPF_TYPE_ID_LOCAL = 0,
	BPF_TYPE_ID_TARGET = 1,
};

/* For __builtin_preserve_type_info(). */
enum bpf_type_info_kind {
	BPF_TYPE_EXISTS = 0,
	BPF_TYPE_SIZE = 1,
	BPF_TYPE_MATCHES = 2,
};

/* For __builtin_preserve_enum_value(). */
enum bpf_enum_value_kind {
	BPF_ENUMVAL_EXISTS = 0,
	BPF_ENUMVAL_VALUE = 1,
};

/* A field is given as an expression, or as a type and a member. */
#define ___bpf_field1(field) (field)
#define ___bpf_field2(type, member) (((typeof(type) *)0)->member)
#define ___bpf_field_pick(_1, _2, chosen, ...) chosen
#define ___bpf_field(field...) ___bpf_field_pick(field, ___bpf_field2, ___bpf_field1)(field)

#define bpf_core_field_exists(field...) __builtin_preserve_field_info(___bpf_field(field), BPF_FIELD_EXISTS)
#define bpf_core_field_size(field...) __builtin_preserve_field_info(___bpf_field(field), BPF_FIELD_BYTE_SIZE)
#define bpf_core_field_offset(field...) __builtin_preserve_field_info(___bpf_field(field), BPF_FIELD_BYTE_OFFSET)

#define ___bpf_any(type) (*(typeof(type) *)0)
#define bpf_core_type_id_local(type) __builtin_btf_type_id(___bpf_any(type), BPF_TYPE_ID_LOCAL)
#define bpf_core_type_id_kernel(type) __builtin_btf_type_id(___bpf_any(type), BPF_TYPE_ID_TARGET)
#define bpf_core_type_exists(type) __builtin_preserve_type_info(___bpf_any(type), BPF_TYPE_EXISTS)
#define bpf_core_type_matches(type) __builtin_preserve_type_info(___bpf_any(type), BPF_TYPE_MATCHES)
#define bpf_core_type_size(type) __builtin_preserve_type_info(___bpf_any(type), BPF_TYPE_SIZE)

/* clang wants the enumerator bare. */
#define ___bpf_enumerator(type, value) (*(typeof(type) *)value)
#define bpf_core_enum_value_exists(type, value) \
	__builtin_preserve_enum_value(___bpf_enumerator(type, value), BPF_ENUMVAL_EXISTS)
#define bpf_core_enum_value(type, value) \
	__builtin_preserve_enum_value(___bpf_enumerator(type, value), BPF_ENUMVAL_VALUE)

/* A kernel pointer that may be dereferenced, read-only: bpf_rdonly_cast() of 6.2. */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __attribute__((section(".ksyms"))) __attribute__((weak));
#define bpf_core_cast(ptr, type) ((typeof(type) *)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(type)))

/* ---- One read; `src` is the address of a field, whose offset the loader mends ---- */

#define ___bpf_relocated(src) ((const void *)__builtin_preserve_access_index(src))
#define bpf_core_read(dst, size, src) bpf_probe_read_kernel(dst, size, ___bpf_relocated(src))
#define bpf_core_read_user(dst, size, src) bpf_probe_read_user(dst, size, ___bpf_relocated(src))
#define bpf_core_read_str(dst, size, src) bpf_probe_read_kernel_str(dst, size, ___bpf_relocated(src))
#define bpf_core_read_user_str(dst, size, src) bpf_probe_read_user_str(dst, size, ___bpf_relocated(src))

/* ---- Reads along a chain: p->a->b->c, each arrow a read of its own, every dot in a step free ---- */

/*
 * `hop` reads the pointers on the way, into one variable for all of them; `last` reads what is asked for, and its value
 * is that of the whole. `at` is the pointer that a step starts from; `path` is the chain up to there, written with
 * arrows, for its type alone.
 */
#define ___bpf_step(hop, at, a) hop((void *)&___bpf_hop, sizeof(___bpf_hop), &(at)->a)
#define ___bpf_next(path, a) ((typeof(path->a))___bpf_hop)
#define ___bpf_walk1(hop, last, dst, at, path, a) last((void *)(dst), sizeof(*(dst)), &(at)->a)
#define ___bpf_walk2(hop, last, dst, at, path, a, more...) \
	___bpf_step(hop, at, a); ___bpf_walk1(hop, last, dst, ___bpf_next(path, a), path->a, more)
#define ___bpf_walk3(hop, last, dst, at, path, a, more...) \
	___bpf_step(hop, at, a); ___bpf_walk2(hop, last, dst, ___bpf_next(path, a), path->a, more)
#define ___bpf_walk4(hop, last, dst, at, path, a, more...) \
	___bpf_step(hop, at, a); ___bpf_walk3(hop, last, dst, ___bpf_next(path, a), path->a, more)
#define ___bpf_walk5(hop, last, dst, at, path, a, more...) \
	___bpf_step(hop, at, a); ___bpf_walk4(hop, last, dst, ___bpf_next(path, a), path->a, more)
#define ___bpf_walk6(hop, last, dst, at, path, a, more...) \
	___bpf_step(hop, at, a); ___bpf_walk5(hop, last, dst, ___bpf_next(path, a), path->a, more)
#define ___bpf_walk7(hop, last, dst, at, path, a, more...) \
	___bpf_step(hop, at, a); ___bpf_walk6(hop, last, dst, ___bpf_next(path, a), path->a, more)
#define ___bpf_walk8(hop, last, dst, at, path, a, more...) \
	___bpf_step(hop, at, a); ___bpf_walk7(hop, last, dst, ___bpf_next(path, a), path->a, more)
#define ___bpf_walk9(hop, last, dst, at, path, a, more...) \
	___bpf_step(hop, at, a); ___bpf_walk8(hop, last, dst, ___bpf_next(path, a), path->a, more)
#define ___bpf_hops(...) ___bpf_hops_pick(__VA_ARGS__, 9, 8, 7, 6, 5, 4, 3, 2, 1)
#define ___bpf_hops_pick(_1, _2, _3, _4, _5, _6, _7, _8, _9, n, ...) n
#define ___bpf_walk_by(n) ___bpf_walk_paste(n)
#define ___bpf_walk_paste(n) ___bpf_walk##n
#define ___bpf_walk(hop, last, dst, src, chain...)                                          \
	({                                                                                  \
		const void *___bpf_hop __attribute__((unused));                             \
		___bpf_walk_by(___bpf_hops(chain))(hop, last, dst, (src), (src), chain);    \
	})

/* The type that a chain ends in: an arrow for each comma. */
#define ___bpf_arrows1(a) ->a
#define ___bpf_arrows2(a, more...) ->a ___bpf_arrows1(more)
#define ___bpf_arrows3(a, more...) ->a ___bpf_arrows2(more)
#define ___bpf_arrows4(a, more...) ->a ___bpf_arrows3(more)
#define ___bpf_arrows5(a, more...) ->a ___bpf_arrows4(more)
#define ___bpf_arrows6(a, more...) ->a ___bpf_arrows5(more)
#define ___bpf_arrows7(a, more...) ->a ___bpf_arrows6(more)
#define ___bpf_arrows8(a, more...) ->a ___bpf_arrows7(more)
#define ___bpf_arrows9(a, more...) ->a ___bpf_arrows8(more)
#define ___bpf_arrows_by(n) ___bpf_arrows_paste(n)
#define ___bpf_arrows_paste(n) ___bpf_arrows##n
#define ___bpf_end_type(src, chain...) typeof((src)___bpf_arrows_by(___bpf_hops(chain))(chain))

#define BPF_CORE_READ_INTO(dst, src, chain...) ___bpf_walk(bpf_core_read, bpf_core_read, dst, src, chain)
#define BPF_CORE_READ_USER_INTO(dst, src, chain...) \
	___bpf_walk(bpf_core_read_user, bpf_core_read_user, dst, src, chain)
#define BPF_CORE_READ_STR_INTO(dst, src, chain...) ___bpf_walk(bpf_core_read, bpf_core_read_str, dst, src, chain)
#define BPF_CORE_READ_USER_STR_INTO(dst, src, chain...) \
	___bpf_walk(bpf_core_read_user, bpf_core_read_user_str, dst, src, chain)
/* The same without relocations. The kernel's memory is read by the helper that kernels before 5.5 have as well. */
#define BPF_PROBE_READ_INTO(dst, src, chain...) ___bpf_walk(bpf_probe_read, bpf_probe_read, dst, src, chain)
#define BPF_PROBE_READ_USER_INTO(dst, src, chain...) \
	___bpf_walk(bpf_probe_read_user, bpf_probe_read_user, dst, src, chain)
#define BPF_PROBE_READ_STR_INTO(dst, src, chain...) ___bpf_walk(bpf_probe_read, bpf_probe_read_str, dst, src, chain)
#define BPF_PROBE_READ_USER_STR_INTO(dst, src, chain...) \
	___bpf_walk(bpf_probe_read_user, bpf_probe_read_user_str, dst, src, chain)

#define ___bpf_read_value(into, src, chain...)               \
	({                                                   \
		___bpf_end_type(src, chain) ___bpf_value;    \
		into(&___bpf_value, src, chain);             \
		___bpf_value;                                \
	})
#define BPF_CORE_READ(src, chain...) ___bpf_read_value(BPF_CORE_READ_INTO, src, chain)
#define BPF_CORE_READ_USER(src, chain...) ___bpf_read_value(BPF_CORE_READ_USER_INTO, src, chain)
#define BPF_PROBE_READ(src, chain...) ___bpf_read_value(BPF_PROBE_READ_INTO, src, chain)
#define BPF_PROBE_READ_USER(src, chain...) ___bpf_read_value(BPF_PROBE_READ_USER_INTO, src, chain)

/* ---- Bit fields: the word that holds one, then shifts, all of it mended by the loader ---- */

#define ___bpf_bits(s, field, kind) __builtin_preserve_field_info((s)->field, kind)
#define ___bpf_bits_at(s, field) ((const void *)(s) + ___bpf_bits(s, field, BPF_FIELD_BYTE_OFFSET))
#define ___bpf_bits_cut(s, field, word)                                                           \
	((word) <<= ___bpf_bits(s, field, BPF_FIELD_LSHIFT_U64),                                  \
	 ___bpf_bits(s, field, BPF_FIELD_SIGNED) ?                                                \
		 (unsigned long long)((long long)(word) >> ___bpf_bits(s, field, BPF_FIELD_RSHIFT_U64)) : \
		 (word) >> ___bpf_bits(s, field, BPF_FIELD_RSHIFT_U64))

#define BPF_CORE_READ_BITFIELD(s, field)                                                  \
	({                                                                                \
		const void *___bpf_at = ___bpf_bits_at(s, field);                         \
		unsigned long long ___bpf_word;                                           \
                                                                                          \
		barrier_var(___bpf_at); /* or a load at a constant offset is made of it */ \
		switch (___bpf_bits(s, field, BPF_FIELD_BYTE_SIZE)) {                     \
		case 1: ___bpf_word = *(const unsigned char *)___bpf_at; break;           \
		case 2: ___bpf_word = *(const unsigned short *)___bpf_at; break;          \
		case 4: ___bpf_word = *(const unsigned int *)___bpf_at; break;            \
		case 8: ___bpf_word = *(const unsigned long long *)___bpf_at; break;      \
		}                                                                         \
		___bpf_bits_cut(s, field, ___bpf_word);                                   \
	})
/* The shifts are those of a word whose last bytes, on a big-endian machine, are the field's. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ___bpf_bits_into(word, size) ((void *)&(word))
#else
#define ___bpf_bits_into(word, size) ((void *)&(word) + (8 - (size)))
#endif
#define BPF_CORE_READ_BITFIELD_PROBED(s, field)                                                  \
	({                                                                                       \
		unsigned long long ___bpf_word = 0;                                              \
                                                                                                 \
		bpf_probe_read_kernel(                                                           \
			___bpf_bits_into(___bpf_word, ___bpf_bits(s, field, BPF_FIELD_BYTE_SIZE)), \
			___bpf_bits(s, field, BPF_FIELD_BYTE_SIZE), ___bpf_bits_at(s, field));   \
		___bpf_bits_cut(s, field, ___bpf_word);                                          \
	})

#endif
