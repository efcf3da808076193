"""What is said of a file that does not compile in a folder that is not trusted: mostly that is why."""

from __future__ import annotations

from xdp_lsp.checks import Finding
from xdp_lsp.checks.folder_not_trusted import missing
from xdp_lsp.pipeline.compile_findings import compile_findings, reason
from xdp_lsp.pipeline.report import SourceSnapshot
from xdp_lsp.source import SourceRange, split_lines
from xdp_lsp.toolchain import CompileResult, missing_file

_HINT = "Nothing of this folder is used, neither its flags nor its headers, for it is not trusted."


def explained(
    snapshot: SourceSnapshot, result: CompileResult
) -> tuple[CompileResult, tuple[Finding, ...], str]:
    """`result` as it is to be shown, with its findings and the reason: for the first file that was missing in the file
    one finding of ours instead of all that clang says."""
    for error in result.errors:
        header = missing_file(error)
        if header is not None and error.range.path == snapshot.path:
            finding = missing(header, _named(header, error.range, snapshot.contents))
            return result._replace(diagnostics=(), hint=None), (finding,), f"{finding.message}."
    result = result._replace(hint=result.hint or (_HINT if result.errors else None))
    return result, compile_findings(snapshot.path, result), reason(snapshot.path, result)


def _named(header: str, place: SourceRange, contents: bytes) -> SourceRange:
    """All of the name, where `place`, at which it begins, has it as it is and not by a macro."""
    name = header.encode("utf-8", "surrogateescape")
    begin, end = place.column - 1, place.column + 1 + len(name)
    lines = split_lines(contents)  # `#line` may count others
    is_written = place.line <= len(lines) and lines[place.line - 1][begin:end].strip(b'"<>') == name
    return place._replace(end_column=end + 1) if is_written else place
