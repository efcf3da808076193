"""Driver profiles (data with citations) and the arithmetic of a prepend. Knows nothing of BPF instructions."""
