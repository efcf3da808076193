"""What becomes of a value as TOML or JSON holds it, and what is said of one that cannot be taken."""

from __future__ import annotations

import json
from typing import NamedTuple

from xdp_lsp.settings.places import KeyPath


class Complaint(NamedTuple):
    """A value, or an element or entry of it (`inside`), that cannot be taken."""

    message: str
    inside: KeyPath = ()


class Converted(NamedTuple):
    """What is left of a value; nothing, where it `is_set` not."""

    value: object
    complaints: tuple[Complaint, ...] = ()
    is_set: bool = True


def show(value: object) -> str:
    """A value in an editor's or a file's spelling, fit for one line."""
    shown = json.dumps(value, ensure_ascii=False, default=str).encode(errors="replace").decode()
    return shown if len(shown) <= 60 else shown[:57] + "..."
