"""Parameters of our own requests, taken apart: JSON as it came, of whatever shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsprotocol import types


def position_of(value: Any) -> types.Position | None:
    """The position that `value` stands for, where it does."""
    line, character = member(value, "line"), member(value, "character")
    try:
        return types.Position(line, character)
    except ValueError:  # no number, or none that the protocol allows
        return None


def text_at(value: Any, *names: str) -> str | None:
    """The text that `names` lead to, one by one."""
    for name in names:
        value = member(value, name)
    return value if isinstance(value, str) else None


def member(value: Any, name: str) -> Any:
    """A member of an object; None where there is none."""
    return value.get(name) if isinstance(value, Mapping) else None
