"""clang cannot compile the file, so there is nothing to analyse.

## What it finds
Errors that clang reports for the file, with the flags that it was given.

## Why it matters
Without an object there is no program and no bound. Nothing is said about headroom until
the file compiles.

## Example
```c
#include "common/parsing.h"	/* fatal error: 'common/parsing.h' file not found */
```

## Use instead
Give the flags that the project's own build uses: in `.xdp-lsp.toml`, in
`compile_commands.json` or `compile_flags.txt` beside the file, or after `--` on the
command line. `xdp-lsp doctor FILE` shows which compiler, headers and flags are in use
for a file, and what is missing. A `vmlinux.h` is made from the running kernel's BTF where
a source brings none; `xdp-lsp vmlinux-header` prints it, for machines without BTF.

## When it cannot know
Flags that name files to write or programs to run are left out on purpose; a build that
needs them (a plugin, a generated header) has to be run first, and its object given
instead of the source.
"""

from __future__ import annotations

from xdp_lsp.checks.finding import Severity
from xdp_lsp.checks.underline import Underline

CODE = "compile-error"
SEVERITY = Severity.ERROR
UNDERLINES = Underline.PLACE
