"""Every setting there is: one table, from which files, editors' options and the reference are read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple


class Kind(Enum):
    """What a value looks like, in the words of messages and of the reference."""

    TARGETS = "a list of targets"
    SENDERS = "a list of drivers"
    FLAGS = "a list of strings"
    CONFIGURATIONS = "a list of tables with `name`, `flags` and, optionally, `files`"
    NAMES = "a list of names"
    TEXT = "a string"
    FOLDER = "a folder"
    CHOICE = "one of"
    NUMBER = "a number"
    INTEGER = "a whole number"
    BOOLEAN = "true or false"
    SEVERITIES = "a table of finding codes"


class SettingKey(NamedTuple):
    """One setting: `name` as TOML, the editors' options and the reference spell it.

    `default` is for people. `choices` are the words of a CHOICE, or the values in SEVERITIES; `least` and
    `most` bound a number, both included, in `unit`. A value of a `from_machine_only` key is never taken from
    a file in a workspace.
    """

    name: str
    kind: Kind
    default: str
    description: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    unit: str = ""
    from_machine_only: bool = False
    for_editors_only: bool = False  # the command line has no use for it
    for_command_line_only: bool = False  # editors have no use for it

    @property
    def field(self) -> str:
        """The name of the field of `Settings`."""
        return self.name.replace("-", "_")

    @property
    def expected(self) -> str:
        """What a value has to be: `a number from 1 to 3600 (seconds)`."""
        if self.kind is Kind.CHOICE:
            return f"{self.kind.value} {', '.join(self.choices)}"
        if self.kind in (Kind.NUMBER, Kind.INTEGER):
            return f"{self.kind.value} from {self.least} to {self.most} ({self.unit})"
        return str(self.kind.value)


ON_SAVE, ON_TYPE = "on-save", "on-type"
_LEVELS = ("information", "warning", "error")

_TABLE = (
    SettingKey(
        "targets",
        Kind.TARGETS,
        '["mainstream"]',
        "What programs must fit: drivers, groups or usable bytes, as `xdp-lsp drivers` explains them.",
    ),
    SettingKey(
        "redirect-to",
        Kind.SENDERS,
        "none",
        "Where redirected frames are sent: drivers, groups or the bytes that are wanted there. What programs leave "
        "of the headroom must do for them.",
    ),
    SettingKey(
        "flags",
        Kind.FLAGS,
        "[]",
        "Further compile flags; relative paths in them start at the folder of the file that names them.",
    ),
    SettingKey(
        "configuration",
        Kind.CONFIGURATIONS,
        "none",
        "Ways in which files are compiled, each checked by itself: a `name`, further `flags`, and in `files` patterns, "
        "such as `src/**/*.c`, for those that have it; without them all do. What has any is not checked without.",
    ),
    SettingKey(
        "programs",
        Kind.NAMES,
        "[]",
        "Functions to take for XDP programs where neither their section nor their type nor their code tells.",
    ),
    SettingKey(
        "mcpu", Kind.CHOICE, "v3", "The BPF instruction set to compile for.", ("v1", "v2", "v3", "v4")
    ),
    SettingKey(
        "clang",
        Kind.TEXT,
        "the newest on PATH, else the ziglang wheel's",
        "The compiler: a path, or a name on PATH. Never taken from a workspace's file.",
        from_machine_only=True,
    ),
    SettingKey(
        "libbpf",
        Kind.FOLDER,
        "the system's, else our own",
        "The folder that holds `bpf/bpf_helpers.h`, or `own` for the headers that come with xdp-lsp.",
    ),
    SettingKey(
        "kernel-headers",
        Kind.FOLDER,
        "the system's, else the ziglang wheel's",
        "The folder that holds `linux/bpf.h`.",
    ),
    SettingKey(
        "vmlinux",
        Kind.FOLDER,
        "the running kernel's, made from its BTF",
        "The folder that holds the `vmlinux.h` for sources that bring none.",
    ),
    SettingKey(
        "run",
        Kind.CHOICE,
        "on-save",
        "When an editor's texts are analysed: as they are saved, or as they are typed, unsaved headers included.",
        (ON_SAVE, ON_TYPE),
    ),
    SettingKey(
        "time-limit", Kind.NUMBER, "20", "How long one compile may take.", least=1, most=3600, unit="seconds"
    ),
    SettingKey(
        "memory-limit",
        Kind.INTEGER,
        "4096",
        "How much address space the compiler may take.",
        least=256,
        most=1 << 20,
        unit="MiB",
    ),
    SettingKey(
        "budget",
        Kind.INTEGER,
        "the engine's",
        "How many steps the analysis may spend on one program before it trades precision for time.",
        least=1_000,
        most=1_000_000_000,
        unit="steps",
    ),
    SettingKey(
        "kernel-check",
        Kind.BOOLEAN,
        "false",
        "Whether the running kernel is asked to load each program, for checking only; it needs the privileges for "
        "that. Never taken from a workspace's file.",
        from_machine_only=True,
    ),
    SettingKey(
        "fail-on",
        Kind.CHOICE,
        "warning",
        "The least severity of a finding that makes `xdp-lsp check` exit with 1.",
        (*_LEVELS, "never"),
        for_command_line_only=True,
    ),
    SettingKey(
        "strict",
        Kind.BOOLEAN,
        "false",
        "Whether `xdp-lsp check` exits with 3 where a verdict is unknown.",
        for_command_line_only=True,
    ),
    SettingKey(
        "severity",
        Kind.SEVERITIES,
        "each code's own",
        'The severity of findings by code, as in `headroom-exceeded = "error"`.',
        ("off", *_LEVELS),
    ),
    SettingKey(
        "inlay-hints",
        Kind.CHOICE,
        "calls",
        "What editors show in the text: at each call what it prepends and what is left then; with `lengths`, at the "
        "variables that lengths come from what they can be as well.",
        ("off", "calls", "lengths"),
        for_editors_only=True,
    ),
    SettingKey(
        "code-lens",
        Kind.BOOLEAN,
        "true",
        "Whether editors show above each program what it needs and where it fits.",
        for_editors_only=True,
    ),
)

KEYS: Mapping[str, SettingKey] = MappingProxyType({key.name: key for key in _TABLE})


def reference() -> str:
    """The settings as a Markdown table."""
    rows = [f"| `{key.name}` | {key.expected} | {key.default} | {key.description} |" for key in KEYS.values()]
    return "\n".join(["| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows]) + "\n"
