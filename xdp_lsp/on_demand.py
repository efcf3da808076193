"""Packages that import what they export when it is asked for (PEP 562).

What `xdp-lsp check` remembers is read and shown without the verifier, libclang or pyelftools, whose import takes longer
than all the rest of such a run.
"""

from __future__ import annotations

import sys
from importlib import import_module


def exported(package: str, name: str, modules: tuple[str, ...]) -> object:
    """For the `__getattr__` of `package`: the export `name`, from the first of its `modules` that has it."""
    here = sys.modules[package]
    if name in here.__all__:
        for module in modules:
            found = vars(import_module(f"{package}.{module}"))
            # All of them: the import has put the module itself where an export may have its name.
            vars(here).update({export: found[export] for export in here.__all__ if export in found})
            if name in found:
                return found[name]
    raise AttributeError(f"module {package!r} has no attribute {name!r}")
