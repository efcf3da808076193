"""From the text of a log to its records, line by line.

Source: kernel/bpf/verifier.c, do_check(), print_insn_state() and verbose_linfo() (Linux 4.14 to 7.3); around it
tools/lib/bpf/libbpf.c, bpf_object_load_prog(), and what iproute2 and cilium/ebpf print.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from xdp_lsp.vlog.lines import clean_lines
from xdp_lsp.vlog.messages import explain, instruction_of, is_about_no_instruction
from xdp_lsp.vlog.records import Diagnosis, Figures, Outcome, ProgramLog, SourceLine, VerifierLog, Visit

# Characters of a log that are looked at, from its end, where the verdict is. libbpf asks for 16 MiB at most.
LARGEST_LOG = 64 << 20
# Instructions that are kept of one program, the last ones.
MOST_VISITS = 1 << 20
_HEAD = 1 << 16  # characters that `looks_like_log` looks at

_INSTRUCTION = re.compile(r"(\d{1,9}): (\([0-9a-f]{2}\) [^;]*)(?:;(.*))?$")
_STATE = re.compile(r"(\d{1,9}):((?: frame\d+:)? (?:R\d|fp-).*)")
_BARE_STATE = re.compile(r"(?:frame\d+: ?)?R\d+(?:_[rwD]+)?=")
_PATH = re.compile(r"from (\d{1,9}) to (\d{1,9})(?: \(speculative execution\))?:(.*)")
_SOURCE = re.compile(r"; (.*?)(?: @ ([^@]+):(\d{1,9}))?$")
_FUNCTION = re.compile(r"func#\d+ @(\d{1,9})$")
_FIGURES = re.compile(
    r"processed (\d+) insns(?: \(limit (\d+)\))?(?: max_states_per_insn (\d+))?(?: total_states (\d+))?"
    r"(?: peak_states (\d+))?(?: mark_read (\d+))?"
)
# Not one instruction: what was refused is the line before, whatever it says.
_REFUSED_AT_ONCE = re.compile(r"processed 0 insns")
# What comes between instructions and is no refusal, by how it begins.
_ASIDE = re.compile(
    r"(?:mark_precise: |last_idx |regs=|parent |propagating |caller:|callee:|returning from callee|to caller at |"
    r"Validating |Func#|Global func|func#|\d+: safe|verification time |stack depth |Live regs before|"
    r"\([\d, ]{1,99}\) (?:frame|live stack)|SCC |\d{1,9} {0,9}\d{0,9}: [.\d]{10,99} |from \d+ to \d+|frame ?\d+: |"
    r"subprog#|topo_order|stack use/def|-- END|insn_processed|max_states_per_insn)"
)

_BEGIN = re.compile(
    r"(?:.*prog '([^']*)': )?-- BEGIN (?:PROG LOAD|DUMP) LOG -*$|.*-- BEGIN (?:PROG LOAD|DUMP) LOG"
)
_END = re.compile(r".*-- END (?:PROG LOAD )?LOG --")
_LOADERS = tuple(
    re.compile(pattern)
    for pattern in (
        r".*libbpf: prog '(?P<name>[^']*)': BPF program load failed: (?P<reason>.*)",
        r".*libbpf: load bpf program failed: (?P<reason>.*)",
        r"Prog section '(?P<name>[^']*)' rejected: (?P<reason>.*?) \(\d+\)!",
        r".*program (?P<name>\w+): load program: (?P<reason>[^:]+):",
        r".*PROCESSING \S+/(?P<name>[^/,\s]+), .*VERDICT: (?P<reason>\w+)",
    )
)
_LATE_NAME = re.compile(r".*libbpf: (?:prog '([^']*)': failed to load: |failed to load program '([^']*)')")
_OBJECT = re.compile(r".*libbpf: failed to load object '([^']*)'")

_FAILED = re.compile(r"Verification failed: ([^:]*)(?:: (.*))?")
_SECTIONS = ("Reason", "At", "Causal path", "Suggestion", "Active lock")
_AT_SOURCE = re.compile(r"(?:\S+ @ )?(.+):(\d{1,9}):(\d{1,9})$")
_AT_INSTRUCTION = re.compile(r">>> *(\d{1,9}) \| \(")
_AT_NOTE = re.compile(r"\| *\^-- error: (.*)")


def parse(text: str) -> VerifierLog:
    """The programs that `text` holds logs of; none where it holds no log.

    Of a text of more than LARGEST_LOG characters only the end is looked at, and a remark says so.
    """
    remarks: tuple[str, ...] = ()
    skipped = 0
    if len(text) > LARGEST_LOG:
        cut = text.find("\n", len(text) - LARGEST_LOG) + 1
        skipped = text.count("\n", 0, cut)
        remarks = (f"The log is larger than {LARGEST_LOG >> 20} MiB: only its end is read.",)
        text = text[cut:]
    parser = _Parser()
    for number, line in clean_lines(text, skipped):
        parser.line(number, line)
    parser.close()
    return VerifierLog(tuple(parser.programs), parser.object, remarks)


def parse_one(text: str) -> ProgramLog:
    """What the kernel wrote of one program, when nothing else is in `text`: its first line may be the refusal."""
    parser = _Parser()
    parser.begin()
    for number, line in clean_lines(text, 0):
        parser.line(number, line)
    parser.close()
    return parser.programs[0] if parser.programs else ProgramLog(Outcome.UNKNOWN)


def looks_like_log(text: str) -> bool:
    """Whether `text` begins as a verifier log does, or what a loader prints around one."""
    for _, line in clean_lines(text[:_HEAD], 0):
        if _BEGIN.match(line) or _STATE.match(line) or _FIGURES.match(line):
            return True
        if _INSTRUCTION.match(line) or any(loader.match(line) for loader in _LOADERS):
            return True
    return False


class _Parser:
    def __init__(self) -> None:
        self.programs: list[ProgramLog] = []
        self.object = ""
        self._name = self._reason = ""
        self._one: _Program | None = None
        self._before: tuple[tuple[int, str], ...] = ()  # the last two lines since the last log

    def begin(self) -> None:
        """From here on it is a log, whatever it says."""
        self._open(0)

    def line(self, number: int, line: str) -> None:
        one = self._one
        if self._is_frame(line):
            return
        if one is None or one.is_complete or one.ends_before(line):
            if not _begins(line):
                self._before = (*self._before[-1:], (number, line)) if line else self._before
                return
            before, one = self._before, self._open(number)
            if _REFUSED_AT_ONCE.match(line):
                for earlier in before:
                    one.line(*earlier)
        one.line(number, line)

    def _is_frame(self, line: str) -> bool:
        """Whether `line` is what a loader prints around the log of a program."""
        if "-- " in line:
            if begin := _BEGIN.match(line):
                self.close()
                self._name = begin[1] or self._name
                self._open(0)
                return True
            if _END.match(line):
                self.close()
                return True
        for loader in _LOADERS:
            if told := loader.match(line):
                self.close()
                groups = told.groupdict()
                self._name = groups.get("name") or ""
                self._reason = "" if groups["reason"] == "success" else groups["reason"].strip()
                return True
        if told := _LATE_NAME.match(line):
            self.close()
            name = told[1] or told[2]
            if self.programs and not self.programs[-1].name:
                self.programs[-1] = self.programs[-1]._replace(name=name)
            return True
        if told := _OBJECT.match(line):
            self.close()
            self.object = self.object or told[1]
            return True
        return False

    def _open(self, number: int) -> _Program:
        self.close()
        self._one = _Program(self._name, self._reason, number)
        self._name = self._reason = ""
        self._before = ()
        return self._one

    def close(self) -> None:
        """End the program that is being read, if it has anything to say."""
        if self._one is not None and self._one.has_content:
            self.programs.append(self._one.record())
        self._one = None


def _begins(line: str) -> bool:
    """Whether a log starts here that nothing around it marks."""
    patterns = (_INSTRUCTION, _STATE, _FUNCTION, _FAILED, _FIGURES)
    return any(pattern.match(line) for pattern in patterns) or explain([line]) is not None


class _Program:
    """What was read of one program."""

    def __init__(self, name: str, reason: str, first: int) -> None:
        self._name, self._reason, self._first, self._last = name, reason, first, first
        self._visits: list[Visit] = []
        self._dropped = False
        self._functions: list[int] = []
        self._source: SourceLine | None = None
        self._before, self._is_full = "", False
        self._came_from: int | None = None
        self._message: list[str] = []
        self._message_at = 0
        self._figures: Figures | None = None
        self._diagnosis: _Diagnosis | None = None
        self._starts_inside = False
        self._tells_changes = False

    @property
    def has_content(self) -> bool:
        return bool(self._visits or self._message or self._figures or self._diagnosis)

    @property
    def is_complete(self) -> bool:
        return self._figures is not None

    def ends_before(self, line: str) -> bool:
        """Whether another program's log begins with `line`: after the last words of this one, at instruction 0."""
        return bool(self._message and self._visits and line.startswith(("0: ", "func#0 ")) and _begins(line))

    def line(self, number: int, line: str) -> None:
        if not line:
            return
        self._first, self._last = self._first or number, number
        if self._diagnosis is not None:
            if not line.startswith("processed "):
                self._diagnosis.line(line)
                return
        elif line[0].isdigit() and self._numbered(number, line):
            return
        elif line[0] == ";" and (source := _SOURCE.match(line)):
            self._source = SourceLine(source[1].strip(), source[2] or "", int(source[3] or 0))
            return
        elif line[0] == "f" and (path := _PATH.match(line)):
            if _STATE.match(f"{path[2]}:{path[3]}"):
                self._before, self._is_full, self._came_from = path[3], True, int(path[1])
            return
        elif _BARE_STATE.match(line):
            # Behind a branch (up to Linux 5.16), and where a function is entered or left: all that there is.
            self._before, self._is_full = f" {line}", True
            return
        self._word(number, line)

    def _numbered(self, number: int, line: str) -> bool:
        if found := _INSTRUCTION.match(line):
            self._visit(number, int(found[1]), found[2].rstrip(), found[3] or "")
            return True
        if found := _STATE.match(line):
            # Up to Linux 5.16, which prints nothing behind an instruction, it holds everything.
            is_full = int(found[1]) == 0 or not self._tells_changes
            if is_full or not self._before:
                self._before, self._is_full = found[2], is_full
            else:
                self._before += found[2]  # what changed, behind all there was
            return True
        return False

    def _visit(self, number: int, pc: int, text: str, after: str) -> None:
        if not self._visits:
            self._starts_inside = pc != 0 and not self._is_full and not self._functions
        visit = Visit(pc, text, number, self._source, self._before, self._is_full, after, self._came_from)
        self._visits.append(visit)
        self._tells_changes = self._tells_changes or bool(after)
        if len(self._visits) > 2 * MOST_VISITS:
            del self._visits[:-MOST_VISITS]
            self._dropped = True
        self._before, self._is_full, self._came_from = "", False, None
        self._message.clear()

    def _word(self, number: int, line: str) -> None:
        if function := _FUNCTION.match(line):
            self._functions.append(int(function[1]))
        elif figures := _FIGURES.match(line):
            self._figures = Figures(*(int(one[:18]) if one else 0 for one in figures.groups()))
        elif failed := _FAILED.match(line):
            self._diagnosis = _Diagnosis(failed[1], failed[2] or "")
            self._message_at = self._message_at if self._message else number
        elif not _ASIDE.match(line):
            if not self._message:
                self._message_at = number
            self._message.append(line)

    def record(self) -> ProgramLog:
        message = tuple(self._message)
        diagnosis = self._diagnosis.record() if self._diagnosis else None
        if diagnosis is not None and not message:
            message = (diagnosis.problem or diagnosis.category,)
        if self._figures is None and not self._reason and message and _is_cut_off(message[-1]):
            message = message[:-1]
        last = self._visits[-1] if self._visits else None
        pc, source = None, None
        if message and not is_about_no_instruction(message):
            told = self._diagnosis.pc if self._diagnosis else None
            pc = told if told is not None else instruction_of(message)
            pc = pc if pc is not None else last.pc if last is not None else None
            source = next((one.source for one in reversed(self._visits) if one.pc == pc), None)
        return ProgramLog(
            _outcome(message, self._reason, self._figures),
            self._name,
            tuple(self._visits),
            message,
            self._message_at if message else 0,
            pc,
            source,
            self._reason,
            diagnosis,
            self._figures,
            tuple(self._functions),
            self._first,
            self._last,
            tuple(self._remarks(message)),
        )

    def _remarks(self, message: tuple[str, ...]) -> list[str]:
        remarks = []
        if self._starts_inside or self._dropped:
            remarks.append("The beginning of the log is missing.")
        if not message and self._figures is None:
            remarks.append("The end of the log is missing, and with it the verifier's answer.")
        return remarks


