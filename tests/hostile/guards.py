"""What keeps a hostile folder from doing harm, each taken away once, with the test of the attack that then succeeds.

Where several stand behind one another, the test is one that tells them apart, or they are taken away together: what
forbids git to fetch. What forbids it hooks and monitors is not here: none of the commands that are run would start one.
"""

from __future__ import annotations

from tests.mutation.mutant import mutants

_RUNS_NOTHING = (
    "hostile/test_nothing_is_run.py::test_the_command_line_runs_nothing_of_a_folder_and_gives_its_answers"
)
_SERVER_RUNS_NOTHING = (
    "hostile/test_nothing_is_run.py::test_the_server_runs_nothing_of_a_folder_that_it_is_started_in"
)
_CACHE = "hostile/test_cache.py"
_ENDS = "hostile/test_everything_ends.py"
_NAMES = "hostile/test_hostile_names.py"


def _passes(words: str) -> tuple[str, str]:
    """`filter_flags` lets flags through that begin so."""
    return (
        "    return any(pattern.fullmatch(flag) for pattern in (_PLAIN, _CODE, _CODE_WITH_VALUE))",
        f"    return bool(re.match({words!r}, flag)) or any(\n"
        "        pattern.fullmatch(flag) for pattern in (_PLAIN, _CODE, _CODE_WITH_VALUE)\n    )",
    )


