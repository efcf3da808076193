"""Settings from real files, an editor and the command line: what counts, and what is said of the rest."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.privileges import as_a_user
from xdp_lsp.checks import Severity
from xdp_lsp.settings import (
    KEYS,
    Configuration,
    Origin,
    Settings,
    SettingsProblem,
    configurations_for,
    find_settings_file,
    load_settings,
    reference,
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository, so that no settings above it count."""
    (tmp_path / ".git").mkdir()
    return tmp_path


def _write(project: Path, text: str | bytes) -> Path:
    path = project / ".xdp-lsp.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def _load(project: Path, text: str | bytes) -> tuple[Settings, list[str]]:
    """The settings and the problems in `text`, these as `LINE:COLUMN: message`."""
    path = _write(project, text)
    settings, problems = load_settings(project)
    assert all(problem.path == str(path) and problem.origin is Origin.FILE for problem in problems)
    return settings, [str(problem).removeprefix(f"{path}:").strip() for problem in problems]


EVERY_KEY = """
targets = ["ice@6.1", "veth:generic", "152"]
redirect-to = ["virtio_net", "lan966x-switch@6.6", "16"]
flags = ["-DDEBUG", "-Iinclude"]
mcpu = "v2"
libbpf = "third_party/libbpf"
kernel-headers = "/opt/linux/usr/include"
vmlinux = "headers"
time-limit = 2.5
memory-limit = 1024
budget = 50_000
run = "on-type"
fail-on = "never"
strict = true
inlay-hints = "off"
code-lens = false
programs = ["main_prog", "other"]

[[configuration]]
name = "mtu9000"
flags = ["-DMTU=9000", "-Ijumbo"]
files = ["src/*.c"]

[[configuration]]
name = "plain"

[severity]
headroom-exceeded = "information"
result-unchecked = "off"
"""


def test_without_anything_the_defaults_stand(project: Path) -> None:
    settings, problems = load_settings(project)
    assert problems == ()
    assert settings == Settings()
    assert settings.targets == ("mainstream",)
    assert (settings.mcpu, settings.time_limit, settings.fail_on) == ("v3", 20.0, Severity.WARNING)
    assert settings.origin_of("targets") is Origin.DEFAULT


def test_a_file_may_set_every_key_that_runs_nothing(project: Path) -> None:
    settings, problems = _load(project, EVERY_KEY)
    assert problems == []
    assert settings.targets == ("ice@6.1", "veth:generic", "152")
    assert settings.redirect_to == ("virtio_net", "lan966x-switch@6.6", "16")
    assert settings.flags == ("-DDEBUG", "-Iinclude")
    assert settings.flags_folder == str(project)
    assert settings.configuration == (
        Configuration("mtu9000", ("-DMTU=9000", "-Ijumbo"), ("src/*.c",), str(project)),
        Configuration("plain", folder=str(project)),
    )
    assert settings.programs == ("main_prog", "other")
    assert settings.mcpu == "v2"
    assert settings.libbpf == str(project / "third_party/libbpf")
    assert settings.kernel_headers == "/opt/linux/usr/include"
    assert settings.vmlinux == str(project / "headers")
    assert (settings.time_limit, settings.memory_limit, settings.budget) == (2.5, 1024, 50_000)
    assert settings.run == "on-type"
    assert settings.fail_on is None
    assert settings.strict
    assert (settings.inlay_hints, settings.code_lens) == ("off", False)
    assert settings.severity_of("headroom-exceeded", Severity.ERROR) is Severity.INFORMATION
    assert settings.severity_of("result-unchecked", Severity.WARNING) is None
    assert settings.severity_of("negative-length", Severity.WARNING) is Severity.WARNING
    assert settings.file == str(project / ".xdp-lsp.toml")
    set_here = {name for name in KEYS if settings.origin_of(name) is Origin.FILE}
    assert set_here == set(KEYS) - {"clang", "kernel-check"}


def test_libbpf_may_be_our_own(project: Path) -> None:
    assert _load(project, 'libbpf = "own"')[0].libbpf == "own"


def test_a_workspace_cannot_have_programs_loaded(project: Path) -> None:
    settings, problems = _load(project, "kernel-check = true\n")
    assert not settings.kernel_check
    (problem,) = problems
    assert problem.startswith("1:1: `kernel-check` is not taken from a workspace")
    assert load_settings(project, {"kernelCheck": True})[0].kernel_check


