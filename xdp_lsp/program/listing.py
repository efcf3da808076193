"""Linked instructions in the kernel's spelling, with the names of what they speak of."""

from __future__ import annotations

from xdp_lsp.isa.printer import print_instruction
from xdp_lsp.program.image import Address, DataAddress, FunctionAddress, Image, MapAddress


def instruction_text(image: Image, pc: int) -> str:
    """The instruction at `pc`: `(18) r1 = map[conf]`, `(85) call grow`, `(b7) r0 = 2`.

    "" for the second slot of a 64-bit immediate load.
    """
    instruction = image.slots[pc]
    if not instruction.opcode and pc and image.slots[pc - 1].is_wide:
        return ""
    following = image.slots[pc + 1] if pc + 1 < len(image.slots) else None
    return print_instruction(instruction, following, _name(image, pc))


def _name(image: Image, pc: int) -> str | None:
    if pc in image.addresses:
        return _address(image, image.addresses[pc])
    if pc in image.calls:
        return _function(image, image.calls[pc])
    return image.kfuncs[pc].name if pc in image.kfuncs else None


def _function(image: Image, pc: int) -> str:
    function = image.function_at(pc)
    return function.name if function is not None else f"pc {pc}"


def _address(image: Image, address: Address) -> str:
    if isinstance(address, MapAddress):
        offset = "" if address.value_offset is None else f"[0]+{address.value_offset}"
        return f"map[{address.map}]{offset}"
    if isinstance(address, FunctionAddress):
        return f"&{_function(image, address.pc)}"
    if not isinstance(address, DataAddress):
        return f"unknown ({address.reason})"
    variable = image.data[address.section].variable_at(address.offset)
    if variable is not None:
        rest = address.offset - variable.offset
        return f"&{variable.name}" + (f"+{rest}" if rest else "")
    return f"&{address.section}+{address.offset}"
