/* SPDX-License-Identifier: MIT */
/*
 * Contracts of XDP programs: what a program promises of headroom, checked by xdp-lsp
 * and left in the object's BTF for loaders to read. Complete in itself: copy it into your tree.
 *
 *	SEC("xdp") XDP_PREPENDS_AT_MOST(64) XDP_MUST_FIT("mainstream, sfc")
 *	int encap(struct xdp_md *ctx)
 *
 * A contract is a BTF_KIND_DECL_TAG of the program's function, `xdp-lsp: prepends at most 64`. Compilers without
 * btf_decl_tag (clang before 14, GCC before 16) compile the program without it.
 */
#ifndef XDP_CONTRACT_H
#define XDP_CONTRACT_H

#if defined(__has_attribute)
#if __has_attribute(btf_decl_tag)
#define XDP_CONTRACT(text) __attribute__((btf_decl_tag("xdp-lsp: " text)))
#endif
#endif
#ifndef XDP_CONTRACT
#define XDP_CONTRACT(text)
#endif

#define XDP_CONTRACT_TEXT_(...) #__VA_ARGS__
#define XDP_CONTRACT_TEXT(...) XDP_CONTRACT_TEXT_(__VA_ARGS__)

/* On no path more than `bytes` of headroom, metadata included: a number, a sum of numbers, or a macro for one. */
#define XDP_PREPENDS_AT_MOST(bytes) XDP_CONTRACT("prepends at most " XDP_CONTRACT_TEXT(bytes))

/* Every target of a string such as "mainstream, ixgbe@6.1, 128 bytes" leaves as much headroom as it takes. */
#define XDP_MUST_FIT(targets) XDP_CONTRACT("must fit " targets)

#endif
