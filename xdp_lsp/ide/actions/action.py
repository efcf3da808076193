"""What is offered: a change of the text that was tried before."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import unified_diff
from enum import Enum
from typing import NamedTuple

from xdp_lsp.ide.actions.text import Replacement, Text
from xdp_lsp.source import SourceRange, decode


class ActionKind(Enum):
    QUICKFIX = "quickfix"
    REFACTOR = "refactor"


class TextEdit(NamedTuple):
    """The text at `range` (bytes, as it was compiled; empty: an insertion) becomes `text`."""

    range: SourceRange
    text: str


class Blank(NamedTuple):
    """The part of the text of edit `edit` that the user is meant to fill in: `text`, in it once."""

    edit: int
    text: str


class Action(NamedTuple):
    """One change. `code` and `place` are of the finding that it mends; `code` is "" where it mends none.

    Applying `edits` at once to the text that was asked about gives a file that compiles without new warnings, without
    that finding and without a new one: that was tried. `is_preferred`: it is what most would do. `targets` are to be
    chosen in place of those of the settings; such an action has no edits.
    """

    title: str
    kind: ActionKind
    edits: tuple[TextEdit, ...]
    code: str = ""
    place: SourceRange | None = None
    is_preferred: bool = False
    blank: Blank | None = None
    targets: tuple[str, ...] = ()


def applied(edits: Iterable[TextEdit], text: Text) -> bytes:
    """`text` after all of `edits`."""
    return text.with_changes(
        Replacement(text.offset(*edit.range[1:3]), text.offset(*edit.range[3:]), edit.text) for edit in edits
    )


def diff(action: Action, text: Text, name: str, context: int = 3) -> str:
    """What `action` does to `text`, the file `name`, as a unified diff; lines end in `\\n` there."""
    before, after = _lines(text.contents), _lines(applied(action.edits, text))
    return "".join(unified_diff(before, after, name, name, n=context))


def _lines(contents: bytes) -> list[str]:
    return [f"{line}\n" for line in decode(contents).replace("\r\n", "\n").removesuffix("\n").split("\n")]
