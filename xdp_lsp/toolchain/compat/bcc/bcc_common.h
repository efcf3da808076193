/* BCC's header of this name declares functions of user space: nothing that a program for BPF can use. */
