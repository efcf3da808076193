/* struct bpf_map_def and what goes with it, which libbpf has dropped in 1.0: the layout of a map in SEC("maps"). */
struct bpf_map_def {
	unsigned int type;
	unsigned int key_size;
	unsigned int value_size;
	unsigned int max_entries;
	unsigned int map_flags;
};
#define BPF_ANNOTATE_KV_PAIR(name, key, value)
