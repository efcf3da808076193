"""What a C text includes, read without a preprocessor: the includes of all branches of all `#if`s."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include(?:_next)?[ \t]*(?:"([^"\r\n]+)"|<([^>\r\n]+)>)', re.MULTILINE)


class Include(NamedTuple):
    """One #include. `name` is as it is written; where it `is_quoted`, the includer's folder comes first."""

    name: str
    is_quoted: bool


def includes_of(text: bytes) -> Iterator[Include]:
    """The includes as they are written, those in comments too. A name that a macro gives is none."""
    for match in _INCLUDE.finditer(text):
        yield Include(os.fsdecode(match[1] or match[2]), match[1] is not None)