def _outcome(message: tuple[str, ...], reason: str, figures: Figures | None) -> Outcome:
    if message or reason:
        return Outcome.REFUSED
    return Outcome.ACCEPTED if figures is not None else Outcome.UNKNOWN


def _is_cut_off(line: str) -> bool:
    """Whether the last line of a log without an end is the beginning of something that is no message."""
    return re.fullmatch(r"\d+:?.{0,4}|f(?:r(?:o(?:m.*)?)?)?|R\d*_?[rwD]*|;|p(?:r(?:o.*)?)?", line) is not None


class _Diagnosis:
    """The report of Linux 7.3, section by section."""

    def __init__(self, category: str, problem: str) -> None:
        self._category, self._problem = category, problem
        self._section = ""
        self._words: dict[str, list[str]] = {"Reason": [], "Suggestion": [], "Note": []}
        self._place: tuple[str, int, int] = ("", 0, 0)
        self._in_note = False
        self.pc: int | None = None

    def line(self, line: str) -> None:
        if line.endswith(":") and line[:-1] in _SECTIONS:
            self._section = line[:-1]
        elif self._section in ("Reason", "Suggestion"):
            self._words[self._section].append(line)
        elif self._section == "At":
            self._at(line)

    def _at(self, line: str) -> None:
        if found := _AT_INSTRUCTION.match(line):
            self.pc = int(found[1])
        elif found := _AT_NOTE.match(line):
            self._words["Note"] = [found[1]]
            self._in_note = True
        elif self._in_note and (rest := re.match(r"\| {4,}(\S.*)", line)):
            self._words["Note"].append(rest[1])
        elif not self._place[1] and (place := _AT_SOURCE.match(line)):
            self._place = (place[1], int(place[2]), int(place[3]))
        else:
            self._in_note = False
            if self.pc is None and (told := re.match(r"insn (\d{1,9})$", line)):
                self.pc = int(told[1])

    def record(self) -> Diagnosis:
        join: Callable[[str], str] = lambda section: " ".join(self._words[section])  # noqa: E731
        return Diagnosis(
            self._category, self._problem, join("Reason"), join("Note"), join("Suggestion"), *self._place
        )
