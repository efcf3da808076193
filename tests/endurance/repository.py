"""A small repository of the kinds of files that there are: programs, headers, a unity build, a makefile, settings."""

from __future__ import annotations

from pathlib import Path

_HEAD = "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
_TAIL = '\nchar _license[] SEC("license") = "GPL";\n'
_PROGRAM = """
SEC("xdp")
int {name}(struct xdp_md *ctx)
{{
	if (bpf_xdp_adjust_head(ctx, -({room})))
		return XDP_ABORTED;
	return XDP_TX;
}}
"""

FILES = {
    "include/room.h": "#pragma once\n#define ROOM 48\n#ifdef TWO\n#define MORE 200\n#else\n#define MORE 16\n#endif\n",
    "include/push.h": """\
#pragma once
#include "room.h"
static __always_inline int push(struct xdp_md *ctx, int more)
{
	return bpf_xdp_adjust_head(ctx, -(ROOM + (more & 0xff)));
}
""",
    "src/xdp_plain.c": _HEAD
    + '#include "room.h"\n'
    + _PROGRAM.format(name="plain", room="ROOM + MORE")
    + _TAIL,
    "src/xdp_pushes.c": _HEAD
    + '#include "push.h"\n'
    + """
SEC("xdp")
int pushes(struct xdp_md *ctx)
{
	return push(ctx, ctx->rx_queue_index) ? XDP_DROP : XDP_TX;
}
"""
    + _TAIL,
    "unity/xdp_main.c": _HEAD
    + '#include "part.c"\n\nSEC("xdp") int whole(struct xdp_md *ctx) { return part(ctx); }\n'
    + _TAIL,
    "unity/part.c": """\
#include "../include/push.h"
static int part(struct xdp_md *ctx)
{
	if (push(ctx, 100))
		return XDP_ABORTED;
	return bpf_xdp_adjust_head(ctx, -300) ? XDP_DROP : XDP_PASS;
}
""",
    "user.c": '#include <stdio.h>\nint main(void) { return puts("no xdp"); }\n',
    "Makefile": "CFLAGS := -O2 -g -Iinclude\n\n%.o: %.c\n\tclang $(CFLAGS) -target bpf -c $< -o $@\n",
    ".xdp-lsp.toml": 'flags = ["-Iinclude"]\n\n[[configuration]]\nname = "one"\nfiles = ["src/*.c"]\n\n'
    '[[configuration]]\nname = "two"\nflags = ["-DTWO=1"]\nfiles = ["src/*.c"]\n',
}


def write_repository(folder: Path) -> Path:
    """In `folder`, which is made."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / ".git").mkdir()
    return folder
