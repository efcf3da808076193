/* Fields, types and enumerators that the loader looks up; bit fields; chains of pointers. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define relocated __attribute__((preserve_access_index))

struct device {
	int index;
	int queues[4];
	const char *name;
} relocated;

struct socket_common {
	struct device *device;
	struct {
		int zone;
		struct device *peer;
	} route;
	unsigned state : 3;
	int level : 5;
} relocated;

struct buffer {
	struct socket_common *socket;
	unsigned long address;
} relocated;

enum kind { FIRST = 3, SECOND = 7 };

SEC("kprobe/a") int chains(struct buffer *buffer)
{
	int index = 0;
	const char *text = BPF_CORE_READ(buffer, socket, device, name);
	char name[16];

	BPF_CORE_READ_INTO(&index, buffer, socket, device, index);
	BPF_CORE_READ_STR_INTO(&name, buffer, socket, route.peer, name);
	bpf_core_read(&index, sizeof(index), &buffer->address);
	bpf_core_read_str(name, sizeof(name), text);
	return index + name[3] + BPF_CORE_READ(buffer, socket, route.peer, queues[2]) +
	       BPF_PROBE_READ(buffer, socket, device, index) + BPF_CORE_READ_USER(buffer, socket, route.zone);
}

SEC("kprobe/b") int bits(struct socket_common *socket)
{
	return BPF_CORE_READ_BITFIELD(socket, state) + BPF_CORE_READ_BITFIELD(socket, level) +
	       BPF_CORE_READ_BITFIELD_PROBED(socket, level);
}

SEC("kprobe/c") int questions(struct socket_common *socket)
{
	if (bpf_core_field_exists(socket->state) && bpf_core_field_exists(struct socket_common, route.zone))
		return bpf_core_field_size(socket->route) + bpf_core_field_offset(struct socket_common, route.zone);
	if (bpf_core_type_exists(struct device))
		return bpf_core_type_size(struct device) + bpf_core_type_id_local(struct buffer) +
		       bpf_core_type_id_kernel(struct buffer);
	return bpf_core_enum_value_exists(enum kind, FIRST) ? bpf_core_enum_value(enum kind, SECOND) : 0;
}
