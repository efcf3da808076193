"""What a mutant is: one place in the product's source, changed so that an answer can be too small."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Mutant(NamedTuple):
    """`old`, which stands once in `module` (below xdp_lsp), becomes `new`; `killer` (below tests) must then fail."""

    name: str
    module: str
    old: str
    new: str
    killer: str

    @property
    def path(self) -> Path:
        return ROOT / "xdp_lsp" / self.module

    @property
    def module_name(self) -> str:
        return f"xdp_lsp.{self.module.removesuffix('.py').replace('/', '.')}"

    def source(self) -> str:
        """The changed source. Raises ValueError where `old` does not stand there exactly once."""
        source = self.path.read_text()
        count = source.count(self.old)
        if count != 1:
            raise ValueError(f"{self.name}: `{self.old}` stands {count} times in {self.module}")
        return source.replace(self.old, self.new)


def mutants(module: str, *made: tuple[str, str, str, str]) -> list[Mutant]:
    """The mutants of one module; of each its name, `old`, `new` and `killer`."""
    return [Mutant(name, module, old, new, killer) for name, old, new, killer in made]
