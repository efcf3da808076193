"""A compile that failed for want of flags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from xdp_lsp.project.guesses.includes import Closure, Read, closure_of, is_vmlinux
from xdp_lsp.project.model import Layer, Way
from xdp_lsp.source import includes_of
from xdp_lsp.toolchain import ClangDiagnostic, FilteredFlags, Toolchain, first_missing

_UNKNOWN = re.compile(
    r"use of undeclared identifier '(\w+)'|call to undeclared (?:library )?function '(\w+)'.*|unknown type name '(\w+)'"
    r"|implicit declaration of function '(\w+)'"
    r"|.*incomplete (?:definition of )?type '(?:const )?struct (\w+)'|.*'struct (\w+)' that is never completed"
    r"|no member named '(\w+)' in '"
)

_REDEFINED = re.compile(
    r"(?:redefinition|conflicting types|redeclaration|static declaration) (?:of|for) '(\w+)'|typedef redefinition"
)
MOST_RIVALS = 3  # that a reason names

# Layers to try instead of those that failed.
Tries = Iterator[tuple[Layer, ...]]


@dataclass(frozen=True)
class Situation:
    """A compile that failed: `errors` of the file at `path` with the flags of `layers`, `root` being the folder that is
    looked through."""

    path: str
    root: str
    layers: tuple[Layer, ...]
    errors: tuple[ClangDiagnostic, ...]
    toolchain: Toolchain
    read: Read

    @cached_property
    def flags(self) -> tuple[str, ...]:
        return Way(layers=self.layers).kept

    @cached_property
    def closure(self) -> Closure:
        return closure_of(self.path, self.flags, self.toolchain.headers.search, self.root, self.read)

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The names that the errors say are not known, each once."""
        found = (_UNKNOWN.match(error.message) for error in self.errors)
        return tuple(
            dict.fromkeys(next(filter(None, match.groups())) for match in found if match is not None)
        )

    @property
    def redefined(self) -> tuple[ClangDiagnostic, ...]:
        """The errors that say that something is there twice."""
        return tuple(error for error in self.errors if _REDEFINED.match(error.message))

    @property
    def includes_vmlinux(self) -> bool:
        texts = self.closure.texts.values()
        return any(is_vmlinux(one.name) for text in texts for one in includes_of(text))

    @cached_property
    def missing(self) -> str | None:
        return first_missing(self.errors)

    def with_guess(self, origin: str, reason: str, *flags: str) -> tuple[Layer, ...]:
        return (*self.layers, Layer(FilteredFlags(flags), origin, reason, is_guess=True, is_remedy=True))
