"""What was guessed of a project's flags, as the text of its settings."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

from xdp_lsp.project import Layer
from xdp_lsp.toolchain import files_named

_HEAD = "# What the project's build says and its files do not, as it was guessed.\n"
_PATH = re.compile(r"(-[A-Za-z]+)(/.*)")
_UNSAFE = re.compile(r"[^\x20-\x7e]")


def guesses_as_settings(layers: Iterable[Layer], folder: str) -> str:
    """A `.xdp-lsp.toml` for `folder` (absolute) with the guesses among `layers` that mended compiles, each flag once
    and with its reason; "" where there are none.

    Flags that name files elsewhere are left out: those are of this machine.
    """
    reasons: dict[str, str] = {}
    for layer in layers:
        kept = layer.flags.kept
        if layer.is_remedy and all(Path(named).is_relative_to(folder) for named in files_named(kept)):
            for flag in kept:
                reasons.setdefault(_relative(flag, folder), _reason(layer, folder))
    if not reasons:
        return ""
    lines = [f"    {json.dumps(flag)}, # {_UNSAFE.sub('?', reason)}" for flag, reason in reasons.items()]
    return "\n".join([f"{_HEAD}flags = [", *lines, "]", ""])


def _reason(layer: Layer, folder: str) -> str:
    origin = os.path.relpath(layer.origin, folder) if layer.origin else "."
    return layer.reason if origin == "." else f"{origin}: {layer.reason}"


def _relative(flag: str, folder: str) -> str:
    named = _PATH.fullmatch(flag)
    return flag if named is None else f"{named[1]}{os.path.relpath(named[2], folder)}"
