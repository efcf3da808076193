"""Bounds every prepend of a program by abstract interpretation. Knows nothing of drivers or editors.

`explore(image, program)` bounds, and `result` says what it answers; `values_of` and `delta_slice` tell readers of code
more. Inside, from the bottom:

- `linear`, `symbols`, `facts`: a register holds a linear form over symbols; facts bound the symbols.
- `arithmetic`, `compare`, `memory`, `transfer`, `iterators`, `calls`: what each instruction does to a state.
- `cfg`, `scope`, `slice`, `code`: which instructions and places bear on a prepend at all, and the way past the others.
- `state`, `merge`, `join`, `meeting`, `walk`: walking the paths, and joining those that differ in nothing that matters.
- `part`: what a walk looks at. `explore` walks a `slice`, of which `record` keeps what was found; `values` walks the
  `whole`, and tells it as `value`s, which `spelling` has the words for.
"""

from xdp_lsp.verifier.explore import DEFAULT_BUDGET, explore
from xdp_lsp.verifier.slice import delta_slice
from xdp_lsp.verifier.spelling import brief_text, kernel_text, plain_text
from xdp_lsp.verifier.value import Kind, PointValues, Value, joined_points
from xdp_lsp.verifier.values import values_of

__all__ = [
    "DEFAULT_BUDGET",
    "Kind",
    "PointValues",
    "Value",
    "brief_text",
    "delta_slice",
    "explore",
    "joined_points",
    "kernel_text",
    "plain_text",
    "values_of",
]
