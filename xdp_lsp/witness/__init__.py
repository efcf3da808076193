"""Inputs that show what a program asks for: found by a directed search, and confirmed by the concrete machine.

`find_witness(image, program, exploration, site)` is the whole interface. Inside, from the bottom:

- `expression`: how a number of a run came out of its input.
- `invert`, `solve`: inputs for which a number comes out as wanted, and the conditions of a run hold.
- `record`: a run of the machine that remembers both.
- `distance`, `search`: from run to run towards the call, and there towards the demand.
- `names`: what was decided, in the words of the source.
"""

from typing import TYPE_CHECKING

from xdp_lsp.on_demand import exported
from xdp_lsp.witness.result import Decision, Witness

if TYPE_CHECKING:
    from xdp_lsp.witness.find import find_witness

__all__ = ["Decision", "Witness", "find_witness"]


if not TYPE_CHECKING:

    def __getattr__(name):
        return exported(__name__, name, ("find",))
