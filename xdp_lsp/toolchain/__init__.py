"""Find and run clang: flags, headers, bounds.

Invariant: this is the only package that runs foreign programs, and the compiler's path comes from the
user's or the machine's settings, never from a file in a workspace. Invariant: a flag from a workspace
reaches clang only through the allow-list of flags.py. Knows nothing of what is in an object.
"""

from xdp_lsp.toolchain.cache import derived_folder, user_cache
from xdp_lsp.toolchain.clang import Compiler, Rejected, find_compiler
from xdp_lsp.toolchain.compile import CompileResult, compile_source, precompile
from xdp_lsp.toolchain.describe import Description, Missing, describe
from xdp_lsp.toolchain.diagnostics import ClangDiagnostic, ClangNote
from xdp_lsp.toolchain.errors import CompilerNotFoundError, HeadersNotFoundError, ToolchainError
from xdp_lsp.toolchain.extent import CallExtent, call_extents
from xdp_lsp.toolchain.flags import FilteredFlags, files_named, filter_flags
from xdp_lsp.toolchain.forwards import forward_folder
from xdp_lsp.toolchain.headers import (
    HeaderSet,
    HeaderSource,
    NewerHeaders,
    compat_header,
    contract_header,
    machine,
    newer_headers,
)
from xdp_lsp.toolchain.hints import first_missing, is_for_bcc, missing_file
from xdp_lsp.toolchain.identity import identity_of, state_of
from xdp_lsp.toolchain.kernel_types import header_folder, kept_header
from xdp_lsp.toolchain.request import CompileRequest, compile_command
from xdp_lsp.toolchain.settings import OWN_LIBBPF, ToolchainSettings
from xdp_lsp.toolchain.store import Extent, Store
from xdp_lsp.toolchain.syntax import Declared, Kind, Node, functions_at
from xdp_lsp.toolchain.text_extent import extents_by_text
from xdp_lsp.toolchain.toolchain import Toolchain, find_toolchain
from xdp_lsp.toolchain.visible import visible_folders

__all__ = [
    "OWN_LIBBPF",
    "CallExtent",
    "ClangDiagnostic",
    "ClangNote",
    "CompileRequest",
    "CompileResult",
    "Compiler",
    "CompilerNotFoundError",
    "Declared",
    "Description",
    "Extent",
    "FilteredFlags",
    "HeaderSet",
    "HeaderSource",
    "HeadersNotFoundError",
    "Kind",
    "Missing",
    "NewerHeaders",
    "Node",
    "Rejected",
    "Store",
    "Toolchain",
    "ToolchainError",
    "ToolchainSettings",
    "call_extents",
    "compat_header",
    "compile_command",
    "compile_source",
    "contract_header",
    "derived_folder",
    "describe",
    "extents_by_text",
    "files_named",
    "filter_flags",
    "find_compiler",
    "find_toolchain",
    "first_missing",
    "forward_folder",
    "functions_at",
    "header_folder",
    "identity_of",
    "is_for_bcc",
    "kept_header",
    "machine",
    "missing_file",
    "newer_headers",
    "precompile",
    "state_of",
    "user_cache",
    "visible_folders",
]
