"""`xdp-lsp doctor`: which compiler, headers and settings are in use, and what is missing."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import xdp_lsp
from xdp_lsp.analysis import Status
from xdp_lsp.analysis.words import count
from xdp_lsp.cli.configurations import add_option, configuration_for
from xdp_lsp.cli.output import write
from xdp_lsp.cli.status import CLEAN, FAILED
from xdp_lsp.headroom import portable, resolve
from xdp_lsp.pipeline import analyse_path
from xdp_lsp.pipeline.memory import usual_store
from xdp_lsp.report import doctor
from xdp_lsp.report.doctor import Diagnosis, Health
from xdp_lsp.settings import KEYS, Settings, SettingsProblem, load_settings
from xdp_lsp.toolchain import (
    Compiler,
    Description,
    HeaderSource,
    ToolchainSettings,
    compile_command,
    describe,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", nargs="?", help="a C file, to see its settings, flags and result"
    )
    parser.add_argument("--clang", metavar="TEXT", help="the compiler to look at")
    add_option(parser, "the first")
    parser.add_argument(
        "--editor",
        metavar="JSON",
        type=_json,
        help="the settings of an editor, as it sends them to the server",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise argparse.ArgumentTypeError("this is not JSON") from None


def run(arguments: argparse.Namespace) -> int:
    file = None if arguments.file is None else os.path.abspath(arguments.file)  # noqa: PTH100
    command_line: dict[str, object] = {"clang": arguments.clang, "flags": arguments.flags or None}
    folder = Path(file).parent if file else Path.cwd()
    settings, problems = load_settings(folder, arguments.editor, command_line)
    diagnoses = [
        Diagnosis("xdp-lsp", Health.OK, f"{xdp_lsp.__version__} (Python {platform.python_version()})"),
        _remembered(),
        *_toolchain(settings),
        *_settings(settings, problems),
        _targets(settings),
        *(_file(file, settings, arguments.only_configuration) if file else ()),
    ]
    render = doctor.render_json if arguments.format == "json" else doctor.render_text
    write(render(diagnoses))
    return FAILED if any(one.health is Health.ERROR for one in diagnoses) else CLEAN


def _remembered() -> Diagnosis:
    store = usual_store()
    entries, size = store.extent()
    return Diagnosis(
        "remembered", Health.OK, f"{count(entries, 'answer')} ({size >> 10} KiB): {store.folder}"
    )


def _toolchain(settings: Settings) -> Iterator[Diagnosis]:
    found = describe(
        ToolchainSettings(
            clang=settings.clang,
            libbpf=settings.libbpf,
            kernel_headers=settings.kernel_headers,
            vmlinux=settings.vmlinux,
        )
    )
    if found.compiler is not None:
        yield Diagnosis("compiler", Health.OK, f"{_compiler(found.compiler)} ({found.compiler.origin})")
    for other in found.others:
        seen = _compiler(other) if isinstance(other, Compiler) else f"{other.path} {other.reason}"
        yield Diagnosis("not used", Health.OK, seen)
    if found.headers is not None:
        yield Diagnosis("kernel headers", Health.OK, _headers(found.headers.kernel))
        yield Diagnosis("libbpf headers", Health.OK, _headers(found.headers.libbpf))
    yield Diagnosis("kernel BTF", Health.OK, found.kernel_btf or "none")
    yield Diagnosis("vmlinux.h", Health.OK, _vmlinux(found))
    if found.libclang:
        yield Diagnosis("libclang", Health.OK, found.libclang)
    for missing in found.missing:
        health = Health.ERROR if missing.is_needed else Health.NOTE
        yield Diagnosis("missing", health, missing.what, missing.remedy)


def _compiler(compiler: Compiler) -> str:
    return f"clang {compiler.version}: {' '.join(compiler.command)}"


def _vmlinux(found: Description) -> str:
    if found.vmlinux:
        return f"{found.vmlinux} (setting)"
    if found.made_vmlinux is not None:
        days = (time.time() - found.made_vmlinux.stat().st_mtime) / 86400
        return f"{found.made_vmlinux} (made from the kernel's BTF, {days:.0f} days ago)"
    return "made from the kernel's BTF where a source needs one" if found.kernel_btf else "none"


def _headers(source: HeaderSource) -> str:
    version = f"{source.version}: " if source.version else ""
    return f"{version}{source.folder} ({source.origin})"


def _settings(settings: Settings, problems: tuple[SettingsProblem, ...]) -> Iterator[Diagnosis]:
    yield Diagnosis("settings", Health.OK, settings.file or "no .xdp-lsp.toml; defaults")
    for name, origin in settings.origins:
        value = getattr(settings, KEYS[name].field)
        yield Diagnosis(f"  {name}", Health.OK, f"{_show(value)} ({origin.value})")
    for problem in problems:
        yield Diagnosis("settings", Health.NOTE, str(problem), "correct it; until then the default holds")


def _show(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _targets(settings: Settings) -> Diagnosis:
    targets = resolve(settings.targets)
    least = portable(targets)
    names = ", ".join(target.spec for target in targets)
    return Diagnosis(
        "targets",
        Health.OK,
        f"{', '.join(settings.targets)}: {names}\nportable {least.usable}, set by {least.spec}",
    )


def _file(file: str, settings: Settings, wanted: str | None) -> Iterator[Diagnosis]:
    """How one file is compiled, and what comes of it."""
    report = analyse_path(file, settings, configuration=configuration_for(file, settings, wanted))
    if len(report.configurations) > 1 or wanted is not None:
        others = [one for one in report.configurations if one != report.analysis.configuration]
        rest = f"; there are {', '.join(others)} as well" if others else ""
        yield Diagnosis("configuration", Health.OK, f"{report.analysis.configuration}{rest}")
    known = {flag for layer in report.layers for flag in layer.flags.kept}
    for layer in report.layers:
        flags = shlex.join(layer.flags.kept) or "none"
        line = f":{layer.line}" if layer.line else ""
        place = f"{layer.origin}{line}: " if layer.origin else ""
        how = "guessed, " if layer.is_guess else ""
        yield Diagnosis("flags", Health.OK, f"{place}{how}{layer.reason}: {flags}")
        for flag, why in layer.flags.dropped if layer.is_read else ():
            yield Diagnosis("  left out", Health.OK, f"{flag}: it {why}")
    for tried in report.tried:
        new = [flag for flag in tried if flag not in known]
        yield Diagnosis("tried", Health.OK, f"in vain: {shlex.join(new)}")
    for remark in report.flag_remarks:
        yield Diagnosis("flags", Health.NOTE, remark)
    if report.compiled is not None and report.compiled.request and report.compiled.toolchain:
        command = compile_command(report.compiled.toolchain, report.compiled.request)
        yield Diagnosis("command", Health.OK, shlex.join(command))
    analysis = report.analysis
    if analysis.status in (Status.ANALYSED, Status.NO_PROGRAM):
        names = ", ".join(program.name for program in analysis.programs) or "no XDP program"
        yield Diagnosis("result", Health.OK, f"{names}; clang took {report.timings.clang * 1000:.0f} ms")
    else:
        yield Diagnosis("result", Health.ERROR, analysis.reason, report.hint)
