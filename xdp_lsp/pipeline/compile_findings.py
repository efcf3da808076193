"""What clang says of a file that does not compile, as findings, so that every output format can tell it."""

from __future__ import annotations

from xdp_lsp.checks import Finding, RelatedPlace
from xdp_lsp.checks.compile_error import CODE, SEVERITY
from xdp_lsp.source import SourceRange
from xdp_lsp.toolchain import ClangDiagnostic, CompileResult


def compile_findings(path: str, result: CompileResult) -> tuple[Finding, ...]:
    """One finding per error of clang's, and one for a failure that was not clang's own decision."""
    findings = [_finding(path, error) for error in result.errors]
    if result.failure is not None:
        findings.append(failure_finding(path, result.failure))
    if findings and result.hint is not None:
        findings[0] = findings[0]._replace(suggestion=result.hint)
    return tuple(findings)


def failure_finding(path: str, sentence: str) -> Finding:
    """For the file as a whole: no place in it is to blame."""
    return Finding(CODE, SEVERITY, sentence, SourceRange(path, 1, 0, 1, 0), program="", where=path)


def _finding(path: str, error: ClangDiagnostic) -> Finding:
    related = tuple(RelatedPlace(note.range, note.message) for note in error.notes)
    return Finding(CODE, SEVERITY, error.message, error.range, program="", where=path, related=related)


def reason(path: str, result: CompileResult) -> str:
    """Why there is no object, in a sentence."""
    if result.failure is not None:
        return result.failure
    first, *others = result.errors
    place = first.range
    more = f" ({len(others)} more errors)" if len(others) > 1 else " (1 more error)" if others else ""
    return f"{path} does not compile: {place.path}:{place.line}: {first.message}{more}."
