/* What the annotated cases share. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
struct conf { __u32 len; __s32 slen; __u16 words; __u8 kind; __u8 shift; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, struct conf); } conf SEC(".maps");
static __always_inline struct conf *get(void) { __u32 k = 0; return bpf_map_lookup_elem(&conf, &k); }
char _license[] SEC("license") = "GPL";
/* A number iterator: `name` points at it. Older uapi headers do not say how large the struct is. */
#define ITERATOR(name) __u64 name##_opaque __attribute__((aligned(8))); struct bpf_iter_num *name = (void *)&name##_opaque
