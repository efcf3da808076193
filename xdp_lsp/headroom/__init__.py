"""Driver profiles (data with citations) and the arithmetic of a prepend.

Knows nothing of BPF instructions.
"""

from xdp_lsp.headroom.contract import (
    Contract,
    ContractError,
    contract_comment,
    contract_text,
    is_contract,
    parse_contract,
    split_contracts,
)
from xdp_lsp.headroom.drivers import DriverRow, driver_rows
from xdp_lsp.headroom.kernel import Kernel, metadata_limit_of, reserve_of
from xdp_lsp.headroom.profiles import (
    Environment,
    HeadroomProfile,
    conditions,
    drivers,
    environments,
    profiles,
)
from xdp_lsp.headroom.resolve import default_targets, groups, others, outliers, portable, resolve
from xdp_lsp.headroom.senders import Sender, resolve_senders, shortfall_to_send
from xdp_lsp.headroom.spec import TargetError
from xdp_lsp.headroom.target import MetadataSupport, Target

__all__ = [
    "Contract",
    "ContractError",
    "DriverRow",
    "Environment",
    "HeadroomProfile",
    "Kernel",
    "MetadataSupport",
    "Sender",
    "Target",
    "TargetError",
    "conditions",
    "contract_comment",
    "contract_text",
    "default_targets",
    "driver_rows",
    "drivers",
    "environments",
    "groups",
    "is_contract",
    "metadata_limit_of",
    "others",
    "outliers",
    "parse_contract",
    "portable",
    "profiles",
    "reserve_of",
    "resolve",
    "resolve_senders",
    "shortfall_to_send",
    "split_contracts",
]
