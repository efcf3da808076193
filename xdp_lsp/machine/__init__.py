"""A concrete BPF machine: runs one XDP program on one input, and records every attempt to move the packet.

It is the oracle that the analysis is held against, and what witnesses are confirmed by: it shares no code with the
verifier or its domains. `Machine` runs, `Inputs` is what it is given, `Source` names one number of that.
"""

from xdp_lsp.machine.faults import Fault, Unmodelled
from xdp_lsp.machine.inputs import Inputs, Kind, Source
from xdp_lsp.machine.machine import Machine
from xdp_lsp.machine.packet import RESERVE, Attempt

__all__ = ["RESERVE", "Attempt", "Fault", "Inputs", "Kind", "Machine", "Source", "Unmodelled"]