def test_the_compiler_never_comes_from_a_workspace(project: Path) -> None:
    settings, problems = _load(project, 'mcpu = "v2"\nclang = "./evil"\n')
    assert settings.clang is None
    assert settings.mcpu == "v2"
    (problem,) = problems
    assert problem.startswith("2:1: `clang` is not taken from a workspace")
    editor, _ = load_settings(project, {"clang": "clang-19"})
    assert (editor.clang, editor.origin_of("clang")) == ("clang-19", Origin.EDITOR)


def test_what_is_trusted() -> None:
    assert [origin for origin in Origin if origin.is_trusted] == [Origin.DEFAULT, Origin.COMMAND_LINE]


def test_command_line_over_editor_over_file(project: Path) -> None:
    _write(project, 'mcpu = "v1"\ntime-limit = 1\nstrict = true\n[severity]\nresult-unchecked = "off"\n')
    settings, problems = load_settings(
        project,
        {
            "timeLimit": 2,
            "mcpu": "v2",
            "fail-on": None,
            "clang": "",
            "severity": {"negative-length": "error", "assumed-constant": None},
        },
        {"mcpu": "v4", "time_limit": None, "severity": {"result-unchecked": "warning"}},
    )
    assert problems == ()
    assert (settings.mcpu, settings.time_limit, settings.strict) == ("v4", 2.0, True)
    assert settings.clang is None
    assert settings.origin_of("mcpu") is Origin.COMMAND_LINE
    assert settings.origin_of("time-limit") is Origin.EDITOR
    assert settings.origin_of("strict") is Origin.FILE
    assert dict(settings.severity) == {
        "result-unchecked": Severity.WARNING,
        "negative-length": Severity.ERROR,
    }


def test_what_a_stronger_origin_gets_wrong_leaves_the_weaker_one(project: Path) -> None:
    _write(project, 'mcpu = "v1"')
    settings, problems = load_settings(project, {"mcpu": "v9"}, {"targets": ["ixbge"], "timelimit": 3})
    assert settings.mcpu == "v1"
    assert settings.targets == ("mainstream",)
    assert [str(problem) for problem in problems] == [
        'editor settings: `mcpu` is one of v1, v2, v3, v4, not "v9"; ignored',
        "command line settings: unknown driver or group `ixbge`; did you mean `ixgbe`?; ignored",
        'command line settings: unknown setting "timelimit"; did you mean `time-limit`?',
    ]
    assert problems[1] == SettingsProblem(
        Origin.COMMAND_LINE, "unknown driver or group `ixbge`; did you mean `ixgbe`?; ignored"
    )


@pytest.mark.parametrize("editor", [[], "mainstream", 3])
def test_an_editor_that_sends_no_object(project: Path, editor: object) -> None:
    settings, problems = load_settings(project, editor)
    assert settings == Settings()
    (problem,) = problems
    assert str(problem) == "editor settings: the settings are not an object of keys and values; ignored"


