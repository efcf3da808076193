"""The tables `[[configuration]]`: checked, and which files each is for."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from xdp_lsp.settings.converted import Complaint, Converted, show
from xdp_lsp.settings.keys import SettingKey
from xdp_lsp.settings.model import Configuration, Settings

# A name stands in messages, lenses, and in lists with commas.
_LONGEST_NAME = 40
# How reports call the one way in which other files are compiled.
_TAKEN = "default"
_KEYS = ("name", "flags", "files")


def configurations(key: SettingKey, value: Sequence[object], base: Path) -> Converted:
    """Those of `value` that have a name of their own; what else is wrong with one costs no more than that part."""
    taken: dict[str, Configuration] = {}
    complaints: list[Complaint] = []
    for index, table in enumerate(value):
        if not isinstance(table, Mapping):
            complaints.append(
                Complaint(f"`{key.name}` is {key.expected}, not of {show(table)}; ignored", (index,))
            )
            continue
        wrong = _wrong_name(table.get("name"), taken)
        if wrong:
            inside = (index, "name") if "name" in table else (index,)
            complaints.append(Complaint(f"{wrong}; this configuration is ignored", inside))
            continue
        found = Configuration(
            str(table["name"]),
            _strings(table, "flags", index, complaints),
            _strings(table, "files", index, complaints),
            str(base),
        )
        taken[found.name] = found
        complaints += [_unknown(str(one), index) for one in table if one not in _KEYS]
    return Converted(tuple(taken.values()), tuple(complaints), is_set=bool(taken) or not value)


def configurations_for(settings: Settings, path: str) -> tuple[Configuration, ...]:
    """Those that the file at `path` (absolute) has."""
    return tuple(one for one in settings.configuration if _applies(one, path))


def _applies(configuration: Configuration, path: str) -> bool:
    if not configuration.files:
        return True
    try:
        relative = PurePath(os.path.relpath(path, configuration.folder))
    except ValueError:  # another drive
        return False
    return relative.parts[:1] != (os.pardir,) and any(
        _matches(relative.parts, pattern) for pattern in configuration.files
    )


def _matches(parts: Sequence[str], pattern: str) -> bool:
    """Whether a file of that name fits `pattern`: `*` stays in a folder, `**` stands for any number of them."""
    wanted = [
        part for part in re.split(r"[/\\]" if os.name == "nt" else "/", pattern) if part not in ("", ".")
    ]
    at = {
        0
    }  # how much of the pattern may be used up; a set, for `**` after `**` would be tried in all ways else
    for part in parts:
        at = _beyond(at, wanted)
        at = {
            here if wanted[here] == "**" else here + 1
            for here in at
            if here < len(wanted) and (wanted[here] == "**" or fnmatchcase(part, wanted[here]))
        }
    return len(wanted) in _beyond(at, wanted)


def _beyond(at: set[int], wanted: Sequence[str]) -> set[int]:
    """`at` with what is reached where a `**` stands for no folder."""
    reached = set(at)
    for here in range(len(wanted)):
        if here in reached and wanted[here] == "**":
            reached.add(here + 1)
    return reached


def _wrong_name(name: object, taken: Mapping[str, object]) -> str:
    """What is wrong with a name, empty where nothing is."""
    if name is None:
        return "a configuration needs a `name`"
    if not isinstance(name, str) or not 1 <= len(name.strip()) == len(name) <= _LONGEST_NAME:
        return f"the name of a configuration is a string of 1 to {_LONGEST_NAME} characters, not {show(name)}"
    if not name.isprintable() or "," in name:
        return f"the name of a configuration is printable and has no commas, unlike {show(name)}"
    if name == _TAKEN:
        return f"no configuration can be called `{_TAKEN}`, as is what files have that have none"
    return f"there are two configurations {show(name)}" if name in taken else ""


def _strings(
    table: Mapping[str, object], name: str, index: int, complaints: list[Complaint]
) -> tuple[str, ...]:
    value = table.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        complaints.append(
            Complaint(f"`{name}` is a list of strings, not {show(value)}; ignored", (index, name))
        )
        return ()
    wrong = [at for at, one in enumerate(value) if not isinstance(one, str) or not one or "\0" in one]
    complaints += [
        Complaint(f"`{name}` is a list of strings, not of {show(value[at])}; ignored", (index, name, at))
        for at in wrong
    ]
    return tuple(one for at, one in enumerate(value) if at not in wrong)


def _unknown(name: str, index: int) -> Complaint:
    close = get_close_matches(name, _KEYS, n=1)
    what = f"did you mean `{close[0]}`?" if close else "ignored"
    return Complaint(f"a configuration has no {show(name)}; {what}", (index, name))
