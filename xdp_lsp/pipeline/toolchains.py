"""The compiler and headers that the settings ask for."""

from __future__ import annotations

from functools import lru_cache

from xdp_lsp.settings import Settings
from xdp_lsp.toolchain import Toolchain, ToolchainSettings, find_toolchain


@lru_cache(maxsize=8)
def toolchain_of(settings: Settings) -> Toolchain:
    """The compiler and headers that `settings` ask for; looked for once per process. Raises ToolchainError."""
    return find_toolchain(
        ToolchainSettings(
            clang=settings.clang,
            libbpf=settings.libbpf,
            kernel_headers=settings.kernel_headers,
            vmlinux=settings.vmlinux,
            mcpu=settings.mcpu,
            time_limit=settings.time_limit,
            memory_limit=settings.memory_limit << 20,
            untrusted=settings.untrusted,
        )
    )