_A_NUMBER_OF_SECONDS = "1:1: `time-limit` is a number from 1 to 3600 (seconds), not {}; ignored"
_A_LEVEL = "is one of off, information, warning, error, not"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("strict = 1", "1:1: `strict` is true or false, not 1; ignored"),
        ("\n\nmcpu = 'v9'", '3:1: `mcpu` is one of v1, v2, v3, v4, not "v9"; ignored'),
        ("mcpu = 3", "1:1: `mcpu` is one of v1, v2, v3, v4, not 3; ignored"),
        ("time-limit = 'ten'", _A_NUMBER_OF_SECONDS.format('"ten"')),
        ("time-limit = true", _A_NUMBER_OF_SECONDS.format("true")),
        ("time-limit = 0", _A_NUMBER_OF_SECONDS.format("0")),
        ("time-limit = nan", _A_NUMBER_OF_SECONDS.format("NaN")),
        ("time-limit = inf", _A_NUMBER_OF_SECONDS.format("Infinity")),
        ("time-limit = 1979-05-27", _A_NUMBER_OF_SECONDS.format('"1979-05-27"')),
        (
            "budget = 2000.5",
            "1:1: `budget` is a whole number from 1000 to 1000000000 (steps), not 2000.5; ignored",
        ),
        ("vmlinux = 'a\\u0000b'", ""),  # a literal string: a name like any other
        ('vmlinux = "a\\u0000b"', '1:1: `vmlinux` is a folder, not "a\\u0000b"; ignored'),
        ('flags = "-O2"', '1:1: `flags` is a list of strings, not "-O2"; ignored'),
        ("severity = 'off'", '1:1: `severity` is a table of finding codes, not "off"; ignored'),
        ("targets = []", "1:1: `targets` names no target; ignored"),
        ("redirect-to = []", ""),  # what a file's command line, or an editor, takes back
        ('redirect-to = "ice"', '1:1: `redirect-to` is a list of drivers, not "ice"; ignored'),
        (
            'redirect-to = ["ice", "ice:generic"]',
            "1:23: `ice:generic` gives a mode: what a driver wants to send does not depend on one; ignored",
        ),
        ("timelimit = 3", '1:1: unknown setting "timelimit"; did you mean `time-limit`?'),
        ("colour = true", '1:1: unknown setting "colour"; ignored'),
        (
            '# "severity"\n[severity]\n  negative-lenght = "off"',
            '3:3: `severity` names "negative-lenght", which is no finding\'s code; '
            "did you mean `negative-length`?",
        ),
        (
            'severity.negative-length = "fatal"',
            f'1:1: the severity of `negative-length` {_A_LEVEL} "fatal"; ignored',
        ),
        (
            'severity = { negative-length = ["off"] }',
            f'1:14: the severity of `negative-length` {_A_LEVEL} ["off"]; ignored',
        ),
        (
            'severity = { negative-length = "off", foo = "off" }',
            '1:39: `severity` names "foo", which is no finding\'s code; ignored',
        ),
    ],
)
def test_a_bad_value_is_told_with_its_place(project: Path, text: str, problem: str) -> None:
    _, problems = _load(project, text)
    assert problems == ([problem] if problem else [])


def test_a_bad_value_leaves_the_default(project: Path) -> None:
    settings, problems = _load(
        project, "mcpu = 3\ntime-limit = 'ten'\nstrict = 1\ntargets = ['nope']\nflags = 1\n"
    )
    assert len(problems) == 5
    assert settings._replace(file="") == Settings()


BAD_ELEMENTS = """\
# targets = ["x"]
targets = [
  "ice", # "ixbge"
  "ixbge",
\t"é", 7,
  "veth",
]
flags = ["-DA", ""]
"""


def test_a_bad_element_is_told_and_the_rest_stands(project: Path) -> None:
    settings, problems = _load(project, BAD_ELEMENTS)
    assert settings.targets == ("ice", "veth")
    assert settings.flags == ("-DA",)
    assert problems == [
        "4:3: unknown driver or group `ixbge`; did you mean `ixgbe`?; ignored",
        "5:2: unknown driver or group `é`; for a driver without a native mode write `generic`; ignored",
        "5:8: `targets` is a list of targets, not of 7; ignored",  # in bytes: é takes two
        '8:17: `flags` is a list of strings, not of ""; ignored',
    ]


def test_several_problems_are_all_told_and_the_rest_stands(project: Path) -> None:
    settings, problems = _load(project, 'mcpu = "v9"\nstrict = true\ntargets = ["nope@6.1"]\n')
    assert settings.strict
    assert settings.targets == ("mainstream",)
    assert [problem.partition(": ")[0] for problem in problems] == ["1:1", "3:12"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("strict true\n", 1),
        ("strict = true\nmcpu = ", 2),
        ("\n\né = 1", 3),
        ("flags = ['é' 1]", 1),
        ("strict = true\r\nstrict = false", 2),
        ('a = "\\x', 1),
        ("strict = true\nflags = [\n\n", 3),  # at the end of the document
    ],
)
def test_malformed_toml_is_told_with_its_line(project: Path, text: str, line: int) -> None:
    settings, problems = _load(project, text)
    (problem,) = problems
    # Columns and words are tomllib's and change between versions.
    assert re.match(rf"{line}:\d+: this is not TOML: [^\n]+$", problem)
    assert settings._replace(file="") == Settings()


