"""Bounds every prepend of a program by abstract interpretation. Knows nothing of drivers or editors.

`explore(image, program)` bounds, and `result` says what it answers; `values_of` and `delta_slice` tell readers of code
more. Inside, from the bottom:

- `linear`, `symbols`, `facts`: a register holds a linear form over symbols; facts bound the symbols. `state` is all
  that is known at one point of one path.
- `arithmetic`, `compare`, `memory`, `transfer`: what each instruction does to a state; `calls` says which kind of
  call one is: `adjust` moves the packet's start, `functions` goes in and out of functions, `helpers` and `iterators`
  say what the kernel's do, `effects` what they all share.
- `cfg`, `scope`, `places`, `pointers`, `liveness`, `slice`, `branches`: which instructions and places bear on a
  prepend at all. A walk sees them as a `part`, or all of a program (`whole`); `code` is the way through it, and past
  the rest.
- `walk` follows the paths; `merge`, `join`, `meeting` join those that differ in nothing that matters. `explore`
  bounds with them what a program prepends, which `log` and `record` keep; `values` finds what registers and slots
  hold everywhere (`value`), and `spelling` writes that.
"""

from typing import TYPE_CHECKING

from xdp_lsp.on_demand import exported

if TYPE_CHECKING:
    from xdp_lsp.verifier.explore import DEFAULT_BUDGET, explore
    from xdp_lsp.verifier.slice import delta_slice
    from xdp_lsp.verifier.spelling import brief_text, kernel_text, plain_text
    from xdp_lsp.verifier.value import Kind, PointValues, Value, join_into
    from xdp_lsp.verifier.values import values_for_any_arguments, values_of

__all__ = [
    "DEFAULT_BUDGET",
    "Kind",
    "PointValues",
    "Value",
    "brief_text",
    "delta_slice",
    "explore",
    "join_into",
    "kernel_text",
    "plain_text",
    "values_for_any_arguments",
    "values_of",
]


if not TYPE_CHECKING:

    def __getattr__(name):
        return exported(__name__, name, ("explore", "slice", "spelling", "value", "values"))
