// need: socket=40 cpu=40 port=40 several=40
// A socket and a CPU are no devices. Of several maps (clang makes one call of them) any may be meant.
#include "common.h"
struct { __uint(type, BPF_MAP_TYPE_XSKMAP); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } sockets SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_CPUMAP); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } cpus SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_DEVMAP); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } ports SEC(".maps");
SEC("xdp") int socket(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -40)) return XDP_ABORTED;
	return bpf_redirect_map(&sockets, x->rx_queue_index, 0);
}
SEC("xdp") int cpu(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -40)) return XDP_ABORTED;
	return bpf_redirect_map(&cpus, x->rx_queue_index, 0);
}
SEC("xdp") int port(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -40)) return XDP_ABORTED;
	return bpf_redirect_map(&ports, x->rx_queue_index, 0);  // redirect: 40..40
}
SEC("xdp") int several(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -40)) return XDP_ABORTED;
	void *map = &sockets;
	if (x->rx_queue_index == 1) map = &cpus;
	if (x->rx_queue_index == 2) map = &ports;
	return bpf_redirect_map(map, x->rx_queue_index, 0);  // redirect: 40..40
}
