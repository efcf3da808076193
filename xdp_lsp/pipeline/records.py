"""Records of ours as bytes that are kept in files, and back: nothing else is made of what those hold by then."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from enum import Enum
from functools import cache
from importlib import import_module

_PROTOCOL = 5
# Those whose records are kept.
_PACKAGES = frozenset(
    ("analysis", "checks", "headroom", "pipeline", "project", "source", "toolchain", "verifier", "witness")
)


def written(*records: object) -> bytes:
    return b"".join(pickle.dumps(record, _PROTOCOL) for record in records)


def read(entry: bytes) -> Iterator[object]:
    """What was `written`, one after another; ends where the rest is nothing that we have written."""
    stream = io.BytesIO(entry)
    while True:
        try:
            yield _Reader(stream).load()  # a new one: each was written by itself
        except Exception:  # whatever a damaged or foreign file leads to
            return


class _Reader(pickle.Unpickler):
    """Makes tuples of ours and members of enumerations, besides what Python has by itself."""

    def find_class(self, module: str, name: str) -> type:
        return _record(module, name)


@cache
def _record(module: str, name: str) -> type:
    package, _, rest = module.partition(".")
    if package == "xdp_lsp" and rest.partition(".")[0] in _PACKAGES and "." not in name:
        found = getattr(import_module(module), name, None)
        if isinstance(found, type) and issubclass(found, tuple | Enum):
            return found
    raise pickle.UnpicklingError(f"{module}.{name} is no record")
