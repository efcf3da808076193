"""The settings as the rest of the program sees them."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from xdp_lsp.checks import Severity


class Origin(Enum):
    """Where a value comes from, the weakest first."""

    DEFAULT = "default"
    FILE = "file"
    EDITOR = "editor"
    COMMAND_LINE = "command line"

    @property
    def is_trusted(self) -> bool:
        """Whether the user, and no one else, can have written it.

        A file comes with the workspace, and what an editor sends may be the workspace's own editor settings.
        """
        return self in (Origin.DEFAULT, Origin.COMMAND_LINE)


class Configuration(NamedTuple):
    """A way to compile files: `flags` besides the setting of that name.

    `files` are patterns for the names of the files that have it, relative to `folder` (absolute), as are paths in
    `flags`; every file where there are none.
    """

    name: str
    flags: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    folder: str = ""

    def __str__(self) -> str:
        return self.name


class Settings(NamedTuple):
    """What the user chose, every value checked; keys.py says what each means.

    None stands for what the package in question finds or holds by default. `targets` and `redirect_to` resolve.
    Folders are absolute; relative paths in `flags` start at `flags_folder`. `fail_on` None is `never`; a severity
    None is `off`. `file` is the `.xdp-lsp.toml` that was read, empty where there is none. `untrusted` are the folders,
    absolute, of which nothing is to be used; none where the user trusts the workspace.
    """

    targets: tuple[str, ...] = ("mainstream",)
    redirect_to: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    configuration: tuple[Configuration, ...] = ()
    programs: tuple[str, ...] = ()
    mcpu: str = "v3"
    clang: str | None = None
    libbpf: str | None = None
    kernel_headers: str | None = None
    vmlinux: str | None = None
    run: str = "on-save"
    time_limit: float = 20.0  # seconds
    memory_limit: int = 4096  # MiB
    budget: int | None = None  # steps
    kernel_check: bool = False
    fail_on: Severity | None = Severity.WARNING
    strict: bool = False
    severity: tuple[tuple[str, Severity | None], ...] = ()
    inlay_hints: str = "calls"
    code_lens: bool = True
    flags_folder: str = ""
    file: str = ""
    untrusted: tuple[str, ...] = ()
    origins: tuple[tuple[str, Origin], ...] = ()

    def origin_of(self, key: str) -> Origin:
        """Where the value of `key` (kebab-case) comes from."""
        return dict(self.origins).get(key, Origin.DEFAULT)

    def severity_of(self, code: str, usual: Severity) -> Severity | None:
        """The severity of a finding with `code`, `usual` unless the user says otherwise; None: not told."""
        return dict(self.severity).get(code, usual)


class SettingsProblem(NamedTuple):
    """A value that was not taken, and why, in one sentence.

    `path`, `line` and `column` (from 1; 0 where the whole file is meant) are set where `origin` is a file.
    """

    origin: Origin
    message: str
    path: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.path:
            return f"{self.origin.value} settings: {self.message}"
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.path}{place}: {self.message}"
