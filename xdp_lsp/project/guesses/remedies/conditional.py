"""Remedies for what stands under a condition: the macro that admits or excludes it."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from xdp_lsp.project.guesses.conditions import conditions_of
from xdp_lsp.project.guesses.remedies.situation import Situation, Tries

_WIDEST = 500  # bytes of a line before what it defines
_RESERVED = re.compile(r"_.*|.*_H_*")


def macros_that_admit(situation: Situation) -> Tries:
    """A build defines a macro for BPF that admits what is missing: `#ifdef EBPF`."""
    if not situation.unknown:
        return
    pattern = re.compile(rb"\b(?:%s)\b" % b"|".join(map(re.escape, map(os.fsencode, situation.unknown))))
    explained: Counter[tuple[str, str]] = Counter()
    for path, text in situation.closure.texts.items():
        named = _lines_of(text, _definitions(text, pattern))
        if not named:
            continue
        for condition in conditions_of(text):
            inside = sum(condition.first <= line <= condition.last for line in named.values())
            if inside and not condition.is_negated and _RESERVED.fullmatch(condition.name) is None:
                explained[condition.name, path] += inside
    for (name, path), _ in explained.most_common(2):
        yield situation.with_guess(path, f"what is not declared stands under #ifdef {name}", f"-D{name}")


def _lines_of(text: bytes, matches: Iterable[re.Match[bytes]]) -> dict[bytes, int]:
    """The line, from 1, of the last of `matches` of each name."""
    line, at = 1, 0
    found = {}
    for match in matches:
        line += text.count(b"\n", at, match.start())
        at = match.start()
        found[match[0]] = line
    return found


def _definitions(text: bytes, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Where a name of `pattern` stands as one that is defined would: not in an expression, of which there are more."""
    for match in pattern.finditer(text):
        begin = max(0, match.start() - _WIDEST)
        line = text[text.rfind(b"\n", begin, match.start()) + 1 : match.start()]
        if len(line) >= _WIDEST:
            continue
        if (
            re.fullmatch(rb"[ \t]*#[ \t]*define[ \t]+|[\w \t*]*|[ \t]*\}[ \t]*", line)
            and b"return" not in line
        ):
            yield match


def macros_that_exclude(situation: Situation) -> Tries:
    """A build defines a macro where the headers have a thing already: `#ifndef HAVE_...`."""
    for error in situation.redefined:
        path, line = error.range.path, error.range.line
        text = situation.read(path) if path in situation.closure.texts else None
        around = conditions_of(text) if text is not None else ()
        for condition in around:
            if condition.is_negated and condition.first <= line <= condition.last:
                reason = f"what the headers have already stands under #ifndef {condition.name}"
                yield situation.with_guess(path, reason, f"-D{condition.name}")
                break
