"""What goes wrong with a toolchain, each as one sentence for the user."""

from __future__ import annotations


class ToolchainError(Exception):
    """`str()` of it is a sentence that can be shown as it is."""


class CompilerNotFoundError(ToolchainError):
    """No clang with the BPF target; the sentence says what was tried and what mends it."""


class HeadersNotFoundError(ToolchainError):
    """No kernel or libbpf headers, or a setting that names a folder without them."""
