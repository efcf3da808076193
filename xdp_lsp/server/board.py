"""What each file shows, put together from all who have something to say about it.

A result belongs to its owner, the root file that was compiled (in one configuration); it may speak of headers
as well. What a file shows is merged over the owners; so a header shows what all its roots say, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from copy import copy

from lsprotocol import types

from xdp_lsp.server.diagnostics import moved
from xdp_lsp.server.edits import Edit

_Said = Mapping[Hashable, Sequence[types.Diagnostic]]  # by owner


class Board:
    """Diagnostics by file (a `path_key`) and owner, in the coordinates of the file's text as it is now.

    `unite` puts in one what is said by owners that belong together.
    """

    def __init__(self, unite: Callable[[_Said], _Said] = lambda said: said) -> None:
        self._unite = unite
        self._files: dict[str, dict[Hashable, Sequence[types.Diagnostic]]] = {}

    def replace(self, owner: Hashable, said: Mapping[str, Sequence[types.Diagnostic]]) -> set[str]:
        """Puts `said` in place of all that `owner` said before. Returns the files for which that is news."""
        changed = set()
        for file, owners in list(self._files.items()):
            if owner in owners and not said.get(file):
                del owners[owner]
                changed.add(file)
            if not owners:
                del self._files[file]
        for file, diagnostics in said.items():
            if diagnostics and self._files.get(file, {}).get(owner) != diagnostics:
                self._files.setdefault(file, {})[owner] = diagnostics
                changed.add(file)
        return changed

    def shift(self, file: str, uri: str, edits: Sequence[Edit]) -> bool:
        """Moves what `file`, open as `uri`, shows as the client moves it, and what leads to it from elsewhere.

        Whether something that it shows lost its text.
        """
        lost = False
        for shown_in, owners in self._files.items():
            for owner, diagnostics in owners.items():
                kept = shifted(diagnostics, uri, edits, is_here=shown_in == file)
                lost = lost or len(kept) < len(diagnostics)
                owners[owner] = kept
        return lost

    @property
    def files(self) -> Collection[str]:
        """Those that show anything."""
        return self._files

    def shown(
        self, file: str, whose: Callable[[Collection[Hashable]], str] = lambda owners: ""
    ) -> list[types.Diagnostic]:
        """All that `file` shows. What several owners say of one place stands once, with the related places of
        all, and what `whose` has to say of these owners."""
        merged: dict[Hashable, types.Diagnostic] = {}
        owners: dict[Hashable, list[Hashable]] = {}
        for owner, diagnostics in self._unite(self._files.get(file, {})).items():
            for diagnostic in diagnostics:
                key = _key(diagnostic)
                known = merged.get(key)
                merged[key] = diagnostic if known is None else _joined(known, diagnostic)
                owners.setdefault(key, []).append(owner)
        return [_signed(diagnostic, whose(owners[key])) for key, diagnostic in merged.items()]


def shifted(
    diagnostics: Sequence[types.Diagnostic], uri: str, edits: Sequence[Edit] | None, *, is_here: bool
) -> list[types.Diagnostic]:
    """`diagnostics` after `edits` of the document `uri`, without those whose text was touched.

    Without `edits` it holds nothing of what they speak of. They stand in it where `is_here`; else what they lead to.
    """
    moving = (moved(one, edits, uri, is_here=is_here) for one in diagnostics)
    return [one for one in moving if one is not None]


def _key(diagnostic: types.Diagnostic) -> Hashable:
    place = diagnostic.range
    return (
        (place.start.line, place.start.character, place.end.line, place.end.character),
        diagnostic.severity,
        diagnostic.code,
        diagnostic.source,
        diagnostic.message,
    )


def _signed(diagnostic: types.Diagnostic, whose: str) -> types.Diagnostic:
    if not whose:
        return diagnostic
    signed = copy(diagnostic)
    signed.message = f"{diagnostic.message}\n{whose}"
    return signed


def _joined(one: types.Diagnostic, other: types.Diagnostic) -> types.Diagnostic:
    related = list(one.related_information or ())
    related += [place for place in other.related_information or () if place not in related]
    return types.Diagnostic(
        one.range,
        one.message,
        severity=one.severity,
        code=one.code,
        code_description=one.code_description,
        source=one.source,
        tags=one.tags,
        related_information=related or None,
    )