GUARDS = [
    *mutants(
        "toolchain/flags.py",
        ("flags: plugins are loaded", *_passes("-fplugin|-fpass-plugin"), _RUNS_NOTHING),
        ("flags: orders to the compiler behind the driver pass", *_passes("-Xclang|-load"), _RUNS_NOTHING),
        ("flags: LLVM's own options load plugins", *_passes("-mllvm"), _RUNS_NOTHING),
        ("flags: files of flags are read", *_passes("@"), _RUNS_NOTHING),
        ("flags: configurations of clang are read", *_passes("--config"), _RUNS_NOTHING),
        ("flags: a wrapper is run", *_passes("-wrapper"), _RUNS_NOTHING),
        ("flags: the assembler is a program", *_passes("-B.|-fno-integrated-as"), _RUNS_NOTHING),
        ("flags: a folder may say where clang is", *_passes("-fno-integrated-cc1|-ccc"), _RUNS_NOTHING),
        ("flags: an overlay names files", *_passes("-ivfsoverlay"), _RUNS_NOTHING),
        ("flags: a folder names the output", *_passes("-o"), _RUNS_NOTHING),
        ("flags: a list of dependencies goes where it is told", *_passes("-MJ."), _RUNS_NOTHING),
        ("flags: messages are written to a file", *_passes("--serialize-diagnostics"), _RUNS_NOTHING),
        ("flags: times are written to a file", *_passes("-ftime-trace"), _RUNS_NOTHING),
        (
            "flags: half a surrogate pair is a name",
            'deque(_HALF.sub("\\0", flag) for flag in flags)',
            "deque(flags)",
            f"{_ENDS}::test_a_database_with_what_is_no_name_is_read",
        ),
    ),
    *mutants(
        "settings/load.py",
        (
            "settings: a folder names the compiler, and has the kernel asked",
            "if key.from_machine_only and layer.origin is Origin.FILE:",
            "if False:",
            _RUNS_NOTHING,
        ),
        (
            "settings: a file of any size is read",
            "if len(contents) > _MOST_BYTES:",
            "if False:",
            "settings/test_settings_load.py",
        ),
    ),
    *mutants(
        "toolchain/clang.py",
        (
            "clang: it may lie where we are",
            "for folder in map(Path, dict.fromkeys(entries)) if folder.is_absolute()]",
            "for folder in map(Path.absolute, map(Path, dict.fromkeys(entries)))]",
            _RUNS_NOTHING,
        ),
        (
            "clang: a wheel may lie where we are",
            "[entry for entry in sys.path if entry and Path(entry) != here]",
            "[entry or str(here) for entry in sys.path]",
            "toolchain/test_clang.py::test_a_wheel_in_the_current_folder_is_not_taken",
        ),
    ),
    *mutants(
        "pipeline/processes.py",
        (
            "processes: a worker imports from where we are",
            '        os.environ["PYTHONSAFEPATH"] = "1"',
            "        pass",
            _SERVER_RUNS_NOTHING,
        ),
    ),
    *mutants(
        "toolchain/git.py",
        (
            "git: what is lacking is fetched",
            '    *("-c", "protocol.allow=never", "-c", "gc.auto=0", "-c", "maintenance.auto=false"),\n)\n'
            '_FORBIDDEN = {\n    "GIT_ALLOW_PROTOCOL": "",\n    "GIT_NO_LAZY_FETCH": "1",\n',
            ")\n_FORBIDDEN = {\n",
            "toolchain/test_git.py",
        ),
        (
            "git: names lead out of a commit",
            'not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)',
            "True",
            "toolchain/test_git.py",
        ),
        (
            "git: links lead out of a commit",
            'or target.startswith("/") or ups > depth or',
            "or",
            "toolchain/test_git.py",
        ),
    ),
    *mutants(
        "toolchain/cache.py",
        (
            "cache: it may lie where we are",
            'Path(named) if Path(named).is_absolute() else Path.home() / ".cache"',
            'Path(named) if named else Path.home() / ".cache"',
            "hostile/test_nothing_is_run.py::test_a_cache_is_never_looked_for_in_the_folder",
        ),
        (
            "cache: others may write to it",
            " and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)",
            "",
            f"{_CACHE}::test_a_cache_that_others_may_have_filled_is_not_believed",
        ),
        (
            "cache: it may be somebody else's",
            "link.st_uid == status.st_uid == os.getuid() and",
            "",
            f"{_CACHE}::test_a_cache_of_somebody_else_is_not_used",
        ),
        (
            "cache: others see its folders",
            "folder.mkdir(mode=0o700, exist_ok=True)",
            "folder.mkdir(exist_ok=True)",
            f"{_CACHE}::test_only_the_user_can_see_what_a_run_leaves_whatever_the_umask",
        ),
        (
            "cache: a file is written where it is read",
            "            stream.write(contents)\n        Path(name).replace(target)",
            "            pass\n        target.write_bytes(contents)\n        Path(name).unlink()",
            f"{_CACHE}::test_what_is_kept_is_whole_whenever_its_writers_are_killed",
        ),
    ),
    *mutants(
        "toolchain/store.py",
        (
            "store: an entry that was cut short is one",
            "if len(entry) > LARGEST or contents[:_CHECK] != _check(entry):",
            "if len(entry) > LARGEST:",
            "pipeline/test_kept_reports.py",
        ),
    ),
    *mutants(
        "pipeline/records.py",
        (
            "records: what lies in the cache calls functions",
            'raise pickle.UnpicklingError(f"{module}.{name} is no record")',
            "return getattr(import_module(module), name)",
            f"{_CACHE}::test_what_was_put_into_the_cache_runs_nothing_and_changes_no_answer",
        ),
    ),
    *mutants(
        "source/contents.py",
        (
            "contents: a pipe is waited for",
            'os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) |',
            "os.O_RDONLY |",
            f"{_ENDS}::test_nothing_but_regular_files_is_read[pipe]",
        ),
        (
            "contents: a device is read",
            "if not stat.S_ISREG(mode):",
            "if False:",
            f"{_ENDS}::test_a_source_that_is_no_file_is_a_sentence",
        ),
        (
            "contents: a file is read whole",
            "return stream.read(most)",
            "return stream.read()",
            f"{_ENDS}::test_what_is_too_large_is_not_read",
        ),
        (
            "contents: links to folders are followed",
            'not entry.name.startswith(".") and not entry.is_symlink()',
            'not entry.name.startswith(".")',
            f"{_NAMES}::test_links_lead_nowhere_that_is_looked_through",
        ),
        (
            "contents: folders are listed by recursion",
            "        yield folder, sorted(names)\n        waiting += sorted(folders, reverse=True)",
            "        yield folder, sorted(names)\n"
            "        for one in folders:\n            yield from walk(one, problems)",
            f"{_ENDS}::test_a_folder_that_is_deep_is_listed",
        ),
    ),
    *mutants(
        "project/repository.py",
        (
            "repository: files are listed without end",
            "if len(files) >= MOST_FILES or time.monotonic() > until:",
            "if False:",
            f"{_ENDS}::test_a_folder_with_more_files_than_are_listed_is_listed_in_part",
        ),
    ),
    *mutants(
        "toolchain/process.py",
        (
            "process: time is not limited",
            "            timer.start()\n",
            "",
            f"{_ENDS}::test_no_source_keeps_the_compiler_for_ever",
        ),
        (
            "process: memory is not limited",
            "            (resource.RLIMIT_AS, limits.memory),\n",
            "",
            "toolchain/test_bounds.py",
        ),
        (
            "process: files are not limited",
            "            (resource.RLIMIT_FSIZE, limits.file),\n",
            "",
            "toolchain/test_bounds.py",
        ),
        (
            "process: output is not limited",
            "if size > limit:",
            "if False:",
            "toolchain/test_bounds.py",
        ),
        (
            "process: children are left behind",
            "            os.killpg(process.pid, signal.SIGKILL)",
            "            process.kill()",
            "toolchain/test_bounds.py",
        ),
    ),
    *mutants(
        "toolchain/libclang.py",
        (
            "libclang: it is waited for",
            "    timer.start()\n",
            "",
            f"{_ENDS}::test_what_is_meant_for_libclang_alone_does_not_reach_it",
        ),
    ),
    *mutants(
        "project/guesses/includes.py",
        (
            "includes: names are looked for without end",
            "if time.process_time() > until:",
            "if False:",
            f"{_ENDS}::test_what_is_followed_for_a_guess_is_bounded",
        ),
    ),
    *mutants(
        "project/clangd.py",
        (
            "clangd: a file of any size is read",
            "if size > LARGEST_FILE:",
            "if False:",
            "project/test_clangd.py",
        ),
        (
            "clangd: brackets are nested without end",
            'if sum(map(text.count, "[{")) > _MOST_BRACKETS:',
            "if False:",
            "project/test_clangd.py",
        ),
    ),
    *mutants(
        "objfile/compressed.py",
        (
            "compressed: a section unpacks to what it says",
            "if size > spare:",
            "if False:",
            "program/test_forms.py",
        ),
    ),
    *mutants(
        "source/printable.py",
        (
            "printable: orders to the terminal pass",
            "if text.isprintable():",
            "if True:",
            f"{_NAMES}::test_each_name_is_analysed_and_none_steers_a_terminal",
        ),
    ),
    *mutants(
        "report/page/markup.py",
        (
            "markup: a name is code",
            "{tostring(page, encoding='us-ascii', method='html').decode()}",
            "{__import__('html').unescape(tostring(page, encoding='us-ascii', method='html').decode())}",
            f"{_NAMES}::test_none_is_code_on_the_page_or_breaks_a_machines_format",
        ),
    ),
    *mutants(
        "report/github.py",
        (
            "github: a line ends where a name says so",
            '.replace("\\r", "%0D").replace("\\n", "%0A")',
            "",
            "report/test_formats.py",
        ),
    ),
]