def test_the_column_of_malformed_toml_counts_bytes(project: Path) -> None:
    _, in_ascii = _load(project, "flags = ['e' 1]")
    _, in_utf_8 = _load(project, "flags = ['é' 1]")
    columns = [int(problem.split(":")[1]) for problem in (*in_ascii, *in_utf_8)]
    assert columns[1] == columns[0] + 1


@given(st.text(max_size=60) | st.text("[]{}=.,\"'#\n\\ abtargetsmcpu1", max_size=60))
def test_any_text_is_read_or_told(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / ".git").mkdir()
        _write(project, text)
        settings, problems = load_settings(project)
        assert settings.targets == ("mainstream",)
        assert all("\n" not in str(problem) for problem in problems)


@pytest.mark.parametrize(
    ("contents", "problem"),
    [
        (b"strict = true\nflags = ['\xff']", "line 2 is not UTF-8, which TOML has to be"),
        ("strict = true".encode("utf-16"), "line 1 is not UTF-8, which TOML has to be"),
        (b"#" * (16 * 1024 + 1), "the file is larger than 16 KiB, too large for settings"),
        (b"a = " + b"[" * 10_000, "the settings are nested too deeply"),
        (b"budget = " + b"9" * 5_000, "this is not TOML: "),
        (b"\0", "this is not TOML: "),
    ],
)
def test_what_is_no_text_of_settings_is_one_sentence(project: Path, contents: bytes, problem: str) -> None:
    settings, problems = _load(project, contents)
    (told,) = problems
    assert problem in told
    assert "\n" not in told
    assert settings._replace(file="") == Settings()


def test_a_byte_order_mark_and_crlf_are_fine(project: Path) -> None:
    settings, problems = _load(project, b'\xef\xbb\xbfstrict = true\r\nmcpu = "v1"\r\nbudgt = 1\r\n')
    assert settings.strict
    assert settings.mcpu == "v1"
    assert problems == ['3:1: unknown setting "budgt"; did you mean `budget`?']


def test_a_folder_of_that_name(project: Path) -> None:
    (project / ".xdp-lsp.toml").mkdir()
    settings, problems = load_settings(project)
    assert [str(problem) for problem in problems] == [
        f"{project / '.xdp-lsp.toml'}: this is not a regular file"
    ]
    assert settings._replace(file="") == Settings()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_of_that_name_does_not_block(project: Path) -> None:
    os.mkfifo(project / ".xdp-lsp.toml")
    _, problems = load_settings(project)
    assert [problem.message for problem in problems] == ["this is not a regular file"]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights there")
