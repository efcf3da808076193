"""Headers that are known under another name than a source includes them by: `headers/bpf_helpers.h`."""

from __future__ import annotations

import hashlib
import os
import re

from xdp_lsp.source import is_file
from xdp_lsp.toolchain.cache import derived_folder, keep_used, note_use, write_whole

_MOST = 256
_UNQUOTABLE = re.compile(r'["\n\r\\]')


def forward_folder(name: str, target: str, cache: str | None = None) -> str | None:
    """A folder from which `#include <name>` is found and includes the file `target` (absolute); written now if it is
    not there, None where it cannot be.

    `cache` replaces the user's cache folder, in which it lies.
    """
    plain = os.path.normpath(name)
    tail = re.sub(r"^(?:\.\./)+", "", plain)
    if os.path.isabs(plain) or tail in ("", ".", "..") or _UNQUOTABLE.search(target):  # noqa: PTH117 - text
        return None
    key = hashlib.sha256(f"{plain}\0{target}".encode("utf-8", "surrogateescape")).hexdigest()[:24]
    base = derived_folder(cache) / "forwards" / key
    # `../x.h` is looked for above the folder that is searched.
    folder = base.joinpath(*["below"] * plain.count("../"))
    try:
        if not is_file(base / tail):
            write_whole(base / tail, f'#include "{target}"\n'.encode("utf-8", "surrogateescape"))
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            keep_used(base.parent, _MOST)
    except OSError:
        return None
    note_use(base)
    return str(folder)
