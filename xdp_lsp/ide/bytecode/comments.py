"""What stands behind an instruction: what the registers that it reads hold before it, and those it writes after."""

from __future__ import annotations

from collections.abc import Mapping

from xdp_lsp.insight import REGISTERS, ListedInstruction, RegisterValue

_WIDEST = 70  # characters: beyond it, what an instruction reads is left out
_FRAME_POINTER = REGISTERS - 1
# What a number that is read from memory, or computed in the low half of a register, can be.
_WIDTHS = {"(u8 *)": "255", "(u16 *)": "65535", "(u32 *)": "0xffffffff", " w": "0xffffffff"}


class RegisterComments:
    """What is told of registers, going down the instructions of one function."""

    def __init__(self, come_from: Mapping[int, list[int]]) -> None:
        self._come_from = come_from
        self._before: list[RegisterValue | None] = [None] * REGISTERS
        self._told: dict[int, str] = {}

    def comment(self, one: ListedInstruction, following: ListedInstruction | None) -> str:
        """Behind `one`, which stands above `following`."""
        for number, value in one.changes:
            self._before[number] = value
        if one.pc in self._come_from:
            self._told = {}
        if not one.is_reached:
            return "not reached"
        before = self._news({number: self._before[number] for number in _worth_telling(one)})
        if one.moves_packet and (delta := self._before[2]) is not None:
            before = {2: delta.brief}
        for number in one.written:
            self._told.pop(number, None)
        after = self._news(self._after(one, following))
        self._told |= after
        said = _registers(after) if not _says(one, after) else ""
        if one.targets and said:
            said = f"else {said}"
        first = _registers(before)
        if said and len(first) + len(said) > _WIDEST:
            return first if one.moves_packet else said
        self._told = before | self._told
        return ("; " if one.targets else " ").join(filter(None, (first, said)))

    def _after(
        self, one: ListedInstruction, following: ListedInstruction | None
    ) -> dict[int, RegisterValue | None]:
        """What `one` writes, or a branch compares, where it goes on with `following` and nothing else leads there."""
        if following is None or following.pc in self._come_from or not following.is_reached:
            return {}
        changes = dict(following.changes)
        if one.targets:
            return {number: changes[number] for number in one.read if number in changes}
        return {number: changes.get(number, self._before[number]) for number in one.written}

    def _news(self, values: Mapping[int, RegisterValue | None]) -> dict[int, str]:
        """Of `values` those that say something which was not told, in few words."""
        return {
            number: value.brief
            for number, value in values.items()
            if value is not None and number != _FRAME_POINTER and self._told.get(number) != value.brief
        }


def _registers(values: Mapping[int, str]) -> str:
    return " ".join(f"r{number}={text}" for number, text in values.items())


def _worth_telling(one: ListedInstruction) -> tuple[int, ...]:
    """The registers whose values before an instruction say more: not what a call is given, nor what is changed."""
    is_call = 0 in one.written and 1 in one.read
    is_copy = one.text.startswith(("(bf)", "(bc)")) and one.text[-2:-1] == "r"
    return () if is_call or is_copy else tuple(number for number in one.read if number not in one.written)


def _says(one: ListedInstruction, written: Mapping[int, str]) -> bool:
    """Whether the text of an instruction already says what it writes: a constant, an address, what fits the width."""
    text = " ".join(written.values())
    if one.text.startswith("(18)") or one.text.endswith(f" = {text}"):
        return True
    limit = text.removeprefix("scalar(umax=").removesuffix(")")
    return any(limit == of_width and width in one.text for width, of_width in _WIDTHS.items())