def test_a_link_to_nowhere_is_told(project: Path) -> None:
    (project / ".xdp-lsp.toml").symlink_to(project / "gone")
    _, problems = load_settings(project)
    (problem,) = problems
    assert problem.message == "the settings cannot be read: No such file or directory"
    assert (problem.line, problem.column) == (0, 0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs modes of files")
def test_a_file_without_permission_is_told(project: Path) -> None:
    _write(project, "strict = true").chmod(0)
    with as_a_user():
        settings, problems = load_settings(project)
    assert not settings.strict
    assert [problem.message for problem in problems] == ["the settings cannot be read: Permission denied"]


def test_the_nearest_file_counts(project: Path) -> None:
    outer = _write(project, "")
    inner = project / "a" / "b"
    inner.mkdir(parents=True)
    assert find_settings_file(inner) == outer
    nearer = _write(project / "a", "")
    assert find_settings_file(inner) == nearer
    assert find_settings_file(inner / "not" / "there") == nearer
    assert find_settings_file(project) == outer


@pytest.mark.parametrize("is_worktree", [False, True])
def test_the_search_ends_at_the_root_of_the_repository(tmp_path: Path, is_worktree: bool) -> None:
    _write(tmp_path, "")
    root = tmp_path / "repository"
    source = root / "src"
    source.mkdir(parents=True)
    if is_worktree:
        (root / ".git").write_text("gitdir: elsewhere\n")
    else:
        (root / ".git").mkdir()
    assert find_settings_file(source) is None
    at_root = _write(root, "")
    assert find_settings_file(source) == at_root


def test_names_with_spaces_and_other_letters(project: Path) -> None:
    folder = project / "größe und maß"
    folder.mkdir()
    path = _write(folder, "vmlinux = 'ein ordner'\nx = 1")
    settings, problems = load_settings(folder)
    assert settings.vmlinux == str(folder / "ein ordner")
    assert str(problems[0]) == f'{path}:2:1: unknown setting "x"; ignored'


def test_a_relative_folder_of_an_editor_starts_at_the_current_one(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("HOME", str(project / "home"))
    settings, _ = load_settings(
        project / "src", {"vmlinux": "headers", "clang": "~/bin/clang", "flags": ["-Iinclude"]}
    )
    assert settings.vmlinux == str(project / "headers")
    assert settings.flags_folder == str(project)
    if sys.platform != "win32":
        assert settings.clang == str(project / "home/bin/clang")


def test_the_table_and_the_record_name_the_same_settings() -> None:
    fields = set(Settings._fields) - {"file", "origins", "flags_folder", "untrusted"}
    assert {key.field for key in KEYS.values()} == fields


def test_the_defaults_of_the_table_are_those_of_the_record() -> None:
    default = Settings()
    shown = {name: key.default for name, key in KEYS.items()}
    assert shown["targets"] == '["' + '", "'.join(default.targets) + '"]'
    assert shown["mcpu"] == default.mcpu
    assert float(shown["time-limit"]) == default.time_limit
    assert int(shown["memory-limit"]) == default.memory_limit
    assert shown["fail-on"] == (default.fail_on.value if default.fail_on else "never")
    assert shown["strict"] == str(default.strict).lower()


def test_the_reference_has_every_key() -> None:
    rows = reference().splitlines()
    assert [row.split("`")[1] for row in rows[2:]] == list(KEYS)
    assert "| `time-limit` | a number from 1 to 3600 (seconds) | 20 |" in reference()


def test_what_is_wrong_with_a_configuration_is_told_at_its_place(project: Path) -> None:
    settings, problems = _load(
        project,
        """
[[configuration]]
name = "jumbo"
flags = ["-DMTU=9000", 7]
file = ["src/*.c"]

[[configuration]]
name = "jumbo"

[[configuration]]
flags = []

[[configuration]]
name = "default"

[[configuration]]
name = "a, b"
files = "src"
""",
    )
    assert settings.configuration == (Configuration("jumbo", ("-DMTU=9000",), (), str(project)),)
    assert problems == [
        "4:24: `flags` is a list of strings, not of 7; ignored",
        '5:1: a configuration has no "file"; did you mean `files`?',
        '8:1: there are two configurations "jumbo"; this configuration is ignored',
        "10:1: a configuration needs a `name`; this configuration is ignored",
        "14:1: no configuration can be called `default`, as is what files have that have none; "
        "this configuration is ignored",
        '17:1: the name of a configuration is printable and has no commas, unlike "a, b"; '
        "this configuration is ignored",
    ]


def test_an_editor_gives_configurations_as_objects(project: Path) -> None:
    _write(project, '[[configuration]]\nname = "of the file"\n')
    settings, problems = load_settings(project, {"configuration": [{"name": "jumbo"}, 7]})
    assert [one.name for one in settings.configuration] == ["jumbo"]
    assert [problem.message for problem in problems] == [
        "`configuration` is a list of tables with `name`, `flags` and, optionally, `files`, not of 7; ignored"
    ]


@pytest.mark.parametrize(
    ("pattern", "name", "has"),
    [
        ("src/*.c", "src/a.c", True),
        ("src/*.c", "src/deep/a.c", False),
        ("./src//*.c", "src/a.c", True),
        ("src/**/*.c", "src/a.c", True),
        ("src/**/*.c", "src/deep/er/a.c", True),
        ("**/a.c", "a.c", True),
        ("src/**", "src/deep/a.c", True),
        ("src", "src/a.c", False),
        ("*.c", "src/a.c", False),
        ("*.c", "../a.c", False),
        ("../*.c", "../a.c", False),
        ("[ab].c", "a.c", True),
        ("**/x" * 2000, "x/" * 40 + "a.c", False),  # in no time
    ],
)
def test_patterns_say_which_files_have_a_configuration(
    project: Path, pattern: str, name: str, has: bool
) -> None:
    one = Configuration("jumbo", files=(pattern,), folder=str(project))
    assert bool(configurations_for(Settings(configuration=(one,)), str(project / name))) is has
