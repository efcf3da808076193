"""What a program promises of headroom, and how that is written.

`prepends at most 64` or `must fit mainstream, sfc`; in one text several, with `;` between. The same words stand in
the comments and in the tags that the macros of `xdp_contract.h` leave in an object, so that there is one grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from xdp_lsp.headroom.resolve import resolve
from xdp_lsp.headroom.spec import MOST_BYTES, TargetError, quote
from xdp_lsp.headroom.target import Target

_AT_MOST = re.compile(r"prepends\s+at\s+most\b(.*)", re.IGNORECASE | re.DOTALL)
_MUST_FIT = re.compile(r"must\s+fit\b(.*)", re.IGNORECASE | re.DOTALL)
_UNIT = re.compile(r"(?<=[\s\d)])bytes?\Z|(?<=[\s)])b\Z", re.IGNORECASE)
# A macro's argument may be a sum, written as in C.
_TOKEN = re.compile(r"\s*(?:(0x[0-9a-f]+|\d+)[ul]{0,3}(?!\w)|([-+*()]))", re.IGNORECASE)
_LONGEST = 400  # characters; a longer text is no contract of anyone's
# What stands among the first words of a contract, also of one that is not written as it should be.
_WORDS = frozenset(("prepends", "prepend", "must", "fits", "fit", "most", "needs", "<="))
_FIRST_WORDS = 4

FORMS = "`prepends at most N` or `must fit TARGETS`"


class ContractError(ValueError):
    """A text that is no contract; the message is one clause for the user, `meant` what it may have been, or ""."""

    def __init__(self, message: str, meant: str = "") -> None:
        super().__init__(message)
        self.meant = meant


class Contract(NamedTuple):
    """One promise: a `limit` in bytes on the need, or (`limit` None) `targets` that have to be fitted.

    `text` is the promise as it is shown: `prepends at most 64`, `must fit mainstream, sfc`.
    """

    text: str
    limit: int | None
    targets: tuple[Target, ...] = ()


def contract_text(need: int) -> str:
    """The promise of a program that needs `need` bytes."""
    return f"prepends at most {need}"


def contract_comment(need: int) -> str:
    """The line of C, to be put above a program, that promises `need` bytes."""
    return f"/* xdp-lsp: {contract_text(need)} */"


def is_contract(text: str) -> bool:
    """Whether `text`, which follows the mark of a directive, is meant as a contract, well-formed or not."""
    words = re.findall(r"[\w-]+|<=", text.lower()[:_LONGEST])[:_FIRST_WORDS]
    if not words or words[0] == "allow":
        return False
    if not _WORDS.isdisjoint(words):
        return True
    # Imported for the odd case only: it takes longer than all else here.
    from difflib import get_close_matches  # noqa: PLC0415

    return any(get_close_matches("prepends", words, n=1, cutoff=0.8))


def split_contracts(text: str) -> Iterator[str]:
    """The texts of single contracts in `text`, wrong ones among them."""
    for part in text.split(";"):
        words = " ".join(part.split())
        if words:
            yield words


def parse_contract(text: str) -> Contract:
    """One contract. Raises ContractError."""
    text = text.strip()
    if len(text) > _LONGEST:
        raise ContractError(f"{quote(text)} is longer than {_LONGEST} characters")
    at_most, must_fit = _AT_MOST.fullmatch(text), _MUST_FIT.fullmatch(text)
    if at_most:
        limit = _limit(at_most[1].strip(" :,."))
        return Contract(contract_text(limit), limit)
    if must_fit:
        specs = [spec.strip() for spec in must_fit[1].strip(" :.").split(",")]
        if specs == [""]:
            raise ContractError("`must fit` names no target", "must fit mainstream")
        return _fitting(specs)
    raise ContractError(f"{quote(text)} is no contract: write {FORMS}", _meant(text))


def _fitting(specs: list[str]) -> Contract:
    try:
        return Contract(f"must fit {', '.join(specs)}", None, resolve(specs))
    except TargetError as error:
        raise ContractError(str(error)) from error


def _limit(text: str) -> int:
    if not text:
        raise ContractError("`prepends at most` names no number of bytes")
    value = _value(_UNIT.sub("", text))
    if value is None:
        several = "; several contracts have `;` between them" if _has_more(text) else ""
        raise ContractError(f"{quote(text)} is not a number of bytes{_of_size(text)}{several}")
    if not 0 <= value <= MOST_BYTES:
        raise ContractError(f"a program prepends at most 0 to {MOST_BYTES} bytes, not {quote(text)}")
    return value


def _has_more(text: str) -> bool:
    return re.search(r"\b(?:and|must|prepends)\b", text) is not None


def _of_size(text: str) -> str:
    """A hint for those who write C where only its text arrives."""
    return (
        " (a contract is text: nothing but sums of numbers is computed)"
        if re.search(r"[a-z]\w*\s*\(", text)
        else ""
    )


def _meant(text: str) -> str:
    """The contract that `text` looks like; "" where it looks like none."""
    fit = re.search(r"\bfits?\b(.*)", text, re.IGNORECASE)
    number = re.search(r"\d+", text)
    if fit and fit[1].strip():
        try:
            return _fitting([spec.strip() for spec in fit[1].split(",")]).text
        except ContractError:
            return ""
    if number and len(number[0]) <= len(str(MOST_BYTES)) and int(number[0]) <= MOST_BYTES:
        return contract_text(int(number[0]))
    return ""


def _value(text: str) -> int | None:
    """The value of a sum of products of C's integer literals; None for anything else."""
    tokens: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            return None
        tokens.append(match[1] or match[2])
        position = match.end()
    tokens.append("")

    def total() -> int:
        value = product()
        while tokens[0] in ("+", "-"):
            value += product() if tokens.pop(0) == "+" else -product()
        return value

    def product() -> int:
        value = factor()
        while tokens[0] == "*":
            tokens.pop(0)
            value *= factor()
        return value

    def factor() -> int:
        first = tokens.pop(0)
        if first != "(":
            return _literal(first)
        value = total()
        if tokens.pop(0) != ")":
            raise ValueError
        return value

    try:
        value = total()
    except (ValueError, IndexError):
        return None
    return value if tokens == [""] else None


def _literal(digits: str) -> int:
    if digits[:2].lower() == "0x":
        return int(digits, 16)
    return int(digits, 8 if digits.startswith("0") else 10)
