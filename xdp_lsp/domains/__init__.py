"""Immutable lattices over machine integers: tnums, circular ranges, and their reduced product. Know nothing of BPF."""

from xdp_lsp.domains.circular import Circular
from xdp_lsp.domains.scalar import Scalar, ScalarDomain
from xdp_lsp.domains.tnum import Tnum

__all__ = ["Circular", "Scalar", "ScalarDomain", "Tnum"]
