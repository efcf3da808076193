"""Find the settings and put them together: command line over editor over file over default."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.checks import Severity
from xdp_lsp.settings.keys import KEYS, Kind
from xdp_lsp.settings.model import Origin, Settings, SettingsProblem
from xdp_lsp.settings.places import KeyPath, find_place, place_of
from xdp_lsp.settings.values import convert, unknown
from xdp_lsp.source import UnsuitableFileError, is_within, read_head
from xdp_lsp.toolchain import OWN_LIBBPF

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE_NAME = ".xdp-lsp.toml"

# A file of settings is a few lines. A workspace must not stall the server: tomllib takes time with the square of a
# dotted key's length, 10 s for 60 KiB.
_MOST_BYTES = 16 * 1024

_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


class _Layer(NamedTuple):
    """What one origin sets. `path` and `text` are those of a file; folders are relative to `base`."""

    origin: Origin
    values: Mapping[str, object]
    base: Path
    path: str = ""
    text: str = ""

    def problem(self, message: str, where: KeyPath) -> SettingsProblem:
        if not self.path:
            return SettingsProblem(self.origin, message)
        return SettingsProblem(self.origin, message, self.path, *find_place(self.text, where))


def load_settings(
    folder: Path,
    editor: object = None,
    command_line: Mapping[str, object] | None = None,
    *,
    untrusted: tuple[str, ...] = (),
) -> tuple[Settings, tuple[SettingsProblem, ...]]:
    """The settings for the files in `folder`, and every value that was not taken.

    `editor` is the JSON object that the client sent, `command_line` the options given; both hold values by
    the same keys as the file (`time-limit`; `timeLimit` and `time_limit` will do), None where one is not set.
    Relative folders in them start at the current one.

    With `untrusted` (as in `Settings`) no file is read, no folder of headers is taken that is in those, and the kernel
    is not asked: what is loaded there, even if only to be checked, is code that the user does not vouch for.
    """
    problems: list[SettingsProblem] = []
    layers = []
    found = find_settings_file(folder) if not untrusted else None
    if found is not None:
        layers.append(_read(found, problems))
    for origin, given in ((Origin.EDITOR, editor), (Origin.COMMAND_LINE, command_line)):
        if isinstance(given, Mapping):
            values = {_kebab(name): value for name, value in given.items()}
            layers.append(_Layer(origin, values, Path.cwd()))
        elif given is not None:
            problems.append(
                SettingsProblem(origin, "the settings are not an object of keys and values; ignored")
            )

    fields: dict[str, object] = {}
    severity: dict[str, Severity | None] = {}
    origins: dict[str, Origin] = {}
    for layer in layers:
        for name, value in _values_of(layer, untrusted, problems).items():
            origins[name] = layer.origin
            if isinstance(value, dict):  # severities add up, code by code
                severity |= value
            else:
                fields[KEYS[name].field] = value
            if name == "flags":
                fields["flags_folder"] = str(layer.base)
    if untrusted:
        fields |= {"untrusted": untrusted, "kernel_check": False}
    settings = Settings()._replace(
        **fields,  # type: ignore[arg-type] # checked against KEYS, whose kinds are those of the fields
        severity=tuple(severity.items()),
        file=str(found) if found is not None else "",
        origins=tuple(origins.items()),
    )
    return settings, tuple(problems)


def find_settings_file(folder: Path) -> Path | None:
    """The nearest `.xdp-lsp.toml` from `folder` up to the root of the repository, else of the file system."""
    start = folder.absolute()
    for place in (start, *start.parents):
        if _exists(place / FILE_NAME):
            return place / FILE_NAME
        if _exists(place / ".git"):
            return None
    return None


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def _read(path: Path, problems: list[SettingsProblem]) -> _Layer:
    """The values in `path`: none where it cannot be read, with a problem that says why."""
    text = ""
    values: dict[str, object] = {}
    try:
        text = _text_of(path)
        values = tomllib.loads(text.replace("\r\n", "\n"))
    except _UnreadableError as error:
        problems.append(SettingsProblem(Origin.FILE, str(error), str(path)))
    except ValueError as error:
        message, line, column = _toml_error(text, error)
        problems.append(SettingsProblem(Origin.FILE, message, str(path), line, column))
    except RecursionError:
        problems.append(SettingsProblem(Origin.FILE, "the settings are nested too deeply", str(path)))
    return _Layer(Origin.FILE, values, path.parent, str(path), text)


class _UnreadableError(Exception):
    """Why a file gives no text, in one sentence."""


def _text_of(path: Path) -> str:
    try:
        contents = read_head(path, _MOST_BYTES + 1)
    except UnsuitableFileError:  # a pipe of that name would be read for ever
        raise _UnreadableError("this is not a regular file") from None
    except OSError as error:
        raise _UnreadableError(f"the settings cannot be read: {error.strerror or error}") from error
    if len(contents) > _MOST_BYTES:
        raise _UnreadableError(f"the file is larger than {_MOST_BYTES // 1024} KiB, too large for settings")
    try:
        return contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = contents.count(b"\n", 0, error.start) + 1
        raise _UnreadableError(f"line {line} is not UTF-8, which TOML has to be") from error


def _toml_error(text: str, error: ValueError) -> tuple[str, int, int]:
    """What tomllib says, and the place that it says it of."""
    message = str(error)
    found = _TOML_PLACE.search(message)
    lines = text.splitlines()
    line, column = (int(found[1]), int(found[2])) if found and found[1] else (max(1, len(lines)), 1)
    if line <= len(lines):
        _, column = place_of(lines[line - 1], column - 1)
    message = _TOML_PLACE.sub("", message)
    return f"this is not TOML: {message[:1].lower()}{message[1:]}", line, column


def _values_of(
    layer: _Layer, untrusted: tuple[str, ...], problems: list[SettingsProblem]
) -> dict[str, object]:
    """The values that `layer` sets and that can be taken, by the name of their key."""
    taken = {}
    for name, value in layer.values.items():
        key = KEYS.get(name)
        if key is None:
            problems.append(layer.problem(unknown(name, KEYS), (name,)))
            continue
        if key.from_machine_only and layer.origin is Origin.FILE:
            problems.append(
                layer.problem(
                    f"`{name}` is not taken from a workspace, which has no say in what runs here: set it in the "
                    f"editor or on the command line",
                    (name,),
                )
            )
            continue
        converted = convert(key, value, layer.base)
        problems += [layer.problem(message, (name, *inside)) for message, inside in converted.complaints]
        if key.kind is Kind.FOLDER and converted.is_set and _is_of(untrusted, str(converted.value)):
            problems.append(layer.problem(f"`{name}` is in a folder that is not trusted; ignored", (name,)))
        elif converted.is_set:
            taken[name] = converted.value
    return taken


def _is_of(untrusted: tuple[str, ...], folder: str) -> bool:
    return folder != OWN_LIBBPF and is_within(folder, untrusted)


def _kebab(name: str) -> str:
    """`timeLimit` and `time_limit` as the table spells it."""
    return re.sub(r"(?<=[a-z])[A-Z]", lambda capital: f"-{capital[0]}", name).replace("_", "-").lower()
