"""What is guessed of a source's flags, where nothing of its repository says them.

Before a compile the usual include folders (`inference`); after one that failed what may mend its errors (`remedies`),
and where nothing does, what the user can do (`advice`). Invariant: clang decides, a guess is kept only where it helps.
Invariant: a guess names folders, macros and files, and nothing that changes how code is made.
"""

from xdp_lsp.project.guesses.advice import advice
from xdp_lsp.project.guesses.includes import is_vmlinux
from xdp_lsp.project.guesses.inference import guessed_layer
from xdp_lsp.project.guesses.remedies import Situation, remedies

__all__ = ["Situation", "advice", "guessed_layer", "is_vmlinux", "remedies"]
