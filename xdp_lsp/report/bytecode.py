"""The code of a file as JSON, with what is known at each instruction. Keys are only ever added."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator

import xdp_lsp
from xdp_lsp.insight import REGISTERS, FileInsight, ListedFunction, RegisterValue
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.json_report import Json, location_as_json
from xdp_lsp.report.model import Report


def render(file: FileReport, insight: FileInsight, names: Collection[str]) -> str:
    """The functions `names` of a file, ASCII only.

    `registers` are those of which something is known, before the instruction, in the kernel's words.
    """
    report = Report((file,), os.getcwd())  # noqa: PTH109
    slots = {one.pc: one.slot for function in insight.functions for one in function.instructions}
    entries = {
        function.instructions[0].pc: function.name for function in insight.functions if function.instructions
    }
    functions = [
        {
            "name": function.name,
            "section": function.section,
            "programs": list(function.programs),
            "instructions": list(_instructions(report, function, slots, entries)),
        }
        for function in insight.functions
        if function.name in names
    ]
    found = {
        "version": xdp_lsp.__version__,
        "path": report.shown(file.analysis.path),
        "functions": functions,
    }
    return json.dumps(found, indent=2) + "\n"


def _instructions(
    report: Report, function: ListedFunction, slots: dict[int, int], entries: dict[int, str]
) -> Iterator[Json]:
    registers: list[RegisterValue | None] = [None] * REGISTERS
    for one in function.instructions:
        for number, value in one.changes:
            registers[number] = value
        known = enumerate(registers) if one.is_reached else ()
        yield {
            "slot": one.slot,
            "text": one.text,
            **location_as_json(report, one.location),
            "inlined": [
                {"function": call.function, **location_as_json(report, call.location)} for call in one.inlined
            ],
            "jumps_to": [slots[pc] for pc in one.targets if pc in slots],
            "calls": entries.get(one.callee) if one.callee is not None else None,
            "reached": one.is_reached,
            "computes_delta": one.is_of_delta,
            "moves_packet": one.moves_packet,
            "registers": {f"r{number}": value.text for number, value in known if value is not None},
        }
