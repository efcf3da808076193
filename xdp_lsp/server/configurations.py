"""The configurations of files that have roots: which there are, which one the user looks at, and what is true of all.

What a file shows of its findings is of all its configurations; hovers, hints, lenses and the code are of the one that
is looked at: the one that was chosen, else the first.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from copy import copy
from typing import NamedTuple

from lsprotocol import types

from xdp_lsp.analysis.words import configuration_words
from xdp_lsp.pipeline import FileReport
from xdp_lsp.project import DEFAULT
from xdp_lsp.server.diagnostics import is_of_settings, is_only_if_everywhere
from xdp_lsp.server.roots import Root


class Configurations:
    """Of files that have roots, known by their `path_key`.

    The root that is called DEFAULT stands for the first configuration, whatever its name: which there are is known when
    a report has come. The others have a root each, by name.
    """

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, ...]] = {}
        self._chosen: dict[str, str] = {}

    # Which there are

    def names(self, file: str) -> tuple[str, ...]:
        """The configurations of `file`, the first one first, as far as they are known."""
        return self._names.get(file, (DEFAULT,))

    def name_of(self, root: Root) -> str:
        return self.names(root.file)[0] if root.configuration == DEFAULT else root.configuration

    def wanted(self, file: str) -> list[Root]:
        """The roots of `file` that there have to be, in the order of their names."""
        return [Root(file), *(Root(file, name) for name in self.names(file)[1:])]

    def learn(self, report: FileReport, file: str) -> bool:
        """What a report tells of them. Whether that is news."""
        names = report.configurations or (DEFAULT,)
        is_news = names != self.names(file)
        self._names[file] = names
        return is_news

    def forget(self, file: str) -> None:
        """`file` has no root any more. What was chosen holds when it has one again."""
        self._names.pop(file, None)

    # Which one is looked at

    def looked_at(self, file: str) -> Root:
        """The root that questions about `file` are answered from."""
        chosen = self._chosen.get(file)
        return Root(file, chosen) if chosen in self.names(file)[1:] else Root(file)

    def is_looked_at(self, root: Root) -> bool:
        return self.looked_at(root.file) == root

    def in_order(self, roots: Iterable[Root]) -> list[Root]:
        """`roots` in the order in which they are to be checked."""
        return sorted(roots, key=lambda root: not self.is_looked_at(root))

    def choose(self, file: str, name: str) -> bool:
        """Look at `file` in configuration `name` from now on. Whether it has one of that name."""
        if name not in self.names(file):
            return False
        self._chosen[file] = name
        return True

    # What is true of all

    def united(
        self, said: Mapping[Hashable, Sequence[types.Diagnostic]]
    ) -> Mapping[Hashable, Sequence[types.Diagnostic]]:
        """What roots say of one file, with that of several configurations in one: once where all say it, else with
        their names. Other owners, such as verifier logs, are as they were."""
        found = dict(said)
        for file in {owner.file for owner in said if isinstance(owner, Root)}:
            wanted = self.wanted(file)
            if any(root in said for root in wanted):
                of_each = {self.name_of(one): found.pop(one, ()) for one in wanted}
                found[Root(file)] = _united(of_each)
        return found


class _Same(NamedTuple):
    """What tells one diagnostic from others in its configuration, and finds its like in another.

    Not all of it: what is added later (the whole expression, notes) does not come to all at once.
    """

    line: int
    severity: types.DiagnosticSeverity | None
    code: int | str | None
    source: str | None
    sentence: str
    number: int  # where all of that is the same


def _united(said: Mapping[str, Sequence[types.Diagnostic]]) -> list[types.Diagnostic]:
    if len(said) == 1:
        return [_plain(one) for diagnostics in said.values() for one in diagnostics]
    found: dict[_Same, dict[str, types.Diagnostic]] = {}
    for name, diagnostics in said.items():
        for diagnostic in diagnostics:
            key = _key(diagnostic, 0)
            while name in found.get(key, ()):
                key = key._replace(number=key.number + 1)
            found.setdefault(key, {})[name] = diagnostic
    shown = []
    for by_name in found.values():
        best = max(by_name.values(), key=_detail)
        if len(by_name) == len(said) or is_of_settings(best):
            shown.append(_plain(best))
        elif not is_only_if_everywhere(best):
            shown.append(_in(best, tuple(by_name)))
    return shown


def _key(diagnostic: types.Diagnostic, number: int) -> _Same:
    sentence = diagnostic.message.partition("\n")[0]
    line = diagnostic.range.start.line
    return _Same(line, diagnostic.severity, diagnostic.code, diagnostic.source, sentence, number)


def _detail(diagnostic: types.Diagnostic) -> tuple[int, int]:
    return len(diagnostic.related_information or ()), len(diagnostic.message)


def _plain(diagnostic: types.Diagnostic) -> types.Diagnostic:
    """Without what is only for us."""
    if diagnostic.data is None:
        return diagnostic
    plain = copy(diagnostic)
    plain.data = None
    return plain


def _in(diagnostic: types.Diagnostic, names: Sequence[str]) -> types.Diagnostic:
    sentence, line, rest = diagnostic.message.partition("\n")
    named = copy(diagnostic)
    named.message = f"{sentence} ({configuration_words(names)}){line}{rest}"
    return named
