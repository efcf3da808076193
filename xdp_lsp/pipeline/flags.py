"""The flags for a file: the project's and those of the settings, with what is to be told about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.project import DEFAULT, Layer, Way, Ways, folder_of, ways_of
from xdp_lsp.settings import Configuration, Origin, Settings, configurations_for
from xdp_lsp.toolchain import filter_flags

# Each is compiled and analysed by itself.
MOST_CONFIGURATIONS = 16
_MOST_NAMED = 8


class FileFlags(NamedTuple):
    """The flags for a file in `configuration`, one of its `configurations`, of which there is one at least.

    `layers` come in the order of their flags; `remarks` are sentences about what was left out. `root` is the folder
    that may be looked through for what clang does not find; "" where there is none, or it is not trusted.
    """

    layers: tuple[Layer, ...]
    remarks: tuple[str, ...] = ()
    configuration: str = DEFAULT
    configurations: tuple[str, ...] = (DEFAULT,)
    root: str = ""

    @property
    def kept(self) -> tuple[str, ...]:
        """The flags for clang."""
        return Way(layers=self.layers).kept


def configurations_of(path: str, settings: Settings) -> tuple[str, ...]:
    """The names of the configurations of the file at `path` (absolute), the usual one first; one at least.

    Those of the settings, where there are any for the file; else the ways in which the project compiles it.
    """
    return _ways_of(path, settings)[0]


def flags_of(path: str, settings: Settings, configuration: str = DEFAULT) -> FileFlags:
    """The flags for the file at `path` (absolute) in one of its configurations, the first where it has none of that
    name: it may have gone since it was asked for.

    What the project says comes before the settings, whose macros win, and of these `flags` before the configuration's;
    what is guessed comes last, for a folder that somebody names goes before one that nobody does.
    """
    names, ways, chosen, problems = _ways_of(path, settings)
    name = configuration if configuration in names else names[0]
    project = ways.named(name).layers
    further = next((one for one in chosen if one.name == name), None)
    said = (*(layer for layer in project if not layer.is_guess), *_of_settings(settings, further))
    layers = (*said, *(layer for layer in project if layer.is_guess))
    remarks = [
        f"The flag {flag}{f' in {layer.origin}' if layer.origin else ''} was left out: it {why}."
        for layer in layers
        if not layer.is_read
        for flag, why in layer.flags.dropped
    ]
    root = None if settings.untrusted else folder_of(path)
    return FileFlags(layers, (*problems, *remarks), name, names, "" if root is None else str(root))


class _Known(NamedTuple):
    """`chosen` are the settings' configurations that the file has."""

    names: tuple[str, ...]
    ways: Ways
    chosen: tuple[Configuration, ...]
    problems: tuple[str, ...]


def _ways_of(path: str, settings: Settings) -> _Known:
    ways = Ways((Way(),)) if settings.untrusted else ways_of(path)
    chosen = configurations_for(settings, path)
    every = [one.name for one in chosen or ways.ways]
    names, rest = tuple(every[:MOST_CONFIGURATIONS]), every[MOST_CONFIGURATIONS:]
    return _Known(names, ways, chosen, (*ways.problems, *_left_out(path, rest)))


def _left_out(path: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield (
            f"{path} has more than {MOST_CONFIGURATIONS} configurations; {len(names)} of them are left out: "
            f"{', '.join(names[:_MOST_NAMED])}{', ...' if len(names) > _MOST_NAMED else ''}."
        )


def _of_settings(settings: Settings, further: Configuration | None) -> Iterator[Layer]:
    if settings.flags:
        folder = str(Path(settings.file).parent) if _is_of_file(settings, "flags") else str(Path.cwd())
        yield _layer(settings, "flags", settings.flags, folder, "the setting `flags`")
    if further is not None and further.flags:
        what = f"the configuration {further.name}"
        yield _layer(settings, "configuration", further.flags, further.folder, what)


def _layer(settings: Settings, key: str, flags: Sequence[str], folder: str, what: str) -> Layer:
    origin = settings.file if _is_of_file(settings, key) else ""
    return Layer(filter_flags(flags, folder), origin, f"{what} ({settings.origin_of(key).value})")


def _is_of_file(settings: Settings, key: str) -> bool:
    return settings.origin_of(key) is Origin.FILE
