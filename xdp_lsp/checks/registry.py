"""Every code that a finding can carry, its manual page, and the checks that look at a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Protocol

from xdp_lsp.checks import (
    analysis_incomplete,
    assumed_constant,
    compile_error,
    contract_broken,
    depends_on_entry,
    folder_not_trusted,
    headroom_exceeded,
    kernel_refused,
    metadata_unsupported,
    negative_length,
    prepend_unbounded,
    redirect_headroom,
    result_unchecked,
    unused_suppression,
)
from xdp_lsp.checks.finding import Finding, Severity
from xdp_lsp.checks.manual import Manual, parse
from xdp_lsp.checks.underline import Underline
from xdp_lsp.checks.view import ProgramView


class Code(Protocol):
    """A module that documents one code: `SEVERITY` is the usual one, `UNDERLINES` what its squiggle marks."""

    CODE: str
    SEVERITY: Severity
    UNDERLINES: Underline
    __doc__: str | None


class Check(Code, Protocol):
    """A module that also looks at programs."""

    def check(self, view: ProgramView) -> Iterable[Finding]:
        """The findings in one program, in any order."""


CHECKS: tuple[Check, ...] = (
    headroom_exceeded,
    prepend_unbounded,
    result_unchecked,
    negative_length,
    assumed_constant,
    depends_on_entry,
    analysis_incomplete,
    metadata_unsupported,
    redirect_headroom,
    contract_broken,
)

_DOCUMENTED: tuple[Code, ...] = (
    *CHECKS,
    unused_suppression,
    compile_error,
    kernel_refused,
    folder_not_trusted,
)
CODES: Mapping[str, Code] = MappingProxyType({module.CODE: module for module in _DOCUMENTED})


@cache
def manual(code: str) -> Manual:
    """The page of `code`; KeyError where there is no such code."""
    return parse(code, CODES[code].__doc__ or "")


def nearest_code(word: str) -> str | None:
    """The code that `word` is most likely meant to be."""
    return next(iter(get_close_matches(word, CODES, n=1)), None)


def underline(code: str) -> Underline:
    """What the squiggle of a finding with `code` marks; PLACE for codes that are not ours."""
    module = CODES.get(code)
    return module.UNDERLINES if module else Underline.PLACE
