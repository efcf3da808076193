"""Requests about a place in a document: one module each. Each asks `ide`, and says the answer in the protocol's words.

A module has `register(server)`, which names its methods and options. Handlers answer from the last result at once. They
wait for one only where nothing whole is known yet: hovers for a moment, hints and lenses of clients that cannot be told
to ask again; and code actions are tried first.
"""

from xdp_lsp.server.features import (
    bytecode,
    code_actions,
    code_lens,
    commands,
    configurations,
    hover,
    inlay_hints,
    manual,
    roots,
    targets,
)

FEATURES = (
    bytecode,
    code_actions,
    code_lens,
    commands,
    configurations,
    hover,
    inlay_hints,
    manual,
    roots,
    targets,
)
