"""Driver profiles (data with citations) and the arithmetic of a prepend.

Knows nothing of BPF instructions.
"""

from xdp_lsp.headroom.kernel import Kernel, metadata_limit_of, reserve_of
from xdp_lsp.headroom.profiles import Environment, HeadroomProfile, environments, profiles
from xdp_lsp.headroom.resolve import TargetError, default_targets, groups, outliers, portable, resolve
from xdp_lsp.headroom.target import MetadataSupport, Target

__all__ = [
    "Environment",
    "HeadroomProfile",
    "Kernel",
    "MetadataSupport",
    "Target",
    "TargetError",
    "default_targets",
    "environments",
    "groups",
    "metadata_limit_of",
    "outliers",
    "portable",
    "profiles",
    "reserve_of",
    "resolve",
]
