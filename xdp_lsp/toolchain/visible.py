"""What a compiler may look into where a workspace is not trusted: the machine's headers, and ours."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from xdp_lsp.source import is_within
from xdp_lsp.toolchain.flags import files_named
from xdp_lsp.toolchain.toolchain import Toolchain


def visible_folders(
    toolchain: Toolchain, flags: Iterable[str], untrusted: Collection[str]
) -> tuple[str, ...]:
    """The folders and files for `CompileRequest.visible`: where headers were found and what `flags` (filtered) name,
    none of it in a folder of `untrusted`.

    What comes with us, or was installed beside us, is taken wherever that is: it is already running.
    """
    compiler = toolchain.compiler
    of_compiler = (*compiler.default_includes, compiler.builtin_headers)
    found = [folder for folder in toolchain.headers.search if folder not in of_compiler]
    named = [path for path in (*of_compiler, *files_named(flags)) if not is_within(path, untrusted)]
    return tuple(dict.fromkeys((*found, *named)))
