/* Swaps of constants, of values, and of values that only inlining makes constant. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

static __always_inline __u16 set_bits(__u16 word, __u8 mask, __u8 value)
{
	return (word & bpf_htons(((__u16)mask << 4) | 0xf00f)) | bpf_htons((__u16)value << 4);
}

static __always_inline int is_type(struct ethhdr *eth, __u16 type)
{
	return eth->h_proto == bpf_htons(type);
}

SEC("xdp") int prog(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	__u64 *word = (void *)(ip + 1);

	if ((void *)(word + 1) > end)
		return XDP_DROP;
	if (is_type(eth, ETH_P_IP)) {
		__u32 sum = bpf_ntohs(ip->check) + 0x100;

		ip->check = bpf_htons(sum + (sum >= 0xffff));
		ip->id = set_bits(ip->id, ip->ttl, ip->tos);
		ip->saddr = bpf_htonl(bpf_ntohl(ip->daddr) + 1);
		*word = bpf_cpu_to_be64(bpf_be64_to_cpu(*word) + 1);
		return XDP_TX;
	}
	switch (eth->h_proto) {
	case bpf_htons(ETH_P_ARP):
		return XDP_PASS;
	case bpf_htons(ETH_P_IPV6):
		return ip->tot_len == bpf_htons(ETH_DATA_LEN) ? XDP_TX : XDP_DROP;
	}
	return XDP_ABORTED;
}
