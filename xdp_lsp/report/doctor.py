"""What is in use and what is missing, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from xdp_lsp.source import printable


class Health(Enum):
    OK = "ok"
    NOTE = "note"  # something works less well
    ERROR = "error"  # nothing can be compiled


class Diagnosis(NamedTuple):
    """One thing that was looked at. `mend` is what to do about it, a command where there is one."""

    topic: str
    health: Health
    value: str
    mend: str = ""


def render_text(diagnoses: Sequence[Diagnosis]) -> str:
    """One line each, and below what is missing the way to get it."""
    width = max(len(one.topic) for one in diagnoses)
    lines = []
    for one in diagnoses:
        mark = "" if one.health is Health.OK else f"{one.health.value}: "
        first, *rest = [printable(line) for line in one.value.split("\n")]
        lines.append(f"{one.topic:<{width}}  {mark}{first}")
        lines += [f"{'':<{width}}  {line}" for line in rest]
        if one.mend:
            lines.append(f"{'':<{width}}  = help: {printable(one.mend)}")
    return "\n".join(lines) + "\n"


def render_json(diagnoses: Sequence[Diagnosis]) -> str:
    listed = [{**one._asdict(), "health": one.health.value} for one in diagnoses]
    return json.dumps({"doctor": listed}, indent=2) + "\n"
