"""What each helper takes and returns.

`helpers.tsv` is made by `tools/generate_helpers.py` from the manual in include/uapi/linux/bpf.h (Linux 7.2),
in the types that a program sees; ids are those of enum bpf_func_id.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Param(NamedTuple):
    """One parameter. `type` is C without the name; `is_const`: the kernel only reads what it points at."""

    type: str
    name: str
    is_pointer: bool
    is_const: bool


class Helper(NamedTuple):
    """One helper; `name` begins with `bpf_`. A variadic one has its fixed parameters alone in `params`."""

    id: int
    name: str
    returns: str
    params: tuple[Param, ...]
    is_variadic: bool = False

    @property
    def prototype(self) -> str:
        """The declaration in C, as the kernel's manual has it."""
        parameters = [_declare(param.type, param.name) for param in self.params]
        parameters += ["..."] if self.is_variadic else []
        return f"{_declare(self.returns, self.name)}({', '.join(parameters) or 'void'})"


def helper(id: int) -> Helper | None:
    """The helper that `call id` calls; None where Linux 7.2 has none of that id."""
    return _helpers().get(id)


def helper_named(name: str) -> Helper | None:
    """The helper `name` (with its bpf_); None where Linux 7.2 has none of that name."""
    return _by_name().get(name)


@cache
def _by_name() -> dict[str, Helper]:
    return {one.name: one for one in _helpers().values()}


@cache
def _helpers() -> dict[int, Helper]:
    table = files("xdp_lsp.isa").joinpath("helpers.tsv").read_text("utf-8")
    found = {}
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        number, name, returns, parameters, read_only = line.split("\t")
        spelled = [text for text in parameters.split("; ") if text]
        fixed = [text for text in spelled if text != "..."]
        unwritten = set(map(int, read_only.split()))
        params = tuple(_param(text, position in unwritten) for position, text in enumerate(fixed))
        found[int(number)] = Helper(int(number), name, returns, params, len(fixed) < len(spelled))
    return found


def _param(text: str, is_read_only: bool) -> Param:
    """From "const void *key"."""
    head, _, name = text.rpartition("*") if "*" in text else text.rpartition(" ")
    is_pointer = "*" in text
    type_text = f"{head}*" if is_pointer else head
    return Param(type_text, name, is_pointer, is_pointer and (is_read_only or text.startswith("const ")))


def _declare(type_text: str, name: str) -> str:
    return f"{type_text}{name}" if type_text.endswith("*") else f"{type_text} {name}"
