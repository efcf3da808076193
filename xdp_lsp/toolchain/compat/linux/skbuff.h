/* The kernel's own header of this name has nothing that a program for BPF can use but its types: those of vmlinux.h. */
#include <linux/types.h>
