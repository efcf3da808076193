/* Of a kernel that is configured: nothing that a program for BPF needs. */
