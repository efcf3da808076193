"""From the text of a kernel verifier log to what it says of the source, with our own analysis beside it.

Instructions meet source lines through the object that was loaded, where one is given; else through the C file that the
log names, compiled here, if that gives the same instructions; else by the lines that the log quotes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xdp_lsp.objfile import ObjectError
from xdp_lsp.pipeline.check import object_of
from xdp_lsp.pipeline.files import Sources
from xdp_lsp.pipeline.log_report import LogReport, LogRequest, ProgramAnswer
from xdp_lsp.pipeline.refusals import Meeting, describe, meet
from xdp_lsp.program import Image, load_image
from xdp_lsp.source import SourceLocation, encode, path_key
from xdp_lsp.vlog import Outcome, ProgramLog, SourceLine, parse


def explain_log(request: LogRequest, on_start: Callable[[int], None] | None = None) -> LogReport:
    """Never raises for what is wrong with the log, or with the files that it names.

    `on_start` is as for `compile_source`.
    """
    log = parse(request.text)
    sources = Sources(request.path, encode(request.text))
    laid = _Laid(request, sources, on_start)
    answers = tuple(laid.answer(one) for one in log.programs)
    report = LogReport(request.path, answers, (*log.remarks, *laid.remarks))
    places = [*report.in_source().places(), *report.for_editor().places()]
    return report._replace(lines=sources.lines(places))


class _Laid:
    """A log laid over what it is of."""

    def __init__(self, request: LogRequest, sources: Sources, on_start: Callable[[int], None] | None) -> None:
        self._request = request
        self._on_start = on_start
        self._sources = sources
        self._images: dict[str, Image | None] = {}
        self.remarks: list[str] = []

    def answer(self, log: ProgramLog) -> ProgramAnswer:
        if log.outcome is not Outcome.REFUSED:
            return ProgramAnswer(log._replace(visits=()))
        meeting = self._meeting(log)
        if meeting is not None:
            refusal = describe(log, meeting.location, meeting)
        else:
            refusal = describe(log, lambda pc, quoted: self._place(log, pc, quoted), None)
        if refusal.place is None and log.source is not None:
            finding = refusal.finding
            refusal = refusal._replace(
                finding=finding._replace(notes=(*finding.notes, _in_words(log.source)))
            )
        return ProgramAnswer(log._replace(visits=()), refusal)

    # Which object

    def _meeting(self, log: ProgramLog) -> Meeting | None:
        """The program that `log` is of, in the object that was named or the source that the log names."""
        path = self._request.object or self._main_source(log)
        image = self._image(path) if path else None
        if image is None:
            return None
        called = [one for one in image.programs if log.name in (one.name, one.section)]
        differences = []
        for program in called or image.programs:
            met = meet(image, program, log)
            if isinstance(met, Meeting):
                return met
            differences.append(met)
        why = differences[0] if differences else "it has no XDP program"
        if self._request.object:
            self._remark(f"The log is not of {path}: {why}.")
        else:
            self._remark(
                f"{path}, compiled here, is not what was loaded: {why}. `--object` names the object that was."
            )
        return None

    def _main_source(self, log: ProgramLog) -> str:
        """The C file that the log names, should it be at hand."""
        files = dict.fromkeys(visit.source.file for visit in log.visits if visit.source is not None)
        names = (Path(file).name for file in files if file.endswith(".c"))
        return next(filter(None, map(self._find, names)), "")

    def _image(self, path: str) -> Image | None:
        if path not in self._images:
            self._images[path] = None
            data, problem = object_of(path, self._request.settings, self._on_start)
            if data is None:
                self._remark(problem)
                return None
            try:
                directory = getattr(load_image(data).source_map, "compilation_directory", None)
                self._images[path] = load_image(data, directory)
            except ObjectError as error:
                self._remark(str(error))
        return self._images[path]

    def _remark(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    # Which line, without an object

    def _place(self, log: ProgramLog, pc: int | None, quoted: SourceLine | None) -> SourceLocation | None:
        if pc is None and log.visits and log.visits[0].pc == 0:
            quoted = log.visits[0].source  # the head of the program
        diagnosis = log.diagnosis
        if diagnosis is not None and diagnosis.line and pc is not None and pc == log.pc:
            path = self._find(diagnosis.path)
            if path:
                return SourceLocation(path, diagnosis.line, diagnosis.column)
        if quoted is None or not quoted.file:
            return None
        return self._quoted_line(self._find(Path(quoted.file).name), quoted)

    def _quoted_line(self, path: str, quoted: SourceLine) -> SourceLocation | None:
        """The line of `path` that was quoted; where it was edited since, the one that reads so now."""
        text = self._sources.text(path) if path else None
        if text is None:
            return None
        lines = [line.strip() for line in text.splitlines()]
        if 0 < quoted.line <= len(lines) and lines[quoted.line - 1] == quoted.text:
            return SourceLocation(path, quoted.line)
        same = [number for number, line in enumerate(lines, 1) if line == quoted.text]
        return SourceLocation(path, same[0]) if len(same) == 1 else None

    def _find(self, name: str) -> str:
        """The file that the log calls `name`: empty where there is none where one would look, and where the folders
        are not trusted."""
        if not name or self._request.settings.untrusted:
            return ""
        folders = map(Path, self._request.folders)
        candidates = [folder / part for folder in folders for part in (name, Path(name).name)]
        own = path_key(self._request.path)
        for candidate in map(str, candidates):
            if path_key(candidate) != own and self._sources.read(candidate) is not None:
                return candidate
        return ""


def _in_words(quoted: SourceLine) -> str:
    at = f" ({quoted.file}:{quoted.line})" if quoted.file else ""
    return f"the source there reads: {quoted.text}{at}"
