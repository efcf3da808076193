"""The flags for a file: the project's and those of the settings, with what is to be told about them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from xdp_lsp.project import DEFAULT, Layer, Way, Ways, ways_of
from xdp_lsp.settings import Origin, Settings
from xdp_lsp.toolchain import filter_flags


class FileFlags(NamedTuple):
    """`layers` come in the order of their flags; `remarks` are sentences about what was left out."""

    layers: tuple[Layer, ...]
    remarks: tuple[str, ...] = ()

    @property
    def kept(self) -> tuple[str, ...]:
        """The flags for clang."""
        return Way(layers=self.layers).kept


def flags_of(path: str, settings: Settings, configuration: str = DEFAULT) -> FileFlags:
    """The flags for the file at `path` (absolute) in one of its configurations.

    What the project says comes before the settings, whose macros win; what is guessed comes last, for a folder that
    somebody names goes before one that nobody does.
    """
    ways = Ways((Way(),)) if settings.untrusted else ways_of(path)
    project = ways.named(configuration).layers
    said = (*(layer for layer in project if not layer.is_guess), *_of_settings(settings))
    layers = (*said, *(layer for layer in project if layer.is_guess))
    remarks = [
        f"The flag {flag}{f' in {layer.origin}' if layer.origin else ''} was left out: it {why}."
        for layer in layers
        for flag, why in layer.flags.dropped
    ]
    return FileFlags(layers, (*ways.problems, *remarks))


def _of_settings(settings: Settings) -> tuple[Layer, ...]:
    if not settings.flags:
        return ()
    origin = settings.origin_of("flags")
    from_file = origin is Origin.FILE
    folder = str(Path(settings.file).parent if from_file else Path.cwd())
    return (
        Layer(
            filter_flags(settings.flags, folder),
            settings.file if from_file else "",
            f"the setting `flags` ({origin.value})",
        ),
    )
