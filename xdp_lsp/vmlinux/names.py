"""What types are called in C, where a name may stand for one of them only.

BTF holds the types of a whole kernel, whose files define different types of one name: the second is called
`name___2`, which CO-RE takes for `name`.
"""

from __future__ import annotations

from collections import Counter

from xdp_lsp.objfile.btf import ENUM, ENUM64, FWD, Btf, BtfType


class Names:
    """Gives out names, to each type one, in the order in which they are asked for.

    Invariant: no two types share a tag, no two typedefs and enumerators an identifier; but for what is only declared,
    which goes by its own name.
    """

    def __init__(self, btf: Btf) -> None:
        self._btf = btf
        self._known: dict[int, str] = {}
        self._tags: Counter[str] = Counter()
        self._identifiers: Counter[str] = Counter()

    def tag(self, found: BtfType) -> str:
        """Of a STRUCT, UNION, ENUM, ENUM64 or FWD; "" where it has none."""
        if not found.name or found.kind == FWD or (found.kind in (ENUM, ENUM64) and not found.vlen):
            return found.name
        return self._of(found, self._tags)

    def typedef(self, found: BtfType) -> str:
        return self._of(found, self._identifiers)

    def enumerator(self, name: str) -> str:
        """To be asked once for each: enumerators have no ids."""
        return _next(name, self._identifiers)

    def _of(self, found: BtfType, taken: Counter[str]) -> str:
        name = self._known.get(found.id)
        if name is None:
            name = self._known[found.id] = _next(found.name, taken)
        return name


def _next(name: str, taken: Counter[str]) -> str:
    taken[name] += 1
    return name if taken[name] == 1 else f"{name}___{taken[name]}"
