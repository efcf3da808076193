"""The file needs something of a folder that is not trusted, and nothing of that is used.

## What it finds
An `#include` of a header that is none of the machine's own, in a folder that the editor says
is not trusted (VS Code's Restricted Mode; `restricted` among the options of the start).

## Why it matters
A folder that was opened to be read is somebody else's. Until it is trusted the open text alone
is compiled, with the machine's compiler and headers: no `.xdp-lsp.toml`, no
`compile_commands.json`, no `compile_flags.txt`, no header and no compiler of the folder, and the
kernel is not asked to check anything. So this file cannot be compiled, and has no verdict.

## Example
```c
#include "common.h"	/* beside this file, in a folder that is not trusted */
```

## Use instead
Trust the folder, if you do: the file is then analysed with all that belongs to it.

## When it cannot know
A file that compiles without its folder may not be what its own build compiles: macros that
its flags set are not set here, and `__has_include` finds no header of the folder.
"""

from __future__ import annotations

from xdp_lsp.checks.finding import Finding, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.source import SourceRange

CODE = "folder-not-trusted"
SEVERITY = Severity.WARNING
UNDERLINES = Underline.PLACE


def missing(header: str, place: SourceRange) -> Finding:
    """For the inclusion at `place` of a file that clang was not shown."""
    return Finding(
        CODE,
        SEVERITY,
        f"`{header}` is none of this machine's headers, and nothing of this folder is used, which is not trusted",
        place,
        program="",
        where=place.path,
        suggestion="trust the folder to have the file analysed",
    )
