"""What is shown and answered stands on the text that was analysed, however late results come and texts change.

The jobs are played: "the analysis" marks every token that stands for itself (`#7.`), in the root and in the header that
it includes, and says which it is. So whether a range lies where it should can be read off the text.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from lsprotocol import types

from xdp_lsp.analysis import FileAnalysis, ProgramAnalysis, Status, Verdict
from xdp_lsp.checks import Finding, RelatedPlace, Severity
from xdp_lsp.insight import FileInsight
from xdp_lsp.pipeline import FileReport
from xdp_lsp.pipeline.jobs import CheckRequest
from xdp_lsp.pipeline.report import digest
from xdp_lsp.server.documents import Document
from xdp_lsp.server.roots import Freshness
from xdp_lsp.server.session import Session
from xdp_lsp.server.status import STATUS
from xdp_lsp.server.workers import JobFailedError
from xdp_lsp.source import EditorPosition, Encoding, LineIndex, SourceRange, path_key
from xdp_lsp.toolchain import ClangDiagnostic
from xdp_lsp.verifier.result import Exploration, NeedKind

FOLDER = Path("/nowhere")  # nothing of it is on the disk: no settings, no links
ROOTS = [str(FOLDER / name) for name in ("one.c", "two.c")]
HEADER = str(FOLDER / "both.h")
TOKEN = re.compile(rb"#\d+\.")
ENCODING = Encoding.UTF16
NOTHING = Exploration((), NeedKind.BOUNDED, 0, 0, None)
PROGRAM = ProgramAnalysis("prog", "xdp", 1, None, NOTHING, Verdict.FITS, (), ())

pieces = st.lists(st.sampled_from(["#1.", "#2.", "#33.", "\n", "é😋", " x ", "!"]), max_size=8).map("".join)


class Pool:
    """Jobs that do what the test says, when it says so."""

    def __init__(self) -> None:
        self.jobs: list[
            tuple[CheckRequest, Callable[[FileReport], None], asyncio.Future[None], list[Any]]
        ] = []
        self.background = self  # no log is opened

    async def run(
        self, request: CheckRequest, on_result: Callable[[FileReport], None], _limit: float
    ) -> None:
        done = asyncio.get_running_loop().create_future()
        job = (request, on_result, done, [])
        self.jobs.append(job)
        try:
            await done
        finally:
            self.jobs.remove(job)


def tokens(path: str, contents: bytes) -> list[tuple[SourceRange, str]]:
    return [
        (SourceRange(path, number, match.start() + 1, number, match.end() + 1), match[0].decode())
        for number, line in enumerate(contents.split(b"\n"), 1)
        for match in TOKEN.finditer(line)
    ]


def report_of(request: CheckRequest, disk: bytes) -> FileReport:
    """What does not compile has a `!` in it: clang says so of every token of the root."""
    header = dict(request.snapshot.others).get(HEADER, disk)
    path, contents = request.snapshot.path, request.snapshot.contents
    found = [*tokens(path, contents), *tokens(HEADER, header)]
    texts = {path: contents.split(b"\n"), HEADER: header.split(b"\n")}
    lines = {(place.path, place.line): texts[place.path][place.line - 1] for place, _ in found}
    digests = {HEADER: digest(header)}
    if b"!" in contents:
        errors = tuple(ClangDiagnostic(place, "error", text) for place, text in tokens(path, contents))
        analysis = FileAnalysis(path, "default", Status.COMPILE_ERROR, reason="a !")
        return FileReport(analysis, errors, lines=lines, digests=digests)
    related = tuple(RelatedPlace(place, text) for place, text in found)
    findings = tuple(
        Finding("headroom-exceeded", Severity.ERROR, text, place, "prog", path, related=related)
        for place, text in found
    )
    return FileReport(
        FileAnalysis(path, "default", Status.ANALYSED, (PROGRAM,), findings), lines=lines, digests=digests
    )


class Editing(RuleBasedStateMachine):
    run = "on-save"

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.pool = Pool()
        self.disk = {HEADER: b"#1. #2.\n"}
        self.waiting: list[Callable[[], None]] = []
        self.open: dict[str, Document] = {}
        self.client: dict[str, list[types.Diagnostic]] = {}
        self.status: dict[str, dict[str, Any]] = {}
        self.session = self.within(self.start)

    def within(self, act: Callable[[], Any]) -> Any:
        """Do something in the event loop, and all that follows at once."""

        async def run() -> Any:
            result = act()
            for _ in range(5):
                await asyncio.sleep(0)
            return result

        return self.loop.run_until_complete(run())

    def start(self) -> Session:
        publish = types.PublishDiagnosticsClientCapabilities(related_information=True)
        capable = types.ClientCapabilities(
            text_document=types.TextDocumentClientCapabilities(publish_diagnostics=publish),
            experimental={"xdp-lsp": {"status": True}},
        )
        server = SimpleNamespace(
            workspace=SimpleNamespace(position_encoding=types.PositionEncodingKind.Utf16, folders={}),
            client_capabilities=capable,
            protocol=SimpleNamespace(trace=types.TraceValue.Off, notify=self.notified),
            text_document_publish_diagnostics=self.published,
        )
        initialize = types.InitializeParams(capable, initialization_options={"run": self.run})
        session = Session(server, self.pool, initialize)  # type: ignore[arg-type]
        session.checks._debounce._call_later = self.call_later
        return session

    def call_later(self, _delay: float, callback: Callable[[], None]) -> Any:
        self.waiting.append(callback)
        return SimpleNamespace(cancel=lambda: self.waiting.remove(callback))

    def published(self, params: types.PublishDiagnosticsParams) -> None:
        self.client[params.uri] = list(params.diagnostics)

    def notified(self, method: str, message: dict[str, Any]) -> None:
        assert method == STATUS
        assert message["uri"] in {document.uri for document in self.open.values()}
        assert message != self.status.get(message["uri"])
        self.status[message["uri"]] = message

    def teardown(self) -> None:
        self.within(self.session.stop)
        self.loop.close()

    def uri(self, path: str) -> str:
        return Path(path).as_uri()

    def any_open(self, data: st.DataObject) -> Document:
        return self.open[data.draw(st.sampled_from(sorted(self.open)))]

    # What the user does

    @initialize(text=pieces)
    def begin(self, text: str) -> None:
        self.open_file(ROOTS[0], text)

    @rule(path=st.sampled_from(ROOTS), text=pieces)
    def open_root(self, path: str, text: str) -> None:
        if path not in self.open:
            self.open_file(path, text)

    @rule()
    def open_header(self) -> None:
        if HEADER not in self.open:
            self.open_file(HEADER, self.disk[HEADER].decode())

    def open_file(self, path: str, text: str) -> None:
        self.open[path] = document = Document(self.uri(path), path, 1, text)
        self.within(lambda: self.session.opened(document, "c"))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), new=pieces)
    def edit(self, data: st.DataObject, new: str) -> None:
        document = self.any_open(data)
        index = LineIndex(document.text)
        first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(document.text))] * 2)))
        start, end = index.position(first, ENCODING), index.position(last, ENCODING)
        place = types.Range(types.Position(*start), types.Position(*end))
        change = types.TextDocumentContentChangePartial(place, new)
        self.within(lambda: self.session.changed(document.uri, document.version + 1, [change]))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), new=pieces)
    def reload(self, data: st.DataObject, new: str) -> None:
        document = self.any_open(data)
        change = types.TextDocumentContentChangeWholeDocument(new)
        self.within(lambda: self.session.changed(document.uri, document.version + 1, [change]))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def save(self, data: st.DataObject) -> None:
        document = self.any_open(data)
        if document.path == HEADER:
            self.disk[HEADER] = document.text.encode()
        self.within(lambda: self.session.saved(document.uri, None))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        document = self.open.pop(self.any_open(data).path)
        self.status.pop(document.uri, None)
        self.within(lambda: self.session.closed(document.uri))

    @rule(text=pieces)
    def change_on_disk(self, text: str) -> None:
        if HEADER not in self.open:
            self.disk[HEADER] = text.encode()
            self.within(lambda: self.session.files_changed([HEADER]))

    @precondition(lambda self: self.waiting)
    @rule()
    def pause(self) -> None:
        """Nothing is typed for a while."""
        self.within(self.waiting.pop(0))

    # What the jobs do

    @precondition(lambda self: self.pool.jobs)
    @rule(data=st.data(), fails=st.booleans())
    def go_on(self, data: st.DataObject, fails: bool) -> None:
        """The next thing comes of a job: the verdict, more of it, the insight, its end."""
        number = data.draw(st.integers(0, len(self.pool.jobs) - 1))
        request, on_result, done, said = self.pool.jobs[number]
        if fails:
            self.within(lambda: done.set_exception(JobFailedError("It broke.")))
            return
        if not said:
            said.append(report_of(request, self.disk[HEADER]))
            self.within(lambda: on_result(said[0]))
            return
        report = said[0]._replace(dependencies=(path_key(request.snapshot.path), path_key(HEADER)))
        if len(said) == 3 or report.analysis.status is Status.COMPILE_ERROR:
            self.within(lambda: done.set_result(None))
            return
        said.append(report)
        if len(said) == 3:
            report = report._replace(insight=FileInsight((), (request.snapshot.path, HEADER), {}))
        self.within(lambda: on_result(report))

    # What has to hold

    @invariant()
    def what_is_shown_marks_what_it_speaks_of(self) -> None:
        for document in self.open.values():
            for one in self.session._publisher.shown(document.key):
                if one.source in ("xdp-lsp", "clang") and one.message.startswith("#"):
                    assert self.text_at(document, one.range) == one.message.split("\n")[0]
                for place in one.related_information or ():
                    other = next((it for it in self.open.values() if it.uri == place.location.uri), None)
                    if other is not None:
                        assert self.text_at(other, place.location.range) == place.message

    @invariant()
    def what_is_answered_is_about_the_text_that_was_analysed(self) -> None:
        for document in self.open.values():
            view = self.session.views.of(document.uri)
            if view is None:
                continue
            if view.freshness is Freshness.CURRENT:
                assert view.text.contents == document.text.encode()
            for place, text in tokens(view.path, view.text.contents):
                shown = view.range(place)
                if shown is not None:
                    assert self.text_at(document, shown) == text
                    cursor = view.cursor(shown.start)
                    assert cursor is not None
                    assert cursor.location == place.start
            of_it = [
                one.range
                for one in view.report.analysis.findings
                if one.range and one.range.path == view.path
            ]
            if view.report.analysis.status is Status.ANALYSED:
                assert of_it == [place for place, _ in tokens(view.path, view.text.contents)]

    @invariant()
    def what_the_status_bar_tells_is_of_now_unless_it_is_about_to_be_told_otherwise(self) -> None:
        timers = self.session._status._timers
        for path in ROOTS:
            if path not in self.open or self.uri(path) in timers:
                continue
            document, told = self.open[path], self.status[self.uri(path)]
            [root] = self.session._root_table.of(document)
            state, is_waiting = self.session.roots[root], self.session.checks.is_waiting(root)
            if told["state"] == "analysing":
                assert is_waiting or self.session.checks.is_busy(root)
            elif "before your edits" not in told["text"] and state.newest is not None:
                assert document.edits_since(state.texts[document.key]) == []
                assert not is_waiting
                assert told["state"] == ("fits" if state.newest.compiles else "failed")

    def text_at(self, document: Document, place: types.Range) -> str:
        start = document.index.offset(EditorPosition(place.start.line, place.start.character), ENCODING)
        end = document.index.offset(EditorPosition(place.end.line, place.end.character), ENCODING)
        return document.text[start:end]


class EditingOnType(Editing):
    run = "on-type"


TestEditing = Editing.TestCase
TestEditingOnType = EditingOnType.TestCase
TestEditing.settings = TestEditingOnType.settings = settings(
    max_examples=150, stateful_step_count=30, deadline=None
)


def test_a_header_that_is_closed_with_edits_shows_what_is_said_where_the_disk_has_it() -> None:
    state = Editing()
    state.begin(text="")
    state.open_header()
    header, start = state.open[HEADER], types.Position(0, 0)
    change = types.TextDocumentContentChangePartial(types.Range(start, start), "#3. ")
    state.within(lambda: state.session.changed(header.uri, 2, [change]))
    request, on_result, _, _ = state.pool.jobs[0]
    state.within(lambda: on_result(report_of(request, state.disk[HEADER])))
    assert state.session._publisher.shown(header.key)
    state.what_is_shown_marks_what_it_speaks_of()
    del state.open[HEADER]
    state.within(lambda: state.session.closed(header.uri))
    state.open_header()
    assert state.session._publisher.shown(header.key)
    state.what_is_shown_marks_what_it_speaks_of()
    state.teardown()
