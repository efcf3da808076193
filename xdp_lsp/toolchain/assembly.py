"""Whether inline assembly reads files: the assembler opens them past all that holds the compiler back."""

from __future__ import annotations

import re

# The two that read files, and those by whose parameters a program could spell them.
_READING = re.compile(rb"\.(?:incbin|include|macro|irpc?|altmacro)\b", re.IGNORECASE)

# Has the compiler leave inline assembly as text, its operands filled in, instead of assembling it. Without -g, so that
# no text of the source is in it.
AS_TEXT = ("-S", "-g0", "-fno-integrated-as")


def directive_that_reads(assembly: bytes) -> str | None:
    """The first directive in the compiler's `assembly` (made with AS_TEXT) that reads a file, or might; else None.

    It is looked for everywhere, in comments and strings too: what is one of those, only an assembler can tell.
    """
    found = _READING.search(assembly)
    return found[0].decode().lower() if found is not None else None
