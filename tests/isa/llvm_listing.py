"""What `llvm-objdump -d` says of BPF code, as fields: an independent reading of the same bytes."""

from __future__ import annotations

import re
import subprocess  # noqa: TID251 - the disassembler is the oracle
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.support.compile import tool

_NUMBER = r"(?P<imm>-?0x[0-9a-f]+)"
_DST, _SRC = r"(?P<dw>[rw])(?P<dst>\d+)", r"(?P<sw>[rw])(?P<src>\d+)"
_TO = r"goto (?P<off>[+-]0x[0-9a-f]+)"
_AT_DST = r"(?P<type>[us]\d+) \*\)\(r(?P<dst>\d+) (?P<sign>[+-]) (?P<off>0x[0-9a-f]+)\)"
_AT_SRC = _AT_DST.replace("?P<dst>", "?P<src>")
_BARE_AT_DST = r"r(?P<dst>\d+) (?P<sign>[+-]) (?P<off>0x[0-9a-f]+)"
_ALU = r"(?P<op>=|\+=|-=|\*=|/=|%=|s/=|s%=|\|=|&=|\^=|<<=|>>=|s>>=)"
_COMPARE = r"(?P<op>==|!=|s?>=?|s?<=?|&)"

_FORMS = (
    ("neg", rf"{_DST} = -(?P<same>[rw]\d+)"),
    ("swap", rf"{_DST} = (?P<op>be|le|bswap)(?P<width>\d+) (?P<same>r\d+)"),
    ("movsx", rf"{_DST} = \(s(?P<extend>\d+)\)\s*{_SRC}"),
    ("cast", rf"{_DST} = addr_space_cast\({_SRC}, (?P<to>0x\d+), (?P<from>0x\d+)\)"),
    ("ld_imm64", rf"{_DST} = {_NUMBER} ll"),
    ("alu_reg", rf"{_DST} {_ALU} {_SRC}"),
    ("alu_imm", rf"{_DST} {_ALU} {_NUMBER}"),
    ("ld_abs", rf"r0 = \*\((?P<type>u\d+) \*\)skb\[{_NUMBER}\]"),
    ("ld_ind", r"r0 = \*\((?P<type>u\d+) \*\)skb\[r(?P<src>\d+)\]"),
    ("load", rf"{_DST} = \*\({_AT_SRC}"),
    ("store_reg", rf"\*\({_AT_DST} = {_SRC}"),
    ("store_imm", rf"\*\({_AT_DST} = {_NUMBER}"),
    ("lock", rf"lock \*\({_AT_DST} (?P<op>\+=|\|=|&=|\^=) {_SRC}"),
    ("fetch", rf"[rw]\d+ = atomic_fetch_(?P<op>add|or|and|xor)\(\({_AT_DST}, {_SRC}\)"),
    ("xchg", rf"[rw]\d+ = xchg(?:32)?_(?P<width>\d+)\({_BARE_AT_DST}, {_SRC}\)"),
    ("cmpxchg", rf"[rw]0 = cmpxchg(?:32)?_(?P<width>\d+)\({_BARE_AT_DST}, [rw]0, {_SRC}\)"),
    ("if_reg", rf"if {_DST} {_COMPARE} {_SRC} {_TO}"),
    ("if_imm", rf"if {_DST} {_COMPARE} {_NUMBER} {_TO}"),
    ("may_goto", r"may_goto (?P<off>[+-]0x[0-9a-f]+)"),
    ("gotol", r"gotol (?P<imm>[+-]0x[0-9a-f]+)"),
    ("goto", _TO),
    ("callx", r"callx r(?P<dst>\d+)"),
    ("call", rf"call {_NUMBER}"),
    ("exit", r"exit|return"),
)
_PATTERNS = tuple((form, re.compile(pattern)) for form, pattern in _FORMS)
_LINE = re.compile(r"\s*(?P<pc>\d+):\t[0-9a-f ]+\t(?P<text>.*)")


class Line(NamedTuple):
    """One instruction: its slot in the section, its form, and the parts of the text."""

    pc: int
    form: str
    parts: dict[str, str | None]

    def number(self, part: str) -> int:
        text = self.parts[part]
        assert text is not None
        value = int(text, 0)
        return -value if self.parts.get("sign") == "-" and part == "off" else value

    @property
    def is_wide(self) -> bool:
        """Whether the destination is a whole register."""
        return self.parts["dw"] == "r"


def disassemble(data: bytes) -> dict[str, list[Line]]:
    """The instructions of each section of an object, by the section's name."""
    with tempfile.NamedTemporaryFile(suffix=".o") as file:
        file.write(data)
        file.flush()
        command = [tool("llvm-objdump-19"), "-d", "--mcpu=v4", file.name]
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, list[Line]] = {}
    section = ""
    for text in listing.splitlines():
        if text.startswith("Disassembly of section "):
            section = text.removeprefix("Disassembly of section ").rstrip(":")
            continue
        line = _LINE.fullmatch(text)
        if line is not None:
            # Names of places stand in angle brackets behind the number.
            body = re.sub(r" <[\w.$+]+>$", "", line["text"].strip())
            found.setdefault(section, []).append(Line(int(line["pc"]), *_parse(body)))
    return found


def _parse(body: str) -> tuple[str, dict[str, str | None]]:
    for form, pattern in _PATTERNS:
        match = pattern.fullmatch(body)
        if match is not None:
            return form, match.groupdict()
    raise AssertionError(f"llvm-objdump wrote {body!r}, which this test cannot read")


def assemble(source: Path, target: str) -> bytes:
    """The object of an assembly file."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "out.o")
        command = [tool("clang-19"), "-target", target, "-mcpu=v4", "-c", source, "-o", output]
        subprocess.run(command, check=True)
        return output.read_bytes()
