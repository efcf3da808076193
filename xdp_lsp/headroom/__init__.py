"""Driver profiles (data with citations) and the arithmetic of a prepend.

Knows nothing of BPF instructions.
"""

from xdp_lsp.headroom.drivers import DriverRow, driver_rows
from xdp_lsp.headroom.kernel import Kernel, metadata_limit_of, reserve_of
from xdp_lsp.headroom.profiles import Environment, HeadroomProfile, environments, profiles
from xdp_lsp.headroom.resolve import default_targets, groups, outliers, portable, resolve
from xdp_lsp.headroom.senders import Sender, resolve_senders, shortfall_to_send
from xdp_lsp.headroom.spec import TargetError
from xdp_lsp.headroom.target import MetadataSupport, Target

__all__ = [
    "DriverRow",
    "Environment",
    "HeadroomProfile",
    "Kernel",
    "MetadataSupport",
    "Sender",
    "Target",
    "TargetError",
    "default_targets",
    "driver_rows",
    "environments",
    "groups",
    "metadata_limit_of",
    "outliers",
    "portable",
    "profiles",
    "reserve_of",
    "resolve",
    "resolve_senders",
    "shortfall_to_send",
]
