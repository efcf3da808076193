"""What the user chose, from `.xdp-lsp.toml`, the editor and the command line; every value checked.

Invariant: the compiler's path never comes from a file in a workspace.
"""

from xdp_lsp.settings.configurations import configurations_for
from xdp_lsp.settings.keys import KEYS, ON_SAVE, ON_TYPE, Kind, SettingKey, reference
from xdp_lsp.settings.load import FILE_NAME, find_settings_file, load_settings
from xdp_lsp.settings.model import Configuration, Origin, Settings, SettingsProblem

__all__ = [
    "FILE_NAME",
    "KEYS",
    "ON_SAVE",
    "ON_TYPE",
    "Configuration",
    "Kind",
    "Origin",
    "SettingKey",
    "Settings",
    "SettingsProblem",
    "configurations_for",
    "find_settings_file",
    "load_settings",
    "reference",
]
