"""Build files as text: makefiles, CMake, meson, `go:generate` lines, and shell commands in any of them.

A reader for each kind gives recipes: the words of a command that may compile a source, and how well it fits. Invariant:
nothing is run and nothing is looked up outside of the repository; what a reader does not know of a word is a mark in it
(`Pieces`), and a word with a mark never reaches clang. Invariant: how much is read and expanded is bounded (`Reading`,
`Pieces`), whoever wrote the file.
"""

from xdp_lsp.project.build_files.bpf_command import compiles_for_bpf, is_compiler, targets_bpf
from xdp_lsp.project.build_files.filtered import filter_words
from xdp_lsp.project.build_files.layers import layers_from_build_files
from xdp_lsp.project.build_files.literal import Pieces
from xdp_lsp.project.build_files.shell import commands_in

__all__ = [
    "Pieces",
    "commands_in",
    "compiles_for_bpf",
    "filter_words",
    "is_compiler",
    "layers_from_build_files",
    "targets_bpf",
]
