"""Folders that are not trusted: what the server does without there.

A client that starts it with `restricted` among its `initializationOptions` says that the user has opened somebody
else's folder to read it. Then the text of each open document is compiled alone, with the machine's own compiler and
headers, and until the client starts another server:

- No `.xdp-lsp.toml`, `compile_commands.json`, `compile_flags.txt`, `.clangd` or build file is read, and no include
  folder is guessed from how the repository is laid out (`settings.load`, `pipeline.flags`).
- clang is shown the text, the machine's header folders and ours: beside these there is no file for it, by whatever name
  it is included, embedded or asked for (`toolchain.overlay`). So it is for libclang, when calls and functions are
  looked for, and for each action that is tried. Assembly that could have the assembler read a file is not assembled
  (`toolchain.assembly`).
- No compiler is run that is in such a folder or leads into one, though it be on PATH or set; folders of headers that
  settings or flags name are left out where they are in one (`toolchain.clang`, `toolchain.visible`).
- What is shown of a file is of the open text or of the machine's headers, whatever `#line` calls it (`pipeline.files`).
  Other open texts are not used, saved or not: they are the folder's.
- A verifier log is explained by itself: no file that it names is looked for (`pipeline.logs`).
- The kernel is not asked to check a program, whatever the settings say.

What is left of the disk are questions whether the document itself is there, and whether what is saved of it is what
is open; the compiler, too, looks up lines for the object's line info, of the document or of the file that a `#line` in
it names, and nothing of that is shown.
The editor's settings are taken as they come: that those of a folder are not among them is up to the client.

Not trusted are the folders that the client works in, and that of the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lsprotocol import types

# No setting: it holds as long as the server runs.
RESTRICTED = "restricted"


def is_restricted(initialize: types.InitializeParams) -> bool:
    """Whether the client says that the folders it works in are not trusted."""
    options: Any = initialize.initialization_options
    return isinstance(options, Mapping) and bool(options.get(RESTRICTED))


def untrusted_folders(of_document: str, of_client: Iterable[str]) -> tuple[str, ...]:
    """The folders that nothing is taken from for a document in the folder `of_document`: there is always one."""
    return tuple(dict.fromkeys((*of_client, of_document)))
