// Each line with contracts says at its end what becomes of them, in their order.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "xdp_contract.h"
#define ENCAP (20 + 8)
#define NAMED(name) int name(struct xdp_md *x)
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); }
	conf SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); }
	empty SEC(".maps");
int inner(struct xdp_md *x);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} filled SEC(".maps") = { .values = { [0] = &inner } };
static __always_inline __u32 get(void) { __u32 k = 0, *v = bpf_map_lookup_elem(&conf, &k); return v ? *v : 255; }
const volatile __u32 set = 40;
char _license[] SEC("license") = "GPL";

/* xdp-lsp: prepends at most 28; must fit mainstream, sfc */ // -> kept kept
SEC("xdp") XDP_PREPENDS_AT_MOST(ENCAP) // -> kept
int constant(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -ENCAP) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") XDP_PREPENDS_AT_MOST(88) XDP_MUST_FIT("mainstream, sfc") // -> kept kept
int variable(struct xdp_md *x) /* xdp-lsp: prepends at most 87; must fit 87 bytes */ // -> broken broken
{
	__u32 n = get();
	if (n > 88)
		return XDP_DROP;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_DROP : XDP_PASS;
}

// Metadata comes out of the same headroom.
XDP_PREPENDS_AT_MOST(24) // -> kept
/* xdp-lsp: prepends at most 23 */ // -> broken
SEC("xdp") NAMED(metadata)
{
	if (bpf_xdp_adjust_meta(x, -4))
		return XDP_PASS;
	return bpf_xdp_adjust_head(x, -20) ? XDP_DROP : XDP_PASS;
}

/*
 * Tries much and falls back to less: it may prepend much, but fits where only less does.
 * xdp-lsp: prepends at most 60
 * xdp-lsp: must fit sfc
 */ // 2 up -> broken, 1 up -> kept
SEC("xdp") int falls_back(struct xdp_md *x)
{
	if (!bpf_xdp_adjust_head(x, -120))
		return XDP_PASS;
	return bpf_xdp_adjust_head(x, -60) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") XDP_PREPENDS_AT_MOST(65535) XDP_MUST_FIT("65535 bytes") // -> broken broken
int unbounded(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -(int)get()) ? XDP_DROP : XDP_PASS;
}

// The loader may set it to anything.
SEC("xdp") XDP_PREPENDS_AT_MOST(40) XDP_MUST_FIT("mainstream") // -> not-shown not-shown
int set_by_the_loader(struct xdp_md *x)
{
	__u32 n = get();
	if (n > set)
		return XDP_DROP;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") XDP_PREPENDS_AT_MOST(64) // -> kept
int set_within_bounds(struct xdp_md *x)
{
	__u32 n = get();
	if (n > set || n > 64)
		return XDP_DROP;
	return bpf_xdp_adjust_head(x, -(int)n) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") XDP_PREPENDS_AT_MOST(12) XDP_MUST_FIT("mainstream") // -> not-shown not-shown
int into_the_unknown(struct xdp_md *x)
/* xdp-lsp: prepends at most 11 */ // -> broken
{
	if (bpf_xdp_adjust_head(x, -12))
		return XDP_DROP;
	bpf_tail_call(x, &empty, 0);
	return XDP_PASS;
}

// What it calls counts as its own.
SEC("xdp") XDP_PREPENDS_AT_MOST(50) // -> kept
#ifdef NEVER
SEC("nothing")
#endif
/* xdp-lsp: prepends at most 49 */ // -> broken
int outer(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -30))
		return XDP_DROP;
	bpf_tail_call(x, &filled, 0);
	return XDP_PASS;
}

// It starts 30 bytes further on. A limit is about what it takes itself, a target about all of it.
SEC("xdp") XDP_PREPENDS_AT_MOST(20) XDP_MUST_FIT("50 bytes") // -> kept kept
/* xdp-lsp: prepends at most 19; must fit 49 bytes */ // -> broken broken
int inner(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -20) ? XDP_DROP : XDP_PASS;
}

SEC("freplace/prog") XDP_PREPENDS_AT_MOST(20) XDP_MUST_FIT("mainstream") // -> kept not-shown
int replaces(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -20) ? XDP_DROP : XDP_PASS;
}

// Where metadata is, it goes on.
SEC("xdp/devmap") XDP_PREPENDS_AT_MOST(91) // -> broken
/* xdp-lsp: prepends at most 92 */ // -> kept
int shortens_metadata(struct xdp_md *x)
{
	if (bpf_xdp_adjust_meta(x, 8))
		return XDP_PASS;
	return bpf_xdp_adjust_head(x, -100) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") XDP_PREPENDS_AT_MOST(0) XDP_MUST_FIT("all") // -> kept kept
int asks_for_nothing(struct xdp_md *x) { return XDP_PASS; }

SEC("xdp") XDP_PREPENDS_AT_MOST(sizeof(long)) XDP_MUST_FIT("scf") // -> wrong wrong
/* xdp-lsp: at most 8; prepends at most lots; must fit */ // -> wrong wrong wrong
int not_understood(struct xdp_md *x) { return XDP_PASS; }

#define SHORT 1
#if SHORT
/* xdp-lsp: prepends at most 16 */ // -> kept
SEC("xdp") int written_twice(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -16) ? XDP_DROP : XDP_PASS; }
#else
/* xdp-lsp: prepends at most 4 */
SEC("xdp") int written_twice(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -4) ? XDP_DROP : XDP_PASS;
}
#endif

#if !SHORT
/* xdp-lsp: prepends at most 4 */
SEC("xdp") int written_again(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -4) ? XDP_DROP : XDP_PASS; }
#else
/* xdp-lsp: prepends at most 15 */ // -> broken
SEC("xdp") int written_again(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -16) ? XDP_DROP : XDP_PASS;
}
#endif

/* xdp-lsp: prepends at most 7 */ // -> broken
int declared_first(struct xdp_md *x);
/* xdp-lsp: prepends at most 8 */ // -> kept
SEC("xdp") int declared_first(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -8) ? XDP_DROP : XDP_PASS; }

SEC("tc") XDP_PREPENDS_AT_MOST(8) // -> nowhere
int another_type(struct __sk_buff *s) { return 0; }

__attribute__((noinline)) XDP_PREPENDS_AT_MOST(8) // -> nowhere
static int function(__u32 *n) { return n ? *n : 7; }

/* xdp-lsp: prepends at most 8 */ // -> nowhere
static __always_inline int inlined(struct xdp_md *metadata) { return 0; }

SEC("xdp") int body(struct xdp_md *x)
{
	/* xdp-lsp: prepends at most 8 */ // -> nowhere
	if (bpf_xdp_adjust_head(x, -8))
		return XDP_DROP;
	__u32 k = 0;
	return function(bpf_map_lookup_elem(&conf, &k)) + inlined(x);
}
/* xdp-lsp: prepends at most 8 */ // -> nowhere
