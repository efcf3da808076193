"""How a repository has its sources compiled: flags and configurations, read from its files or guessed from its layout.

Invariant: nothing of a repository is run to find out, neither make nor cmake nor a shell. Invariant: whatever is read
passes `filter_flags`; a folder's own words reach clang in no other way. Each flag comes in a layer that names where it
is from and why, for `xdp-lsp doctor`.

`ways` puts together what tools are told (`database`, `clangd`), what `build_files` say and what is guessed (`guesses`).
"""

from xdp_lsp.project.build_files.layers import Said, learn, said
from xdp_lsp.project.build_files.literal import signature_of
from xdp_lsp.project.database import DATABASE
from xdp_lsp.project.flag_files import FLAG_FILES, is_flag_file
from xdp_lsp.project.guesses import Situation, advice, is_vmlinux, remedies
from xdp_lsp.project.model import DEFAULT, Layer, Way
from xdp_lsp.project.repository import Tree, folder_of, renew_trees, repository_of, tree_of
from xdp_lsp.project.ways import Ways, ways_of

__all__ = [
    "DATABASE",
    "DEFAULT",
    "FLAG_FILES",
    "Layer",
    "Said",
    "Situation",
    "Tree",
    "Way",
    "Ways",
    "advice",
    "folder_of",
    "is_flag_file",
    "is_vmlinux",
    "learn",
    "remedies",
    "renew_trees",
    "repository_of",
    "said",
    "signature_of",
    "tree_of",
    "ways_of",
]
