/* Generic UDP encapsulation towards a real server, with options of a length that the control plane sets.
 *
 * IPv6, UDP, GUE and the options go in front of the packet: 40 + 8 + 4 + opt_len bytes. The check lets opt_len be
 * up to 124, a prepend of 176: fine on cards that leave 256 bytes of headroom, refused on those that leave 192.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define GUE_PORT 6080
#define MAX_OPT_LEN 124 /* 5 bits of 32-bit words */

struct guehdr {
	__u8 hlen : 5, control : 1, version : 2;
	__u8 proto;
	__be16 flags;
};

struct real {
	struct in6_addr address;
	__u8 mac[ETH_ALEN];
	__u8 opt_len; /* bytes, a multiple of 4 */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 512);
	__type(key, __u32);
	__type(value, struct real);
} reals SEC(".maps");

SEC("xdp")
int gue_encap(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr old, *eth = data;
	__u32 key = ctx->rx_queue_index;
	struct ipv6hdr *ip6;
	struct real *real;
	__u32 payload;
	__u8 opt_len;

	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	real = bpf_map_lookup_elem(&reals, &key);
	if (!real)
		return XDP_PASS;
	opt_len = real->opt_len;
	if (opt_len > MAX_OPT_LEN)
		return XDP_DROP;
	old = *eth;
	payload = end - data - sizeof(old) + sizeof(struct udphdr) + sizeof(struct guehdr) + opt_len;

	if (bpf_xdp_adjust_head(ctx, -(int)(sizeof(struct ipv6hdr) + sizeof(struct udphdr) +
					    sizeof(struct guehdr) + opt_len)))
		return XDP_ABORTED;

	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	eth = data;
	ip6 = (void *)(eth + 1);
	if ((void *)(ip6 + 1) > end)
		return XDP_ABORTED;
	*eth = old;
	__builtin_memcpy(eth->h_dest, real->mac, ETH_ALEN);
	eth->h_proto = bpf_htons(ETH_P_IPV6);
	*(__be32 *)ip6 = bpf_htonl(0x60000000);
	ip6->payload_len = bpf_htons(payload);
	ip6->nexthdr = IPPROTO_UDP;
	ip6->hop_limit = 64;
	ip6->daddr = real->address;
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
