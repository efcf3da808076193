"""From one file to a report: clang, then the analysis."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

from xdp_lsp.analysis import FileAnalysis, Link, Question, Status, analyse_object
from xdp_lsp.headroom import Target, outliers, resolve, resolve_senders
from xdp_lsp.pipeline.build import Built, build
from xdp_lsp.pipeline.compile_findings import compile_findings, failure_finding, reason
from xdp_lsp.pipeline.enrich import enrich
from xdp_lsp.pipeline.files import (
    LARGEST_OBJECT,
    LARGEST_SOURCE,
    Sources,
    UnreadableError,
    is_object,
    read_file,
)
from xdp_lsp.pipeline.flags import flags_of
from xdp_lsp.pipeline.report import Compiled, FileReport, SourceSnapshot, Timings
from xdp_lsp.pipeline.toolchains import toolchain_of
from xdp_lsp.pipeline.untrusted import explained
from xdp_lsp.project import DEFAULT
from xdp_lsp.settings import Settings
from xdp_lsp.toolchain import (
    CompileRequest,
    CompileResult,
    Toolchain,
    ToolchainError,
    precompile,
    visible_folders,
)
from xdp_lsp.verifier import DEFAULT_BUDGET


def analyse_path(
    path: str,
    settings: Settings,
    toolchain: Toolchain | None = None,
    link: Link | None = None,
    *,
    configuration: str = DEFAULT,
) -> FileReport:
    """The full report for the C file or object at `path` (absolute), enriched; `link` is its place in a chain.

    A source is compiled in one of its `configurations_of`, the first unless another one is named.

    With what the running kernel refuses, where the settings ask for that.

    Never raises for what is wrong with the file. Without `toolchain` one is looked for, should `path` need it.
    """
    report = verdict_of(path, settings, toolchain, link, configuration=configuration)
    prepare_next(report)
    return with_kernel(enrich(report, link), settings)


def with_kernel(report: FileReport, settings: Settings) -> FileReport:
    """`report` with what the running kernel refuses, where the setting `kernel-check` asks for that."""
    if not settings.kernel_check:
        return report
    from xdp_lsp.pipeline import kernel_check  # noqa: PLC0415 - few ask for it, and it reads logs and speaks bpf(2)

    return kernel_check.with_refusals(report, settings)


def verdict_of(
    path: str,
    settings: Settings,
    toolchain: Toolchain | None = None,
    link: Link | None = None,
    *,
    configuration: str = DEFAULT,
) -> FileReport:
    """As `analyse_path`, up to the verdict."""
    try:
        if is_object(path):
            return analyse_built(path, read_file(path, LARGEST_OBJECT), settings, link)
        snapshot = SourceSnapshot(path, read_file(path, LARGEST_SOURCE), configuration)
        toolchain = toolchain or toolchain_of(settings)
        return analyse_source(snapshot, settings, toolchain, link=link)
    except UnreadableError as error:
        return FileReport(FileAnalysis(path, configuration, Status.UNREADABLE, reason=str(error)))
    except ToolchainError as error:
        return no_compiler(path, configuration, error)


def analyse_built(path: str, contents: bytes, settings: Settings, link: Link | None = None) -> FileReport:
    """The report for an object that was built elsewhere, `contents` being its bytes."""
    begin = time.perf_counter()
    sources = Sources(path, None)
    analysis = _analyse(contents, path, DEFAULT, settings, sources, link=link)
    timings = Timings(analysis=time.perf_counter() - begin)
    return _with_lines(
        FileReport(analysis, timings=timings, compiled=Compiled(contents, None, None)), sources
    )


def analyse_source(
    snapshot: SourceSnapshot,
    settings: Settings,
    toolchain: Toolchain,
    on_start: Callable[[int], None] | None = None,
    *,
    link: Link | None = None,
) -> FileReport:
    """Compile and analyse `snapshot`, up to the verdict. `on_start` is as for `compile_source`.

    The report is of the first of the file's configurations where it has none of the name that is asked for.
    """
    begin = time.perf_counter()
    flags = flags_of(snapshot.path, settings, snapshot.configuration)
    request = CompileRequest(snapshot.path, snapshot.contents, others=snapshot.others)
    if settings.untrusted:
        request = request._replace(visible=visible_folders(toolchain, flags.kept, settings.untrusted))
    sources = Sources(request.path, request.contents, request.others, request.visible)
    result, request, layers, tried = build(toolchain, request, flags, on_start)
    compiled_at = time.perf_counter()
    if result.object is None:
        if settings.untrusted:
            result, findings, why = explained(snapshot, result)
        else:
            findings, why = compile_findings(snapshot.path, result), reason(snapshot.path, result)
        analysis = FileAnalysis(
            snapshot.path, flags.configuration, Status.COMPILE_ERROR, findings=findings, reason=why
        )
        compiled = None
    else:
        analysis = _analyse(result.object, snapshot.path, flags.configuration, settings, sources, link=link)
        compiled = Compiled(result.object, request, toolchain, result.dependencies)
    report = FileReport(
        analysis,
        result.diagnostics,
        result.dependencies,
        flags.remarks,
        hint=result.hint or "",
        layers=layers,
        configurations=flags.configurations,
        tried=tried,
        timings=_timings(result, begin, compiled_at),
        compiled=compiled,
    )
    return _with_lines(report, sources)


def object_of(
    path: str, settings: Settings, on_start: Callable[[int], None] | None = None
) -> tuple[bytes | None, str]:
    """The bytes of the built object at `path`, or of what clang makes of the C file; else why there are none."""
    try:
        if is_object(path):
            return read_file(path, LARGEST_OBJECT), ""
        result = built_from(path, settings, toolchain_of(settings), on_start).result
    except (UnreadableError, ToolchainError) as error:
        return None, str(error)
    return result.object, "" if result.object is not None else reason(path, result)


def prepare_next(report: FileReport, on_start: Callable[[int], None] | None = None) -> None:
    """Have the next compile of the file, or of one like it, take less time, where that can be done.

    Takes a while itself, the first time: it is to come after what is waited for. `on_start` is as for `compile_source`.
    """
    compiled = report.compiled
    if compiled is not None and compiled.request is not None and compiled.toolchain is not None:
        precompile(compiled.toolchain, compiled.request, on_start)


def built_from(
    path: str, settings: Settings, toolchain: Toolchain, on_start: Callable[[int], None] | None = None
) -> Built:
    """What clang makes of the C file at `path`. Raises UnreadableError."""
    request = CompileRequest(path, read_file(path, LARGEST_SOURCE))
    return build(toolchain, request, flags_of(path, settings), on_start)


def no_compiler(path: str, configuration: str, error: ToolchainError) -> FileReport:
    """The report for a source that nothing can compile."""
    findings = (failure_finding(path, str(error)),)
    return FileReport(FileAnalysis(path, configuration, Status.COMPILE_ERROR, (), findings, str(error)))


@lru_cache(maxsize=8)
def _targets(specs: tuple[str, ...]) -> tuple[tuple[Target, ...], tuple[Target, ...]]:
    chosen = resolve(specs)
    return chosen, outliers(chosen)


def _analyse(
    data: bytes, path: str, configuration: str, settings: Settings, sources: Sources, *, link: Link | None
) -> FileAnalysis:
    chosen, others = _targets(settings.targets)
    budget = DEFAULT_BUDGET if settings.budget is None else settings.budget
    senders = resolve_senders(settings.redirect_to)
    question = Question(
        chosen, others, sources.text, budget, link=link, senders=senders, words=settings.programs
    )
    analysis = analyse_object(data, path, configuration, question)
    findings = []
    for finding in analysis.findings:
        severity = settings.severity_of(finding.code, finding.severity)
        if severity is not None:
            findings.append(finding._replace(severity=severity))
    return analysis._replace(findings=tuple(findings))


def _timings(result: CompileResult, begin: float, compiled_at: float) -> Timings:
    return Timings(
        clang=result.seconds, compile=compiled_at - begin, analysis=time.perf_counter() - compiled_at
    )


def _with_lines(report: FileReport, sources: Sources) -> FileReport:
    return report._replace(lines=sources.lines(report.places()))
