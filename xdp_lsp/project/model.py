"""What is known of how one file is compiled."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.toolchain import FilteredFlags

DEFAULT = "default"


class Layer(NamedTuple):
    """Flags for one file that come from one place.

    `origin` is the file or the folder that they come from, absolute; `line` (from 1) the line of the file, 0 where
    there is none to name. `reason` is a phrase that says why they are taken: "it has a command for the file".
    `is_read` says that they were read out of a build file, which tells of much that is not for us: what had to be
    left out is for `doctor`, no reason for a warning. `is_remedy` says that they were guessed after an
    error of clang's.
    """

    flags: FilteredFlags
    origin: str
    reason: str
    line: int = 0
    is_guess: bool = False
    is_read: bool = False
    is_remedy: bool = False


class Way(NamedTuple):
    """One way in which a file is compiled, a configuration: results are kept for each.

    `layers` come in the order of their flags: of two folders that have a header the first one's is included, of two
    macros of a name the last one's value holds. `targets_bpf` says that the project itself compiles it for BPF.
    """

    name: str = DEFAULT
    layers: tuple[Layer, ...] = ()
    targets_bpf: bool = False

    @property
    def kept(self) -> tuple[str, ...]:
        """The flags for clang."""
        return tuple(flag for layer in self.layers for flag in layer.flags.kept)
